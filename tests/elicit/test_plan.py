"""The assignment plan: balanced, from a seed, the same again, with orders drawn per person."""

from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from concord.elicit.answers import Seat
from concord.elicit.plan import next_seats, people_needed, plan_figures, shared_items
from concord.elicit.records import Assignment, Study
from concord.errors import OptionError

from .conftest import study


def seats(conversations: int, people: int, **numbers: int) -> tuple[Study, list[Seat]]:
    made = study(conversations, assignment=Assignment(**numbers))
    return made, next_seats(made, [], people, name=str)


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 40), st.integers(1, 30), st.integers(1, 20), st.integers(0, 3), st.integers(0, 99))
@example(conversations=3, people=1, per_person=3, shared=3, seed=0)  # nothing but what is shown to all
def test_no_conversation_is_more_than_one_rater_ahead(
    conversations: int, people: int, per_person: int, shared: int, seed: int
) -> None:
    shared = min(shared, per_person)
    made, plan = seats(conversations, people, per_person=per_person, shared=shared, raters=3, seed=seed)
    for_all = shared_items(made)
    counts = Counter(item for seat in plan for item in seat.items)
    rest = [counts[item.id] for item in made.items if item.id not in for_all]
    assert not rest or max(rest) - min(rest) <= 1
    assert all(counts[id_] == people for id_ in for_all)
    assert all(len(set(seat.items)) == len(seat.items) <= per_person for seat in plan)


def test_the_people_needed_are_enough_and_one_fewer_is_not() -> None:
    numbers = {"per_person": 10, "shared": 2, "raters": 5, "seed": 1}
    made = study(50, assignment=Assignment(**numbers))
    needed = people_needed(made.assignment, 50)
    assert needed == 30
    assert plan_figures(made, next_seats(made, [], needed, name=str)).fewest_raters == 5
    assert plan_figures(made, next_seats(made, [], needed - 1, name=str)).fewest_raters == 4


def test_a_plan_without_room_is_refused() -> None:
    with pytest.raises(OptionError, match="leave no room for the other 10"):
        people_needed(Assignment(per_person=2, shared=2, raters=3), 12)


def test_the_same_seed_gives_the_same_plan_and_another_another() -> None:
    _, one = seats(20, 8, per_person=5, shared=1, raters=2, seed=4)
    _, again = seats(20, 8, per_person=5, shared=1, raters=2, seed=4)
    _, other = seats(20, 8, per_person=5, shared=1, raters=2, seed=5)
    assert one == again
    assert one != other


def test_seats_that_come_later_go_on_where_the_plan_was() -> None:
    made, whole = seats(20, 8, per_person=5, shared=1, raters=2, seed=4)
    first = next_seats(made, [], 3, name=str)
    assert [*first, *next_seats(made, first, 5, name=str)] == whole


def test_seats_may_go_where_raters_are_missing() -> None:
    made = study(8, assignment=Assignment(per_person=3, shared=0, raters=2))
    lacking = {item.id: 9 for item in made.items} | {"talk-2": 0, "talk-5": 1}
    (seat,) = next_seats(made, [], 1, name=str, raters=lacking)
    assert {"talk-2", "talk-5"} <= set(seat.items)


def test_orders_differ_from_person_to_person_and_hold_every_label() -> None:
    _, plan = seats(4, 40, per_person=4, shared=4, raters=2)
    orders = Counter(seat.orders["talk-0"] for seat in plan)
    assert all(sorted(order) == ["A", "B", "C", "D"] for order in orders)
    assert len(orders) > 12, "40 draws of 24 orders"
    first = Counter(seat.orders["talk-0"][0] for seat in plan)
    assert max(first.values()) < 20
