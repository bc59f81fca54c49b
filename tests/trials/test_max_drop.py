"""How far agreement may fall: by hand, and against attacks that aim at the conversations with the most to lose."""

import numpy as np
import pytest
from numpy.typing import NDArray

from concord.trials.gaffke import gaffke_p_values
from concord.trials.max_drop import (
    LEAST_LIKELY,
    likely_drop,
    max_drop,
    possible_falls,
)

FALLS = np.random.default_rng(0).beta(3.0, 4.0, 600)
"""Mean 0.43, a few near 0.9: what panels of CA-1's shape allow."""


def attack(falls: NDArray[np.float64], share: float, size: int, rows: int) -> NDArray[np.float64]:
    """Differences of mean 0 that fall all the way on the `share` of conversations with the most to lose."""
    deep = falls >= np.quantile(falls, 1 - share)
    gain = deep.mean() * falls[deep].mean() / (1 - deep.mean())
    picked = np.random.default_rng(1).integers(0, len(falls), (rows, size))
    return np.where(deep[picked], -falls[picked], gain)


def error(falls: NDArray[np.float64], drop: float, size: int, alpha: float, rows: int = 40_000) -> float:
    """The worst error over attacks, in multiples of alpha."""
    missed = 1 - alpha ** (1 / size)
    worst = 0.0
    for share in (0.7 * missed, missed, 1.4 * missed):
        table = attack(falls, share, size, rows)
        hopeful = table[table.sum(axis=1) >= 2 * np.sqrt((table**2).sum(axis=1))]
        worst = max(worst, float((gaffke_p_values(hopeful, drop) <= alpha).sum()) / rows / alpha)
    return worst


def test_a_ranking_and_its_reverse_agree_to_one() -> None:
    falls = possible_falls(np.array([0.6, 0.5, 0.2]), np.array([0.8, 0.9, 0.7]))
    assert falls == pytest.approx([0.4, 0.4, 0.0])


def test_it_is_the_mean_of_the_share_that_a_trial_misses_by_chance() -> None:
    falls = np.linspace(0.0, 0.99, 100)
    share = 1 - 0.01 ** (1 / 60)  # 0.074: the 8 deepest
    assert max_drop(falls, alpha=0.01, planned=60) == pytest.approx(np.mean(falls[-8:]))
    assert 100 * share < 8
    assert max_drop(falls, alpha=0.01, planned=200) > max_drop(falls, alpha=0.01, planned=20)
    assert max_drop(np.array([]), alpha=0.01, planned=20) == 1.0


@pytest.mark.parametrize("size", [24, 60, 120])
def test_the_proven_level_holds_against_aimed_attacks(size: int) -> None:
    alpha = 0.00125
    drop = max_drop(FALLS, alpha=alpha, planned=size)
    assert error(FALLS, drop, size, alpha) <= 1.5  # 50 events expected at 1


def test_neither_the_mean_fall_nor_its_75_percent_point_is_enough() -> None:
    assert error(FALLS, float(FALLS.mean()), 60, 0.00125) > 4
    assert error(FALLS, float(np.quantile(FALLS, 0.75)), 120, 0.00125) > 2


def test_likely_reckons_with_deep_harm_where_it_is_rare() -> None:
    """1 - 0.01^(1/60) = 0.0739: odds 0.0798; 0.06 has odds 0.0638: 0.8 of the mean of the deepest eighth."""
    falls = np.full(100, 0.6)
    assert likely_drop(falls, level=0.01, planned=60) == pytest.approx(0.6 * 0.0638298 / 0.0797756, rel=1e-3)
    assert likely_drop(falls, level=0.01, planned=200) == pytest.approx(0.6)
    assert likely_drop(falls, level=0.01, planned=12) == LEAST_LIKELY
    assert likely_drop(np.full(5, 0.1), level=0.01, planned=12) == pytest.approx(0.1)
    assert likely_drop(np.array([]), level=0.01, planned=12) == 1.0
    assert likely_drop(FALLS, level=0.00125, planned=60) < max_drop(FALLS, alpha=0.00125, planned=60)


@pytest.mark.parametrize("size", [12, 36, 60, 90])
def test_the_likely_level_holds_under_rare_deep_harm(size: int) -> None:
    level, rng = 0.0025, np.random.default_rng(2)
    drop = likely_drop(FALLS, level=level, planned=size)
    table = np.where(rng.random((40_000, size)) < 0.06, -0.47, 0.03)
    assert (gaffke_p_values(table, drop) <= level).mean() <= 1.2 * level


@pytest.mark.parametrize("size", [36, 60, 90])
def test_the_likely_level_holds_where_rare_harm_strikes_those_with_the_most_to_lose(size: int) -> None:
    level, rng = 0.0025, np.random.default_rng(3)
    drop = likely_drop(FALLS, level=level, planned=size)
    deepest = np.sort(FALLS)[-len(FALLS) // 8 :]
    struck = rng.random((20_000, size)) < 0.06
    falls = rng.choice(deepest, size=struck.shape)
    table = np.where(struck, -falls, deepest.mean() * 0.06 / 0.94)
    assert (gaffke_p_values(table, drop) <= level).mean() <= 1.5 * level


def test_the_75_percent_point_of_the_falls_is_too_little_where_harm_is_aimed() -> None:
    level, rng = 0.0025, np.random.default_rng(3)
    deepest = np.sort(FALLS)[-len(FALLS) // 8 :]
    drop = likely_drop(FALLS, level=level, planned=60) * float(np.quantile(FALLS, 0.75)) / deepest.mean()
    table = np.where(rng.random((20_000, 60)) < 0.06, -deepest.mean(), deepest.mean() * 0.06 / 0.94)
    assert (gaffke_p_values(table, drop) <= level).mean() > 3 * level
