"""The leak guard: long runs of words out of the data have no business in a spec."""

import re
from collections.abc import Sequence

from ..spec import Proposal

RUN_OF_WORDS = 8
"""A run of this many words that stands in the data and not in the spec is a leak."""


def runs(text: str) -> set[tuple[str, ...]]:
    """All runs of `RUN_OF_WORDS` words in a text, casefolded."""
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[i : i + RUN_OF_WORDS]) for i in range(len(words) - RUN_OF_WORDS + 1)}


def leak(proposal: Proposal, spec_runs: set[tuple[str, ...]], seen: Sequence[str]) -> str:
    """A run of words that an edit copies out of the texts that its proposer saw; empty: none."""
    added: set[tuple[str, ...]] = set()
    for edit in proposal.edits:
        added |= runs(edit.text)
    added -= spec_runs
    for text in seen if added else ():
        if common := added & runs(text):
            return " ".join(min(common))
    return ""
