"""People as a random factor: half of them up and half down is a null, however many conversations say otherwise."""

import numpy as np
import pytest

from concord.trials.differences import Differences
from concord.trials.gaffke import gaffke_p_value
from concord.trials.two_way import can_pass, effective_people, few_people, people_p_value

ALPHA = 0.01


def trial(
    people: int, raters: int, size: int, rng: np.random.Generator, *, effect: float = 0.0, split: float = 0.0
) -> Differences:
    """`split`: half of the people move up by so much and half down."""
    person = np.argsort(rng.random((size, people)), axis=1)[:, :raters]
    leaning = split * rng.choice([-1.0, 1.0], people)
    values = effect + leaning[person] + rng.normal(0, 0.08, (size, 1)) + rng.normal(0, 0.12, person.shape)
    return Differences.of_cells(
        np.repeat(np.arange(size), person.shape[1]), person.ravel(), values.ravel().clip(-1, 1)
    )


@pytest.mark.parametrize(("people", "raters"), [(8, 8), (12, 12), (24, 24), (48, 8)])
def test_an_edit_that_divides_people_is_a_null(people: int, raters: int) -> None:
    rng = np.random.default_rng(people)
    tried = [trial(people, raters, 40, rng, split=0.2) for _ in range(500)]
    both = np.mean([max(people_p_value(one), gaffke_p_value(one.values, 0.35)) <= ALPHA for one in tried])
    items = np.mean([gaffke_p_value(one.values, 0.35) <= ALPHA for one in tried])
    assert both <= 2.4 * ALPHA
    assert items > 2.5 * ALPHA
    assert items > 1.5 * both


def test_with_many_people_it_costs_no_power_and_with_48_little() -> None:
    for people, raters in ((400, 10), (48, 8)):
        rng = np.random.default_rng(7)
        tried = [trial(people, raters, 40, rng, effect=0.06) for _ in range(120)]
        items = np.mean([gaffke_p_value(one.values, 0.35) <= ALPHA for one in tried])
        both = np.mean([max(people_p_value(one), gaffke_p_value(one.values, 0.35)) <= ALPHA for one in tried])
        assert items > 0.6
        assert both >= items - 0.05


def test_few_people_can_only_prove_so_much() -> None:
    rng = np.random.default_rng(3)
    sure = trial(6, 6, 60, rng, effect=0.4)
    assert people_p_value(sure) >= 0.5**6
    assert not can_pass(6, level=0.00125)
    assert can_pass(12, level=0.00125)


def test_worlds_without_people_leave_it_to_items_and_one_person_proves_nothing() -> None:
    assert people_p_value(Differences.of_items([0.2] * 20)) == 0.0
    alone = Differences.of_cells(np.arange(20), np.zeros(20, dtype=np.intp), np.linspace(0.1, 0.3, 20))
    assert people_p_value(alone) == 1.0
    assert effective_people(alone) == pytest.approx(1.0)
    assert effective_people(Differences.of_items([0.1])) is None


def test_harm_and_nothing_are_no_evidence() -> None:
    rng = np.random.default_rng(4)
    assert people_p_value(trial(20, 5, 20, rng, effect=-0.2)) == 1.0
    assert people_p_value(trial(20, 5, 20, rng)) > 0.001


def test_a_warning_below_twelve_and_a_refusal_where_no_result_could_pass() -> None:
    assert few_people(12.0, level=0.00125) is None
    assert "may not hold for others" in (few_people(10.0, level=0.00125) or "")
    assert "isn't tried" in (few_people(4.0, level=0.01) or "")


def test_a_person_counts_by_weight() -> None:
    item, person = np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1])
    told = Differences.of_cells(item, person, np.array([0.4, 0.0, 0.2, 0.0]), np.array([3.0, 1.0, 3.0, 0.0]))
    assert told.values == pytest.approx([0.3, 0.2])
    assert told.cell is not None
    assert len(told.cell) == 3
