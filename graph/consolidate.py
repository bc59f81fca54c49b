"""consolidate: which proposals are worth a screen, and why the others are not."""

import re
from collections.abc import Iterable, Mapping, Sequence

from ..errors import EditError
from ..records import Record, content_id
from ..spec import Proposal, Spec, apply
from .records import Reason

RUN_OF_WORDS = 8
"""A run of this many words that stands in the data and not in the spec is a leak."""


class Refusal(Record):
    proposal: Proposal
    reason: Reason
    note: str


class Consolidated(Record):
    """`kept` are proposals in the order of arrival; `overlap` counts those that both proposers made."""

    kept: tuple[Proposal, ...]
    refused: tuple[Refusal, ...]
    overlap: int


def consolidate(
    spec: Spec, proposals: Sequence[Proposal], seen: Mapping[str, Sequence[str]], tried: Iterable[str]
) -> Consolidated:
    """Check proposals against the current spec.

    `seen`: conversation id to the texts that a proposer saw of it; `tried`: signatures of earlier changes.
    """
    kept: dict[str, Proposal] = {}
    refused: list[Refusal] = []
    origins: dict[str, set[str]] = {}
    before = set(tried)
    spec_runs = _runs(spec.text)
    for proposal in proposals:
        reason: tuple[Reason, str] | None = None
        mark = signature(proposal)
        try:
            after = apply(spec, proposal.edits)
        except EditError as problem:
            reason = "anchor", str(problem)
        else:
            if " ".join(after.text.split()) == " ".join(spec.text.split()):
                reason = "empty", "the edit leaves the text as it is"
            elif leaked := _leak(proposal, spec_runs, seen):
                reason = "leak", f"copies words out of the data: {leaked!r}"
            elif mark in before:
                reason = "duplicate", "the same change was tried in an earlier round"
            elif mark in kept:
                reason = "duplicate", f"says the same as {kept[mark].id}"
                origins[mark].add(proposal.origin)
                kept[mark] = _merged(kept[mark], proposal)
        if reason:
            refused.append(Refusal(proposal=proposal, reason=reason[0], note=reason[1]))
        else:
            kept[mark] = proposal
            origins[mark] = {proposal.origin}
    same = {proposal.id for proposal in kept.values()}
    return Consolidated(
        kept=tuple(kept.values()),
        refused=tuple(refusal for refusal in refused if refusal.proposal.id not in same),
        overlap=sum(len(found) > 1 for found in origins.values()),
    )


def signature(proposal: Proposal) -> str:
    """Equal for changes that read the same but for blanks and case, whatever their intent says."""
    return content_id(
        *[(edit.op, edit.section, _flat(edit.anchor), _flat(edit.text)) for edit in proposal.edits]
    )


def _flat(text: str) -> str:
    return " ".join(text.casefold().split())


def _merged(first: Proposal, second: Proposal) -> Proposal:
    conversations = tuple(dict.fromkeys((*first.conversations, *second.conversations)))
    return first.model_copy(update={"conversations": conversations})


def _runs(text: str) -> set[tuple[str, ...]]:
    words = re.findall(r"\w+", text.casefold())
    return {tuple(words[i : i + RUN_OF_WORDS]) for i in range(len(words) - RUN_OF_WORDS + 1)}


def _leak(proposal: Proposal, spec_runs: set[tuple[str, ...]], seen: Mapping[str, Sequence[str]]) -> str:
    added: set[tuple[str, ...]] = set()
    for edit in proposal.edits:
        added |= _runs(edit.text)
    added -= spec_runs
    if not added:
        return ""
    for conversation in proposal.conversations:
        for text in seen.get(conversation, ()):
            if common := added & _runs(text):
                return " ".join(min(common))
    return ""
