"""The text that a run's evidence and its reviewers' decisions come to."""

from collections.abc import Collection, Mapping

from ..errors import EditError
from ..records import Record
from ..spec import Edit, Proposal, Spec, apply
from .desk import Entry
from .reading.current import adopted_ids, overlay_ids
from .reading.run import RunReading
from .wording import onto

NO_EVIDENCE = "a person's decision, without evidence"


class Applied(Record):
    """An edit that is in the text, and why."""

    proposal: str
    by: str
    """`loop`, or the reviewer who adopted it."""
    reason: str
    evidence: str = ""
    """Of a reviewer's own wording: what its test found, or that there is none."""
    of: str = ""
    """Of a tested wording, which is a proposal of its own: the one that it words."""


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

    A reviewer's own wording comes in when its test bore it out, or when they insist on it; until then the tested
    wording stays. `choices` stand in for the choices on record: to see what others would come to.
    """
    standing = dict(reading.desk.standing() if choices is None else choices)
    made = _Making(reading)
    for id_ in adopted_ids(reading.known.decisions):
        entry = standing.get(id_)
        if entry is not None and entry.choice in ("defer", "set_aside"):
            word = "put off" if entry.choice == "defer" else "set aside"
            made.left.append(Left(proposal=id_, why=f"{word} by {entry.name}: {entry.reason}"))
        else:
            made.add(Applied(proposal=id_, by="loop", reason="adopted on its evidence"))
    inside = set(overlay_ids(reading.known.decisions))
    for id_, entry in standing.items():
        if id_ in inside:
            continue  # it stands in the overlay of its group, and is none of the text for everybody
        if entry.choice == "adopt" and not made.holds(id_):
            made.add(Applied(proposal=id_, by=entry.name, reason=entry.reason))
        elif entry.choice in ("reword", "insist"):
            made.word(entry)
    return made.found()


def chosen(reading: RunReading, wanted: Collection[str]) -> Decided:
    """What approving these and no others would come to: in the order of adoption, then in that of the docket."""
    made = _Making(reading)
    adopted = adopted_ids(reading.known.decisions)
    order = [*adopted, *(row.id for row in reading.docket_rows() if row.id not in adopted)]
    for id_ in order:
        if id_ in wanted:
            made.add(Applied(proposal=id_, by="loop" if id_ in adopted else "you", reason=""))
    return made.found()


class _Making:
    """A text on its way from the original."""

    def __init__(self, reading: RunReading) -> None:
        self.known = reading.known
        self.text = reading.known.original
        self.applied: list[Applied] = []
        self.left: list[Left] = []

    def holds(self, id: str) -> bool:
        return any(each.proposal == id for each in self.applied)

    def add(self, told: Applied) -> None:
        """Apply a proposal's own edits, where the run has it; what no longer applies is left."""
        proposal = self.known.by_id.get(told.proposal)
        if proposal is not None:
            self._edit(proposal, proposal.edits, told)

    def word(self, entry: Entry) -> None:
        """A reviewer's wording: the sections are to read as they wrote it."""
        test = self.known.wordings.get(entry.id)
        proposal = self.known.by_id.get(entry.proposal)
        if proposal is None:
            return
        if entry.choice == "reword":
            if test is None:
                self._leave(entry, "waits for its test")
                return
            if not test.holds:
                self._leave(entry, f"was tested and does not come in: {test.told}")
                return
            if self.holds(test.proposal):
                return  # the loop went on and adopted it
            told = Applied(
                proposal=test.proposal, by=entry.name, reason=entry.reason, of=entry.proposal,
                evidence=f"their own wording, tested: {test.label or 'holds'}",
            )  # fmt: skip
        else:
            told = Applied(
                proposal=entry.proposal, by=entry.name, reason=entry.reason, evidence=NO_EVIDENCE
            )  # fmt: skip
        try:
            edits = onto(self.text, entry.wording)
        except EditError as problem:
            self._leave(entry, f"can't come in: {problem}")
            return
        if self._edit(proposal, edits, told):
            self.applied = [
                each for each in self.applied if each.proposal != entry.proposal or each is told
            ]  # fmt: skip

    def found(self) -> Decided:
        return Decided(text=self.text, applied=tuple(self.applied), left=tuple(self.left))

    def _leave(self, entry: Entry, why: str) -> None:
        self.left.append(Left(proposal=entry.proposal, why=f"{entry.name}'s wording {why}"))

    def _edit(self, proposal: Proposal, edits: Collection[Edit], told: Applied) -> bool:
        try:
            self.text = apply(self.text, tuple(edits))
        except EditError as problem:
            self.left.append(Left(proposal=proposal.id, why=f"it no longer applies: {problem}"))
            return False
        self.applied.append(told)
        return True
