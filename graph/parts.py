"""The parts of a proposal that could stand alone: its edits, or the sentences that its one edit adds."""

import re
from collections.abc import Sequence

from ..spec import Edit, Proposal

_SENTENCE = re.compile(r"[^.!?\n]*[.!?]+[\"')\]]*\s*|[^.!?\n]+\s*|\n+")


def parts_of(proposal: Proposal) -> int:
    """How many there are; 1 for what can't be taken apart."""
    if len(proposal.edits) > 1:
        return len(proposal.edits)
    return max(1, len(_sentences(proposal.edits[0])[1]))


def with_parts(proposal: Proposal, parts: Sequence[int]) -> Proposal | None:
    """The proposal with these parts (from 0) alone; None where they don't make an edit."""
    if not parts:
        return None
    if len(proposal.edits) > 1:
        return proposal.model_copy(update={"edits": tuple(proposal.edits[part] for part in parts)})
    (edit,) = proposal.edits
    head, sentences = _sentences(edit)
    if not sentences:
        return None
    text = head + "".join(sentences[part] for part in parts)
    tail = edit.text[len(edit.text.rstrip()) :]
    return proposal.model_copy(update={"edits": (edit.model_copy(update={"text": text.rstrip() + tail}),)})


def _sentences(edit: Edit) -> tuple[str, list[str]]:
    """What stays in any case (a heading), and the sentences of what an edit adds; none for a replacement of words."""
    if edit.op not in ("insert", "new_section"):
        return "", []
    head = ""
    text = edit.text
    if edit.op == "new_section":
        heading, _, text = text.partition("\n")
        head = heading + "\n"
    lead = len(text) - len(text.lstrip())
    head, text = head + text[:lead], text[lead:]
    found: list[str] = []
    for piece in _SENTENCE.findall(text):
        if piece.strip() or not found:
            found.append(piece)
        else:
            found[-1] += piece
    return head, found
