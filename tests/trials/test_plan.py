"""What the data can prove, before anything is paid for."""

from time import process_time

import numpy as np
import pytest

from concord.trials.plan import conversations_wanted, hopeless, plan

SETTING = {"alpha": 0.05, "max_trials": 40, "falls": np.random.default_rng(0).beta(3.0, 4.0, 400)}


def test_the_table_rises_with_conversations_and_effect_and_likely_is_never_below_proven() -> None:
    plan(**SETTING, sizes=(8,))  # type: ignore[arg-type]  # options by name
    begun = process_time()
    told = plan(**SETTING)  # type: ignore[arg-type]
    assert process_time() - begun < 1.5
    table = {(row.touched, row.effect): row for row in told.chances}
    assert all(row.likely >= row.proven for row in told.chances)
    assert table[200, 0.07].proven > table[60, 0.07].proven
    assert table[60, 0.10].likely > table[60, 0.05].likely
    assert table[8, 0.05].likely < 0.05
    assert table[200, 0.10].proven > 0.95
    assert plan(**SETTING) == told  # type: ignore[arg-type]


def test_it_says_how_many_conversations_it_takes() -> None:
    told = plan(**SETTING)  # type: ignore[arg-type]
    likely, proven = told.needed(0.10), told.needed(0.10, proven=True)
    assert likely is not None
    assert proven is not None
    assert likely <= proven
    assert told.needed(0.03, proven=True) is None


def test_too_few_people_prove_nothing() -> None:
    told = plan(**SETTING, people=6.0, sizes=(60,))  # type: ignore[arg-type]
    assert all(row.proven == row.likely == 0.0 for row in told.chances)


def test_a_set_that_cannot_pass_is_skipped() -> None:
    """Five gains of 40 points at most against a fall of 30: (1 + 4/3)^-5 = 0.0145."""
    assert hopeless(np.full(5, 0.4), drop=0.3, level=0.01)
    assert not hopeless(np.full(6, 0.4), drop=0.3, level=0.01)
    assert hopeless(np.full(30, 0.4), drop=0.3, level=0.01, people=5.0)
    assert hopeless(np.array([]), drop=0.3, level=0.5)


def test_how_many_more_it_would_take() -> None:
    """((3.023 + 0.842) 0.121 / 0.159)^2 = 8.7 by noise alone, but (1 + 0.159/0.75)^-n = 0.00125 takes 35."""
    assert conversations_wanted(0.159, 0.121, level=0.00125, drop=0.75) == 35
    assert conversations_wanted(0.02, 0.15, level=0.01, drop=0.05) == pytest.approx(565, abs=3)
    assert conversations_wanted(0.0, 0.1, level=0.01, drop=0.3) is None
