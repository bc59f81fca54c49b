"""How a study stands: who is through, which cells lack raters, and how fast answers come."""

from collections.abc import Sequence

from ..records import Record
from .answers import STANDING
from .records import Status
from .steps.protocol import StepKind
from .steps.walk import STEP_KINDS, Walk
from .study_store import StudyStore


class Cell(Record):
    """One item and the people who are through with ranking it."""

    item: str
    asked: str
    """The last message, cut."""
    raters: int
    wanted: int
    planned: int
    """Seats that have it in their plan."""

    @property
    def lacking(self) -> int:
        return max(0, self.wanted - self.raters)


class StudyProgress(Record):
    """Counts are of people unless they say otherwise."""

    status: Status
    invited: int
    begun: int
    finished: int
    assessments: int
    cells: tuple[Cell, ...]
    """Those that lack most first."""
    minutes_per_prompt: float | None
    """Mean time of work on one prompt, all its steps together; None until there is one."""
    hours: tuple[tuple[int, int], ...]
    """(hours since 1970, rankings and other answers on prompts in it), from the first to the last."""

    @property
    def lacking(self) -> int:
        """Assessments that are still missing."""
        return sum(cell.lacking for cell in self.cells)


def study_progress(store: StudyStore, kinds: Sequence[StepKind] = STEP_KINDS) -> StudyProgress:
    """From the store's sums: quick for any number of answers."""
    study = store.study
    standing = store.store.repository(STANDING)
    seats = store.seats.find()
    done = {name: int(row["count"]) for name, row in standing.sums("done_by").items() if name}
    raters = store.raters()
    worked = sum(
        row["worked"] for name, row in standing.sums("cell").items() if name.partition("/")[2] in raters
    )
    planned = dict.fromkeys(raters, 0)
    for seat in seats:
        for id_ in seat.items:
            planned[id_] += 1
    begun = standing.sums("participant")
    assessments = sum(raters.values())
    cells = [
        Cell(
            item=item.id,
            asked=item.conversation.messages[-1].content[:160]
            if item.conversation
            else str(item.content.get("intent") or item.id)[:160],
            raters=raters[item.id], wanted=study.assignment.raters, planned=planned[item.id],
        )
        for item in study.items
    ]  # fmt: skip
    hours = {int(hour): int(row["count"]) for hour, row in standing.sums("hour").items() if int(hour) >= 0}
    return StudyProgress(
        status=store.status,
        invited=len(seats),
        begun=len(begun),
        finished=sum(
            done.get(seat.participant, 0) >= len(Walk(study, seat, tuple(kinds)).steps) for seat in seats
        ),
        assessments=assessments,
        cells=tuple(sorted(cells, key=lambda cell: (-cell.lacking, cell.item))),
        minutes_per_prompt=worked / assessments / 60 if assessments and worked else None,
        hours=tuple(sorted(hours.items())),
    )
