"""Which proposals are worth a screen, which are wordings of one change, and why the others fall away."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

from ..errors import EditError
from ..records import Record
from ..spec import Proposal, Spec, apply, lowered
from ..trials.outcomes import Reason
from .changes import near, same_target, signature
from .docket import Entry
from .leaks import leak, runs
from .policies import Meaning
from .records import OverlapRecord
from .run_records import RunRecords

SCREENS = 3
"""Screens that one change may go through, when it is proposed again from other cases."""


class Made(Record):
    """A proposal as a branch made it, and the fold of its cases; None: a person's, which rests on no fold."""

    proposal: Proposal
    fold: int | None
    shown: tuple[str, ...] = ()
    """The conversations that its branch saw."""
    group: str = ""
    """The group whose people its branch saw; empty: everybody."""


@dataclass(frozen=True)
class Past:
    """A proposal that is on the docket already."""

    proposal: Proposal
    entry: Entry
    reopened: bool = False
    """Whether a reviewer took back that it was set aside."""


class Kept(Record):
    proposal: Proposal
    fold: int | None
    wording: str
    group: str = ""


class Refused(Record):
    proposal: Proposal
    fold: int | None
    reason: Reason
    note: str


class Consolidated(Record):
    kept: tuple[Kept, ...]
    refused: tuple[Refused, ...]
    overlap: OverlapRecord


async def consolidated(
    spec: Spec, round_: int, made: Sequence[Made], past: Sequence[Past], *, seen: Mapping[str, Sequence[str]],
    meaning: Meaning,
) -> Consolidated:  # fmt: skip
    """Check proposals, in their order, against the current text.

    `seen`: conversation id to the texts that a proposer saw of it. What `meaning` raises goes through.
    """
    sorting = _Sorting(spec, past, seen, meaning)
    for each in made:
        await sorting.take(each)
    overlap = sorting.overlap(round_)
    return Consolidated(
        kept=tuple(sorting.kept.values()), refused=tuple(sorting.refused.values()), overlap=overlap
    )


