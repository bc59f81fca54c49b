"""Simulated panels have the shape and the noise that the CA-1 release is described with."""

import numpy as np
import pytest

from concord.agreement.measures import pair_signs, places_of
from concord.agreement.people import People
from concord.evals.synthetic.people import PanelShape, simulate_panel, simulate_ranker


def test_the_default_is_of_ca1s_size_and_noise() -> None:
    drawn = simulate_panel(PanelShape(), seed=0)
    cells = set(zip(drawn.conversation.tolist(), drawn.participant.tolist(), strict=True))
    raters, tasks = np.bincount(drawn.conversation), np.bincount(drawn.participant)
    assert len(drawn.conversation) == 18_384
    assert len(cells) <= 18_384 - 100
    assert (len(raters), int(np.median(raters)), len(tasks)) == (1078, 16, 1012)
    assert (tasks.min() >= 2, tasks.max() <= 39) == (True, True)
    depth = drawn.places.max(axis=1) + 1
    assert (depth < 4).mean() == pytest.approx(0.5, abs=0.03)
    assert (depth == 1).mean() == pytest.approx(0.0242, abs=0.005)
    # neighbours in the list of one conversation are two random people
    one, other = np.arange(2000, 18_000), np.arange(2000, 18_000) + 1077
    one, other = one[other < 18_273], other[other < 18_273]
    same = drawn.conversation[one] == drawn.conversation[other]
    first, second = pair_signs(drawn.places[one[same]]), pair_signs(drawn.places[other[same]])
    strict = (first != 0) & (second != 0)
    assert same.all()
    assert (first == second)[strict].mean() == pytest.approx(0.69, abs=0.02)


def test_a_seed_is_a_panel_and_another_seed_another() -> None:
    shape = PanelShape(conversations=30, participants=20, assessments=200, duplicates=5)
    first, again, other = (simulate_panel(shape, seed) for seed in (1, 1, 2))
    assert (first.places == again.places).all()
    assert (first.participant == again.participant).all()
    assert not np.array_equal(first.places, other.places)


def test_records_and_arrays_are_the_same_panel() -> None:
    drawn = simulate_panel(
        PanelShape(conversations=30, participants=20, assessments=200, duplicates=5), seed=3
    )
    records = drawn.records()
    assert records.notice
    ranker = simulate_ranker(drawn.quality, error=0.5, seed=1)
    arrays, compiled = drawn.people(), People.compile(records)
    rows = [int(name[1:]) for name in compiled.conversations]
    assert arrays.mean(arrays.agreements(ranker)).estimate == pytest.approx(
        compiled.mean(compiled.agreements(ranker[rows])).estimate
    )


def test_scores_closer_than_the_gap_share_a_tier() -> None:
    scores = np.array([[3.0, 1.0, 2.9, 0.0], [0.0, 0.0, 5.0, 9.0]])
    assert places_of(scores, np.array([0.5, 10.0])).tolist() == [[0, 1, 0, 2], [0, 0, 0, 0]]
