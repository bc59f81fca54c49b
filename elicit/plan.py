"""The assignment plan: who sees which conversations, in which order, with the responses in which order.

Each new seat takes the conversations that have the fewest raters so far, ties drawn by seed: so no conversation is
ever more than one rater ahead of another. A few are shown to everybody, which ties all people's answers together.
"""

import math
import random
from collections.abc import Callable, Mapping, Sequence

from ..errors import OptionError
from ..records import Record, digest
from .answers import Seat
from .records import Assignment, Item, Study


class PlanFigures(Record):
    """What a plan comes to."""

    people: int
    per_person: int
    conversations: int
    shared: int
    fewest_raters: int
    """Of the conversations that aren't shown to all."""
    most_raters: int


def people_needed(assignment: Assignment, conversations: int) -> int:
    """The fewest people with which every conversation gets its raters.

    Those that aren't shared need `raters` each, and one person takes `per_person - shared` of them. The shared ones
    need `raters` people too. Raises OptionError for a plan in which nobody has room for more than what is shared.
    """
    shared = min(assignment.shared, conversations)
    rest = conversations - shared
    own = assignment.per_person - shared
    if not rest:
        return assignment.raters
    if own < 1:
        raise OptionError(
            f"{assignment.per_person} prompts a person, {shared} of them shown to all, leave no room for the other "
            f"{rest}: raise per_person or lower shared"
        )
    return max(assignment.raters, math.ceil(rest * assignment.raters / min(own, rest)))


def shared_items(study: Study) -> tuple[str, ...]:
    """Ids of the items that everybody sees, drawn by the plan's seed."""
    ids = sorted(item.id for item in study.items)
    count = min(study.assignment.shared, len(ids))
    return tuple(random.Random(f"shared {study.assignment.seed}").sample(ids, count))


def next_seats(
    study: Study,
    known: Sequence[Seat],
    count: int,
    *,
    name: Callable[[int], str],
    raters: Mapping[str, int] | None = None,
) -> list[Seat]:
    """`count` seats after those that there are; the same study and the same seats give the same plan.

    `name` makes a participant's id from a seat's number. `raters`, where given, says how many people each item has;
    else each known seat counts as one.
    """
    shared = shared_items(study)
    by_id = {item.id: item for item in study.items}
    seen = dict.fromkeys((id_ for id_ in sorted(by_id) if id_ not in shared), 0)
    if raters is not None:
        seen.update({id_: raters.get(id_, 0) for id_ in seen})
    else:
        for seat in known:
            for id_ in seat.items:
                if id_ in seen:
                    seen[id_] += 1
    first = max((seat.number for seat in known), default=-1) + 1
    return [_seat(study, by_id, shared, seen, number, name(number)) for number in range(first, first + count)]


def _seat(
    study: Study,
    by_id: Mapping[str, Item],
    shared: Sequence[str],
    seen: dict[str, int],
    number: int,
    participant: str,
) -> Seat:
    rng = random.Random(f"seat {study.assignment.seed} {number}")
    ids = sorted(seen)
    rng.shuffle(ids)
    ids.sort(key=lambda id_: seen[id_])
    chosen = [*shared, *ids[: max(0, study.assignment.per_person - len(shared))]]
    for id_ in chosen:
        if id_ in seen:
            seen[id_] += 1
    rng.shuffle(chosen)
    orders = {}
    for id_ in chosen:
        item = by_id[id_]
        if item.conversation is not None:
            # An order of its own for each person and conversation, whatever else is in the plan.
            order = list(item.conversation.labels)
            random.Random(digest([study.assignment.seed, number, id_])).shuffle(order)
            orders[id_] = tuple(order)
    return Seat(participant=participant, number=number, items=tuple(chosen), orders=orders)


def plan_figures(study: Study, seats: Sequence[Seat]) -> PlanFigures:
    """What these seats come to."""
    shared = set(shared_items(study))
    raters = {item.id: 0 for item in study.items if item.id not in shared}
    for seat in seats:
        for id_ in seat.items:
            if id_ in raters:
                raters[id_] += 1
    return PlanFigures(
        people=len(seats),
        per_person=max((len(seat.items) for seat in seats), default=0),
        conversations=len(study.items),
        shared=len(shared),
        fewest_raters=min(raters.values(), default=len(seats)),
        most_raters=max(raters.values(), default=len(seats)),
    )
