"""Planted groups, null runs, and the figures that `concord eval groups` makes of them."""

import asyncio

import numpy as np
import pytest

from concord.evals.groups.experiment import Config, Job, Result, figures, run, work
from concord.evals.groups.null import NullRun, null_run
from concord.evals.groups.world import ATTRIBUTE, GROUPS, GroupWorld, group_world, planted
from concord.evals.synthetic.language import Rule, write
from concord.evals.synthetic.world import document


@pytest.fixture(scope="module")
def made() -> GroupWorld:
    return group_world(planted(conversations=120, participants=40, raters=10), 3, disputed=3)


def test_every_person_tells_the_group_that_they_are_in(made: GroupWorld) -> None:
    panel = made.panel
    values = [one.demographics[ATTRIBUTE] for one in panel.participants.values()]
    assert sorted(set(values)) == sorted(GROUPS)
    assert values.count(GROUPS[0]) == values.count(GROUPS[1]) == 20


def test_the_spec_is_silent_where_groups_want_the_opposite(made: GroupWorld) -> None:
    assert len(made.disputed) == 3
    assert made.silent(made.world.spec) == 3
    assert [made.held(made.world.spec, group) for group in (0, 1)] == [0, 0]
    place = made.disputed[0]
    for group, strength in ((0, 1.0), (1, -1.0)):
        text = f"{made.world.spec}\n{write(Rule(*place, strength))}\n"
        assert made.held(text, group) == 1
        assert made.held(text, 1 - group) == 0
        assert made.silent(text) == 2


def test_a_text_that_mends_the_common_ground_is_told(made: GroupWorld) -> None:
    assert made.mended(made.world.spec) == 0
    assert (
        made.mended(document(made.world.plan.mended(made.common), made.world.seed)) == len(made.common) == 2
    )


def test_groups_rank_the_other_way_round_where_they_part_and_alike_elsewhere(made: GroupWorld) -> None:
    world = made.world
    wanted = [world.truth | dissent for dissent in world.dissent]
    for topic, quality in made.disputed:
        assert wanted[0][topic, quality] == -wanted[1][topic, quality] != 0
    here = world.concerns[: world.size][:, [topic for topic, _ in made.disputed]].any(axis=1)
    first, second = (world.utility(each) for each in wanted)
    same = np.all(np.abs(first - second) < 1e-9, axis=1)[: world.size]
    assert same[~here].all()
    assert not same[here].any()


def test_in_a_null_world_groups_want_the_same() -> None:
    null = group_world(planted(conversations=60, participants=20, raters=6), 3, disputed=3, apart=False)
    assert null.world.dissent == ({}, {})


def test_a_null_run_tries_edits_in_both_groups_and_comes_out_the_same_again() -> None:
    found = null_run(4)
    assert found == null_run(4)
    assert found.trials >= 5
    assert found.common
    assert found.p_values
    assert found.overlays == 0


def test_the_figures_are_counts_and_exact_intervals() -> None:
    def result(seed: int, **told: object) -> Result:
        plain = {"adopted": 2, "overlays": 4, "found": 4, "planted": 6, "mended": 1, "common": 2, "sided": 0}
        return Result.model_validate({"seed": seed, "apart": True, **plain, **told})

    def null(seed: int, overlays: int) -> NullRun:
        return NullRun(seed=seed, trials=10, common=3, overlays=overlays, p_values=(0.03, 0.5))

    found = figures(
        [
            result(0, gains=(0.1, 0.2), beyond_noise=1),
            result(1, found=6, overlays=7),
            result(2, apart=False, overlays=1),
        ],
        [null(seed, int(seed == 0)) for seed in range(20)],
    )
    assert (found["overlays_found"], found["overlays_planted"], found["overlays_wrong"]) == (10, 12, 1)
    assert found["overlay_gain"] == pytest.approx(0.15)
    assert found["null_overlay_rate"] == 0.05
    assert found["null_overlay_low"] == pytest.approx(0.00127, abs=1e-5)  # Clopper and Pearson's for 1 of 20
    assert found["null_overlay_high"] == pytest.approx(0.24873, abs=1e-5)
    assert found["null_p_below_05"] == 0.5
    assert found["null_loop_rate"] == 1.0


def test_the_experiment_runs_its_arms() -> None:
    found = asyncio.run(run(Config(null_seeds=1, null_clusters=1), seeds=0, seed=4))
    assert (found["worlds"], found["null_runs"], found["null_overlay_rate"]) == (0, 1, 0)
    assert found["null_clusters_refused"] == 1.0


@pytest.mark.slow
def test_in_a_planted_world_overlays_hold_what_one_group_wants_and_the_common_text_stays_silent() -> None:
    found = work(Job(config=Config(), seed=0, apart=True))
    assert found.planted == 6
    assert found.found >= 5
    assert found.overlays - found.found <= 1
    assert found.sided == 0
