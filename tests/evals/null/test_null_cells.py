"""The null experiment: every kind of null brings nothing, and the shipped engine of evidence is what decides."""

import asyncio

import numpy as np
import pytest

from concord.evals.null.cells import CELLS, draw, improvement
from concord.evals.null.experiment import Config, exact_interval, raters, run, run_once, shaped
from concord.evals.null.world import ArrayEvaluator, NullWorld, NullWorldConfig
from concord.trials.policy import AcceptancePolicy

SMALL = NullWorldConfig(open_items=120, test_items=60, fresh_items=400)


@pytest.fixture(scope="module")
def world() -> NullWorld:
    return NullWorld(SMALL.model_copy(update={"fresh_items": 6000}), 1)


@pytest.mark.parametrize("cell", ["no_op", "rare_harm", "people", "themes", "length"])
def test_a_null_moves_nothing_on_the_whole(world: NullWorld, cell: str) -> None:
    gains = [
        world.true_gain([edit], draws=3) / edit.touched[world.fresh].mean()
        for edit in (draw(world, cell, number) for number in range(6))  # type: ignore[arg-type]  # one of Cell
    ]
    assert abs(float(np.mean(gains))) < 1.3


def test_people_are_divided_by_an_edit_that_divides_them(world: NullWorld) -> None:
    edit = draw(world, "people", 1)
    at = world.open[edit.touched[world.open]]
    gains: dict[int, list[float]] = {}
    for draw_ in range(4):
        pairs = zip(
            world.agreements(world.signs([edit], at, draw_), at), world.agreements(world.signs([], at, draw_), at), strict=True
        )  # fmt: skip
        for (rows, after), (_, before) in pairs:
            for row, gain in zip(rows, after - before, strict=True):
                gains.setdefault(int(world.person[row]), []).append(float(gain))
    means = np.array([np.mean(values) for values in gains.values()])
    assert (means > 0.03).mean() > 0.25
    assert (means < -0.03).mean() > 0.25


def test_an_improvement_is_worth_what_it_says(world: NullWorld) -> None:
    edit = improvement(world, 0.10, 1)
    assert world.true_gain([edit], draws=4) / edit.touched[world.fresh].mean() == pytest.approx(10, abs=2)


def test_an_item_that_an_edit_leaves_alone_scores_as_before(world: NullWorld) -> None:
    arms = ArrayEvaluator(world)
    edit = draw(world, "no_op", 1)
    arms.edits[edit.name] = edit
    untouched = [str(i) for i in world.open if not edit.touched[i]][:5]
    touched = [str(i) for i in world.open if edit.touched[i]][:20]
    before, after = (
        asyncio.run(arms.scores(text, [*untouched, *touched], order_seed="a"))
        for text in ("start", f"start+{edit.name}")
    )
    assert all(before[item].mean == after[item].mean for item in untouched)
    assert any(before[item].mean != after[item].mean for item in touched)
    assert arms.calls == len(untouched) + 2 * len(touched)
    assert (arms.possible_falls("start", touched) >= 0).all()


def test_runs_use_the_shipped_policy_and_spend_its_trials() -> None:
    config = Config(world=SMALL)
    shipped = AcceptancePolicy()
    assert config.policy.model_copy(update={"screen": shipped.screen}) == shipped
    found = asyncio.run(run_once(config, "no_op", 48, 0))
    assert found.trials >= 30
    assert found.false_proven <= found.false <= found.adopted


def test_sixty_conversations_have_their_own_world_trials_and_panels() -> None:
    config = shaped(Config(shape="sixty"))
    assert (config.world.open_items, config.policy.max_trials, config.panels) == (48, 8, (24, 48))
    assert shaped(Config(shape="sixty", panels=(12,))).panels == (12,)
    found = asyncio.run(run_once(config, "no_op", 24, 0))
    assert found.trials == 8
    world = NullWorld(config.world.model_copy(update={"people": 24, "raters": raters(config, 24)}), 0)
    items, counts = np.unique(world.item[world.item < 60], return_counts=True)
    assert (len(items), set(counts.tolist())) == (60, {5})


def test_figures_name_the_worst_cell() -> None:
    config = Config(world=SMALL, cells=("no_op",), panels=(48,), processes=1, effect_rounds=2, most_rounds=2)
    figures = asyncio.run(run(config, seeds=2, seed=0))
    assert figures["worst_cell"] == "no_op, 48 people"
    wanted = {
        "worst_run_false_adoption_rate", "worst_run_false_adoption_low", "worst_likely_false_share", "power",
        "sealed_minus_true", "run_false_adoption_rate", "power_sd_020",
    }  # fmt: skip
    assert wanted <= figures.keys()
    assert exact_interval(0, 100)[1] == pytest.approx(0.0362, abs=1e-3)
    assert set(CELLS) >= {"no_op"}
