"""When two proposals are the same change, stand in the same spot, or ask for much the same."""

from ..records import content_id
from ..spec import Edit, Proposal
from .likeness import cosine

NEAR = 0.5
"""Cosine of two intents' words from which they ask for much the same, whatever their modal verbs."""


def signature(proposal: Proposal) -> str:
    """Equal for changes that read the same but for blanks and case, whatever their intent says."""
    return content_id(
        *[(edit.op, edit.section, _flat(edit.anchor), _flat(edit.text)) for edit in proposal.edits]
    )


def same_target(first: Proposal, second: Proposal) -> bool:
    """Whether any two of their edits stand in the same spot."""
    return any(_same_spot(one, other) for one in first.edits for other in second.edits)


def near(first: Proposal, second: Proposal) -> bool:
    """Whether they ask for much the same in the same section: `must` may have become `should`."""
    sections = {edit.section for edit in first.edits} & {edit.section for edit in second.edits}
    return bool(sections) and cosine(first.intent, second.intent) >= NEAR


def _same_spot(one: Edit, other: Edit) -> bool:
    if one.section != other.section or (one.op == "new_section") != (other.op == "new_section"):
        return False
    if one.op == "new_section":
        return True
    a, b = _flat(one.anchor), _flat(other.anchor)
    return a == b if not a or not b else a in b or b in a


def _flat(text: str) -> str:
    return " ".join(text.casefold().split())
