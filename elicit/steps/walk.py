"""A person's walk: the steps in their order."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

from ..answers import Seat
from ..records import Item, Study
from ..votes_step import Vote
from .opening import About, Consent
from .protocol import Step, StepKind
from .ranking import Personal, Rank
from .rubric import Rubric

STEP_KINDS: tuple[StepKind, ...] = (Consent(), About(), Rank(), Personal(), Rubric(), Vote())
"""What comes with Concord, in the order in which an item's steps are taken."""


@dataclass(frozen=True)
class Walk:
    """The steps of one seat. The same study and seat make the same walk."""

    study: Study
    seat: Seat
    kinds: Sequence[StepKind] = STEP_KINDS

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        opening = [
            Step(kind.name)
            for kind in self.kinds
            if kind.where == "opening" and kind.takes(self.study, None, 0)
        ]
        items = {item.id: item for item in self.study.items}
        asked = [
            Step(kind.name, id_)
            for place, id_ in enumerate(self.seat.items)
            for kind in self.kinds
            if kind.where == "item" and kind.takes(self.study, items[id_], place)
        ]  # fmt: skip
        return (*opening, *asked)

    @cached_property
    def items(self) -> dict[str, Item]:
        wanted = set(self.seat.items)
        return {item.id: item for item in self.study.items if item.id in wanted}

    def next(self, done: Collection[str]) -> int:
        """Place of the first step that isn't done (ids); the number of steps where all are."""
        for place, step in enumerate(self.steps):
            if step.id not in done:
                return place
        return len(self.steps)

    def kind(self, step: Step) -> StepKind:
        return next(kind for kind in self.kinds if kind.name == step.kind)

    def item_number(self, place: int) -> int:
        """Which of the person's prompts a step is about, from 1; 0 for the opening."""
        step = self.steps[place]
        return self.seat.items.index(step.item) + 1 if step.item else 0
