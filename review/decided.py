"""The text that a run's evidence and its reviewers' decisions come to."""

from collections.abc import Mapping

from ..errors import EditError
from ..records import Record
from ..spec import Edit, Proposal, Spec, apply
from .desk import Entry
from .reading.current import adopted_ids
from .reading.run import RunReading


class Applied(Record):
    """An edit that is in the text, and why."""

    proposal: str
    by: str
    """`loop`, or the reviewer who adopted it."""
    reason: str


class Left(Record):
    """An edit that somebody wanted, or that the loop had adopted, and that isn't in the text."""

    proposal: str
    why: str


class Decided(Record):
    """The revised text with the reviewers' decisions applied."""

    text: Spec
    applied: tuple[Applied, ...]
    left: tuple[Left, ...]


def decided(reading: RunReading, choices: Mapping[str, Entry] | None = None) -> Decided:
    """What the loop adopted and no reviewer put off, then what reviewers adopted, in order.

    A reviewer's own wording waits for its test; until then the tested wording stays. `choices` stand in for the
    choices on record: to see what others would come to.
    """
    known = reading.known
    standing = dict(reading.desk.standing() if choices is None else choices)
    text = known.original
    applied: list[Applied] = []
    left: list[Left] = []
    for id_ in adopted_ids(known.decisions):
        entry, proposal = standing.get(id_), known.by_id.get(id_)
        if proposal is None:
            continue
        if entry is not None and entry.choice in ("defer", "set_aside"):
            word = "put off" if entry.choice == "defer" else "set aside"
            left.append(Left(proposal=id_, why=f"{word} by {entry.name}: {entry.reason}"))
            continue
        text = _applied(
            text, proposal, Applied(proposal=id_, by="loop", reason="adopted on its evidence"), applied, left
        )
    inside = {each.proposal for each in applied}
    for id_, entry in standing.items():
        proposal = known.by_id.get(id_)
        if proposal is None or id_ in inside:
            continue
        if entry.choice == "adopt":
            text = _applied(
                text, proposal, Applied(proposal=id_, by=entry.name, reason=entry.reason), applied, left
            )
    left += [
        Left(proposal=id_, why=f"{entry.name}'s wording waits for its test")
        for id_, entry in standing.items()
        if entry.choice == "reword"
    ]
    return Decided(text=text, applied=tuple(applied), left=tuple(left))


def _applied(text: Spec, proposal: Proposal, told: Applied, applied: list[Applied], left: list[Left]) -> Spec:
    try:
        after = apply(text, proposal.edits)
    except EditError as problem:
        left.append(Left(proposal=proposal.id, why=f"it no longer applies: {problem}"))
        return text
    applied.append(told)
    return after


def wording_of(proposal: Proposal, base: Spec, text: str) -> tuple[Edit, ...]:
    """The edits that give the section a reviewer's own text, in place of the proposal's.

    Raises EditError where that text can't stand there.
    """
    first = proposal.edits[0]
    if first.op == "new_section":
        edit = Edit(op="new_section", section=first.section, text=text)
    else:
        edit = Edit(
            op="replace",
            section=first.section,
            anchor=base.source_of(first.section).rstrip(),
            text=text.rstrip(),
        )
    apply(base, [edit])
    return (edit,)
