"""The told gain: the interval of a run is the one that reports print, and it is set against the truth."""

import asyncio

import numpy as np
import pytest

from concord.errors import OptionError
from concord.evals.null.cells import improvement
from concord.evals.null.world import NullWorld, NullWorldConfig
from concord.evals.told import Config, run, run_once, told_gain
from concord.trials.policy import AcceptancePolicy

SMALL = NullWorldConfig(open_items=120, test_items=60, fresh_items=400, people=24, raters=8)
QUICK = Config(
    world=SMALL, panels=(24,), effect_rounds=1, processes=1, effect=0.3, true_share=1.0,
    policy=AcceptancePolicy(max_trials=10),
)  # fmt: skip


def test_a_text_without_edits_gains_exactly_nothing() -> None:
    told = told_gain(NullWorld(SMALL, 1), [], heard=None)
    assert (told.low, told.estimate, told.high) == (0.0, 0.0, 0.0)


def test_people_in_reserve_and_people_heard_are_told_apart() -> None:
    world = NullWorld(SMALL, 1)
    edits = [improvement(world, 0.2, 1)]
    parts = [told_gain(world, edits, heard=heard) for heard in (True, False)]
    everybody = told_gain(world, edits, heard=None)
    assert sum(part.participants for part in parts) == everybody.participants == 24
    assert everybody.estimate is not None
    assert everybody.estimate > 0


def test_the_interval_holds_the_gain_of_a_fixed_edit_about_as_often_as_it_says() -> None:
    config, held = NullWorldConfig(open_items=40, test_items=100, fresh_items=1500, people=48, raters=8), []
    for seed in range(12):
        world = NullWorld(config, seed)
        edits = [improvement(world, 0.2, 1)]
        told, truth = told_gain(world, edits, heard=None), world.true_gain(edits, draws=2) / 100
        assert told.low is not None
        assert told.high is not None
        held.append(told.low <= truth <= told.high)
    assert np.mean(held) >= 0.75


def test_a_run_tells_both_texts_by_people_in_reserve() -> None:
    told = asyncio.run(run_once(QUICK, 24, 3))
    assert {each.text for each in told} <= {"likely", "proven"}
    assert told
    assert all(each.unseen and each.low <= each.estimate <= each.high for each in told)


def test_the_figures_name_text_and_panel() -> None:
    figures = asyncio.run(run(QUICK, seeds=1, seed=3))
    assert {"coverage_likely_24", "coverage_proven_24_low", "bias_likely_24", "width_proven_24"} <= set(
        figures
    )
    with pytest.raises(OptionError):
        asyncio.run(run(QUICK, seeds=0, seed=3))
