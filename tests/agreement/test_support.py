"""Verdicts: support among those who take a side, and when it decides something."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binomtest

from concord.agreement.stances import Stance, clopper_pearson
from concord.agreement.support import weigh
from concord.errors import OptionError


def sides(support: int, refute: int, silent: int = 0) -> dict[str, Stance]:
    counts: dict[Stance, int] = {"support": support, "refute": refute, "silent": silent}
    stances = [stance for stance, count in counts.items() for _ in range(count)]
    return {f"p{i}": stance for i, stance in enumerate(stances)}


@pytest.mark.parametrize(
    ("support", "refute", "outcome"),
    [
        (0, 0, "silent"),
        (5, 0, "silent"),  # 5 of 5: the lower bound is 0.478
        (6, 0, "pass"),
        (0, 5, "silent"),
        (0, 6, "refuted"),
        (10, 10, "silent"),
        (15, 5, "pass"),
        (14, 6, "silent"),
        (5, 15, "refuted"),
    ],
)
def test_the_interval_decides(support: int, refute: int, outcome: str) -> None:
    assert weigh(sides(support, refute, silent=30)).outcome == outcome


def test_the_silent_are_counted_and_take_no_side() -> None:
    voice = weigh(sides(3, 1, silent=9))
    assert (voice.support, voice.refute, voice.silent, voice.share) == (3, 1, 9, 0.75)
    nobody = weigh(sides(0, 0, silent=2))
    assert (nobody.share, nobody.low, nobody.high) == (None, None, None)


@settings(derandomize=True, max_examples=60, deadline=None)
@given(st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_the_interval_is_scipys_exact_one(counts: tuple[int, int]) -> None:
    theirs = binomtest(*counts).proportion_ci(0.95, method="exact")
    assert clopper_pearson(*counts) == pytest.approx((theirs.low, theirs.high), abs=1e-9)


def test_groups_under_the_minimum_are_not_shown() -> None:
    stances = sides(8, 4)
    where = {f"p{i}": {"country": "Chile" if i < 6 else "Kenya" if i < 11 else "Peru"} for i in range(12)}
    voice = weigh(stances, where)
    assert {value: (each.support, each.refute) for value, each in voice.groups["country"].items()} == {
        "Chile": (6, 0),
        "Kenya": (2, 3),
    }
    assert voice.hidden_groups == 1
    assert weigh(stances, where, min_group=7).groups == {}
    assert weigh(stances).groups == {}


def test_bounds_make_sense() -> None:
    with pytest.raises(OptionError):
        weigh({}, min_group=0)
    with pytest.raises(OptionError):
        clopper_pearson(2, 1)