@dataclass
class _Sorting:
    """One round's proposals on their way through the checks."""

    spec: Spec
    past: Sequence[Past]
    seen: Mapping[str, Sequence[str]]
    meaning: Meaning
    kept: dict[str, Kept] = field(default_factory=dict)
    """By signature."""
    refused: dict[str, Refused] = field(default_factory=dict)
    """By id."""
    valid: list[tuple[str, str, str]] = field(default_factory=list)
    """(wording, origin, id) of all that apply, repeats included: for the overlap."""
    same_text: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.known = {each.proposal.id for each in self.past}
        self.closed = _closed(self.past)
        self.spec_runs = runs(self.spec.text)

    async def take(self, made: Made) -> None:
        if made.proposal.id in self.known:
            return
        try:
            proposal = _allowed(self.spec, made.proposal)
            after = apply(self.spec, proposal.edits)
        except EditError as problem:
            self._refuse(made, made.proposal, "anchor", str(problem))
            return
        mark = signature(proposal)
        if (twin := self.kept.get(mark)) is not None:
            self._repeats(twin, made, proposal, mark)
        elif " ".join(after.text.split()) == " ".join(self.spec.text.split()):
            self._refuse(made, proposal, "empty", "The edit leaves the text as it is.")
        elif copied := leak(
            proposal, self.spec_runs, [text for name in made.shown for text in self.seen.get(name, ())]
        ):
            self._refuse(made, proposal, "leak", f"Copies words out of the data: {copied!r}.")
        elif mark in self.closed:
            self._refuse(made, proposal, "duplicate", "The same change was tried in an earlier round.")
        elif aside := await self._set_aside(proposal):
            note = (
                f"A reviewer set aside {aside.proposal.id}, which asks for the same: {aside.proposal.intent}"
            )
            self._refuse(made, proposal, "set_aside", note)
        else:
            wording = await self._wording(proposal, made.group)
            self.kept[mark] = Kept(proposal=proposal, fold=made.fold, wording=wording, group=made.group)
            self.valid.append((wording, proposal.origin, proposal.id))

    def overlap(self, round_: int) -> OverlapRecord:
        origins: dict[str, dict[str, str]] = {}
        for wording, origin, id_ in self.valid:
            origins.setdefault(wording, {}).setdefault(origin, id_)
        both = [found for found in origins.values() if len(found) > 1]
        pairs = {pair for found in both for pair in combinations([found[name] for name in sorted(found)], 2)}
        return OverlapRecord(
            round=round_,
            proposals=len(self.kept) + len(self.refused),
            changes=len(origins),
            by_both=len(both),
            same_text=tuple(sorted(set(self.same_text))),
            rewordings=tuple(sorted(pairs - set(self.same_text))),
        )

    def _repeats(self, twin: Kept, made: Made, proposal: Proposal, mark: str) -> None:
        """Equal edits: of the same fold they become one proposal that rests on both's conversations."""
        self.valid.append((twin.wording, proposal.origin, proposal.id))
        if twin.proposal.origin != proposal.origin:
            ids = {twin.proposal.origin: twin.proposal.id, proposal.origin: proposal.id}
            self.same_text.append((ids[min(ids)], ids[max(ids)]))
        if made.group and not twin.group:
            # What everybody's cases suggest and a group's too is looked at with the group's eyes first.
            self.kept[mark] = twin = twin.model_copy(update={"group": made.group})
        if twin.fold == made.fold:
            conversations = dict.fromkeys((*twin.proposal.conversations, *proposal.conversations))
            merged = twin.proposal.model_copy(update={"conversations": tuple(conversations)})
            self.kept[mark] = twin.model_copy(update={"proposal": merged})
        if proposal.id != twin.proposal.id:
            self._refuse(made, proposal, "duplicate", f"Says the same as {twin.proposal.id}.")

    def _refuse(self, made: Made, proposal: Proposal, reason: Reason, note: str) -> None:
        self.refused.setdefault(
            proposal.id, Refused(proposal=proposal, fold=made.fold, reason=reason, note=note)
        )

    async def _set_aside(self, proposal: Proposal) -> Past | None:
        """What a reviewer set aside that closes this proposal's target."""
        for past in self.past:
            if past.entry["reason"] != "set_aside" or past.reopened or past.entry["status"] != "rejected":
                continue
            rewrites = all(
                edit.op in ("replace", "delete") for edit in (*past.proposal.edits, *proposal.edits)
            )
            target = same_target(past.proposal, proposal)
            if (target and rewrites) or near(past.proposal, proposal):
                return past
            if target and await self.meaning.same(past.proposal, proposal):
                return past
        return None

    async def _wording(self, proposal: Proposal, group: str) -> str:
        """The key of the change that this is a wording of; its own id where it is the first.

        What different groups ask for is never one change: they may want the opposite in one spot.
        """
        earlier = [
            (past.proposal, past.entry["wording"])
            for past in self.past
            if past.entry.get("group", "") == group
        ]
        earlier += [(kept.proposal, kept.wording) for kept in self.kept.values() if kept.group == group]
        for other, wording in earlier:
            if same_target(other, proposal) and await self.meaning.same(other, proposal):
                return wording
        return proposal.id


def _allowed(spec: Spec, proposal: Proposal) -> Proposal:
    """With the authority of new sections lowered to what their place allows: only a person may ask for more."""
    if proposal.origin == "human":
        return proposal
    edits = tuple(lowered(spec, edit) for edit in proposal.edits)
    return proposal if edits == proposal.edits else proposal.model_copy(update={"edits": edits})


def _closed(past: Sequence[Past]) -> set[str]:
    """Signatures of changes that may not come back.

    A change that a screen dropped may, a few times: being proposed again from other cases is evidence, and a
    screen costs no alpha. So may one that only lost against another adoption.
    """
    screens: dict[str, int] = {}
    closed: set[str] = set()
    for each in past:
        mark, reason = signature(each.proposal), each.entry["reason"]
        if reason in ("screened", "not_asked_for", "conflict"):
            screens[mark] = screens.get(mark, 0) + 1
        elif reason != "duplicate" and not each.reopened:
            closed.add(mark)
    return closed | {mark for mark, times in screens.items() if times >= SCREENS}


def made_in(records: RunRecords, round_: int, docket: Mapping[str, Entry]) -> list[Made]:
    """What the round's branches made, in an order that no timing changes, then people's proposals not on the docket."""
    made: list[Made] = []
    for branch in sorted(
        records.proposed.find(round=round_), key=lambda each: (each.fold, each.origin, each.group, each.id)
    ):
        shown = tuple(dict.fromkeys(name for batch in branch.batches for name in batch))
        made += [
            Made(proposal=each, fold=branch.fold, shown=shown, group=branch.group)
            for each in branch.proposals
        ]
    entered = records.proposals.find(origin="human")
    return [*made, *(Made(proposal=each, fold=None) for each in entered if each.id not in docket)]
