"""What a run's other trials say of how rare deep harm is."""

import numpy as np
import pytest
from scipy.stats import binom

from concord.trials.company import DROPS, drops_below, in_company, reckoned, shares, upper_limit
from concord.trials.deep_falls import deep_falls
from concord.trials.evidence import Evidence
from concord.trials.max_drop import likely_drop
from concord.trials.records import AtDrop

LEVEL = 0.0025


def tried(*falls: int, n: int = 60, count: int = 20) -> list[Evidence]:
    """Trials alike, each of which saw so many falls of 25 and of 40 points."""
    return [
        Evidence(
            proposal=f"p{number}", mean=0.05, se=0.02, df=59, p_value=0.2, n=n, deepest=0.6, deep_falls=falls or None,
            at_drops=tuple(AtDrop(drop=drop, p_value=drop / 10) for drop in DROPS),
        )
        for number in range(count)
    ]  # fmt: skip


def test_deep_falls_are_counted_where_the_edit_would_be_a_gain_but_for_its_worst_tenth() -> None:
    values = np.full(40, 0.05)
    assert deep_falls(values) == (0, 0)
    values[:3] = (-0.3, -0.25, -0.6)
    assert deep_falls(values) == (3, 1)
    assert deep_falls(-values) is None
    assert deep_falls(np.full(40, -0.3)) is None, "plain harm is none that strikes a few"
    assert deep_falls(np.array([])) is None


def test_the_upper_limit_leaves_so_few_falls_a_chance_of_one_in_twenty() -> None:
    for count, of in ((0, 60), (1, 200), (12, 550)):
        assert binom.cdf(count, of, upper_limit(count, of)) == pytest.approx(0.05)
    assert upper_limit(0, 0) == 1.0
    assert upper_limit(4, 4) == 1.0


def test_all_trials_of_a_run_count_together_but_those_of_plain_harm() -> None:
    assert shares(tried(1, 0)) == (upper_limit(20, 1200), upper_limit(0, 1200))
    assert shares([*tried(1, 0), *tried()]) == shares(tried(1, 0))
    assert shares([]) == (1.0, 1.0)


def test_where_hundreds_of_conversations_hold_no_deep_fall_little_is_reckoned_with() -> None:
    (one, *_), share = tried(0, 0), shares(tried(0, 0))
    assert reckoned(one, share, level=LEVEL) == DROPS[0]
    assert in_company(tried(0, 0), level=LEVEL) == [DROPS[0] / 10] * 20


def test_where_they_hold_as_many_as_a_trial_alone_reckons_with_its_own_p_value_stands() -> None:
    alone = likely_drop(np.full(100, 0.6), level=LEVEL, planned=60)
    found = tried(4, 4)
    assert reckoned(found[0], shares(found), level=LEVEL) >= alone
    seen = [one.model_copy(update={"at_drops": tuple(each for each in one.at_drops if each.drop < alone)}) for one in found]  # fmt: skip
    assert in_company(seen, level=LEVEL) == [0.2] * 20


def test_a_trial_alone_is_in_no_company() -> None:
    (one,) = tried(0, 0, count=1)
    assert reckoned(one, shares([one]), level=LEVEL) > 0.25
    assert in_company([one.model_copy(update={"at_drops": ()})], level=LEVEL) == [0.2]


def test_more_falls_never_lower_what_is_reckoned_with() -> None:
    drops = [reckoned(tried(1, 1)[0], shares(tried(n, min(n, 3))), level=LEVEL) for n in range(6)]
    assert drops == sorted(drops)
    assert drops_below(0.28) == (0.20, 0.25)
