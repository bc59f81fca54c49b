"""The null experiment: its worlds are what they say, its figures come out, and it catches a rule that errs."""

import asyncio
import importlib.util

import numpy as np
import pytest

from concord.errors import OptionError
from concord.evals.null import Config, Job, clopper_pearson, run, work
from concord.evals.null_edits import NULL_KINDS, Edit, Kind, Proposer, pushes
from concord.evals.null_gepa import WorldAdapter, run_gepa
from concord.evals.null_loop import LoopConfig, run_loop
from concord.evals.null_world import World, WorldArms, WorldConfig, mix, names, normal, number
from concord.store.records import Look
from concord.trials.differences import Differences
from concord.trials.protocol import SequentialTest
from concord.trials.rules import rule

SMALL = WorldConfig(train=120, selection=120, test=60, fresh=300, sections=4)
needs_gepa = pytest.mark.skipif(
    importlib.util.find_spec("gepa") is None, reason="gepa is not installed (the extra `rivals`)"
)


def edited(world: World, kind: Kind, section: int = 0) -> tuple[str, WorldArms]:
    arms = WorldArms(world)
    arms.add(world.original)
    push = pushes(WorldConfig(), 0.10, 0.05).of(Edit("e", kind, section), len(world.original.push))
    return arms.add(world.edited(world.original, section, "e", push)), arms


class TestWorld:
    def test_people_are_like_ca1s(self) -> None:
        """Two people agree on 0.69 of the pairs that both rank strictly; about half or more hold a tie."""
        config = WorldConfig()
        rng = np.random.default_rng(1)
        quality = rng.normal(size=(2000, 1, 4))
        graded = np.round((quality + config.rater_noise * rng.normal(size=(2000, 2, 4))) / config.rater_step)
        over = np.sign(graded[..., :, None] - graded[..., None, :])
        both = (over[:, 0] != 0) & (over[:, 1] != 0)
        assert (over[:, 0] == over[:, 1])[both].mean() == pytest.approx(0.69, abs=0.03)

    def test_agreement_of_an_order_and_its_reverse_add_to_one(self) -> None:
        wins = World(SMALL, 3).wins
        total = sum(wins[:, a, b] + wins[:, b, a] for a in range(4) for b in range(a))
        assert np.allclose(total, 1.0)

    def test_the_same_question_has_the_same_answer_and_another_order_another(self) -> None:
        world = World(SMALL, 3)
        where = world.parts["selection"]
        first = world.agreement(world.original, where, 5)
        assert (world.agreement(world.original, where[10:20], 5) == first[10:20]).all()
        assert (world.agreement(world.original, where, 6) != first).mean() > 0.4

    def test_an_edit_rerolls_its_sections_conversations_and_no_other(self) -> None:
        world = World(SMALL, 3)
        name, arms = edited(world, "paraphrase")
        inside, outside = (
            world.of(0, "selection"),
            np.setdiff1d(world.parts["selection"], world.of(0, "selection")),
        )
        moved = asyncio.run(arms.differences("original", name, names(inside), draw="d"))
        assert np.mean([value != 0 for value in moved]) > 0.4
        still = asyncio.run(arms.differences("original", name, names(outside), draw="d"))
        assert not any(still)

    @pytest.mark.parametrize(
        ("kind", "low", "high"),
        [("paraphrase", -0.01, 0.01), ("half", -0.02, 0.008), ("harm", -0.07, -0.03), ("mend", 0.08, 0.12)],
    )
    def test_edits_do_what_their_kind_says(self, kind: Kind, low: float, high: float) -> None:
        world = World(WorldConfig(fresh=12000), 2)
        name, arms = edited(world, kind)
        gain = world.true_gain(arms.texts[name], world.original, 4)
        share = len(world.of(0, "fresh")) / 12000
        assert low < gain / share < high

    def test_noise_is_normal_and_hashes_spread(self) -> None:
        values = normal(mix(number("x"), np.arange(20000, dtype=np.uint64)))
        assert abs(values.mean()) < 0.03
        assert values.std() == pytest.approx(1.0, abs=0.02)


class TestProposer:
    def test_null_kinds_come_in_equal_parts_and_aimed_ones_go_where_the_gap_looks_largest(self) -> None:
        world = World(SMALL, 1)
        proposer = Proposer(world, pushes(SMALL, 0.1, 0.05), true_share=0.0, seed=1)
        made = [proposer.propose([0.1, 0.9, 0.2, 0.3]) for _ in range(40)]
        assert {kind: sum(edit.kind == kind for edit in made) for kind in NULL_KINDS} == dict.fromkeys(
            NULL_KINDS, 10
        )
        assert {edit.section for edit in made if edit.kind == "aimed"} == {1}

    def test_each_section_is_truly_mended_once(self) -> None:
        proposer = Proposer(World(SMALL, 1), pushes(SMALL, 0.1, 0.05), true_share=0.5, seed=1)
        made = [proposer.propose([0.0] * 4) for _ in range(60)]
        assert sorted(edit.section for edit in made if edit.kind == "mend") == [0, 1, 2, 3]


class Credulous:
    """A broken rule: whatever came out higher is positive."""

    name, blocks = "credulous", 2

    def start(self, *, alpha: float, planned: int, **bounds: float | None) -> SequentialTest:
        return self

    def look(self, differences: Differences, *, last: bool) -> Look:
        mean = differences.mean
        outcome = "positive" if mean > 0 else "ended" if last else "continue"
        return Look(n=len(differences), mean=mean, statistic=mean, threshold=0.0, outcome=outcome)

    def p_value(self) -> float:
        return 1.0


class TestLoop:
    config = LoopConfig(max_trials=20, screening=False)

    def test_spends_every_share_of_alpha_on_nulls_and_adopts_none(self) -> None:
        moves = pushes(SMALL, 0.10, 0.05)
        for seed in range(5):
            done = asyncio.run(
                run_loop(World(SMALL, seed), moves, self.config, rule(), true_share=0.0, seed=seed)
            )
            assert done.shares == 20
            assert 10 <= done.trials <= 20
            assert done.adopted_nulls == 0
            assert done.true_gain == 0.0

    def test_the_same_loop_with_a_broken_rule_is_caught(self) -> None:
        """The harness sees a rule that takes luck for progress."""
        moves = pushes(SMALL, 0.10, 0.05)
        done = [
            asyncio.run(
                run_loop(World(SMALL, seed), moves, self.config, Credulous(), true_share=0.0, seed=seed)
            )
            for seed in range(3)
        ]
        assert all(each.adopted_nulls >= 3 for each in done)
        assert np.mean([each.selection_gain - each.true_gain for each in done]) > 0.5

    def test_finds_true_mends_through_screen_trial_and_retest(self) -> None:
        world = WorldConfig(fresh=300)
        moves = pushes(WorldConfig(), 0.10, 0.05)
        config = LoopConfig(most_proposals=40)
        done = asyncio.run(run_loop(World(world, 2), moves, config, rule(), true_share=0.4, seed=2))
        assert done.adopted_mends >= done.mends // 2 >= 3
        assert done.true_gain > 3

    def test_the_same_seed_gives_the_same_run(self) -> None:
        job = Job(config=Config(world=SMALL, loop=LoopConfig(max_trials=5)), arm="null", seeds=(4,))
        assert work(job) == work(job)


@needs_gepa
class TestPeer:
    def test_gepa_runs_in_the_same_world_within_its_budget(self) -> None:
        moves = pushes(SMALL, 0.10, 0.05)
        done = run_gepa(World(SMALL, 1), moves, calls=300, items=40, true_share=0.0, seed=1)
        assert done.proposals > 5
        assert 300 <= done.calls <= 300 + 46
        assert done.accepted_nulls <= done.proposals

    def test_its_adapter_scores_as_the_world_does(self) -> None:
        world = World(SMALL, 1)
        adapter = WorldAdapter(world, Proposer(world, pushes(SMALL, 0.1, 0.05), true_share=0.0, seed=1))
        batch = [int(row) for row in world.parts["train"][:7]]
        told = adapter.evaluate(batch, adapter.seed(), capture_traces=True)
        expected = world.agreement(world.original, np.array(batch), number("data set"))
        assert told.scores == pytest.approx(expected.tolist())
        assert len(told.trajectories) == 7
        new = adapter.propose_new_texts(adapter.seed(), {}, ["s2"])
        assert len(new) == 1


class TestFigures:
    def test_clopper_pearson_against_published_values(self) -> None:
        assert clopper_pearson(0, 10) == pytest.approx((0.0, 0.3085), abs=1e-4)
        assert clopper_pearson(10, 10) == pytest.approx((0.6915, 1.0), abs=1e-4)
        assert clopper_pearson(5, 10) == pytest.approx((0.1871, 0.8129), abs=1e-4)

    @needs_gepa
    def test_every_named_figure_is_printed(self) -> None:
        config = Config(
            world=SMALL, loop=LoopConfig(max_trials=4), effect_proposals=10, screened_runs=1, peer="gepa", peer_runs=1,
            peer_items=20, peer_calls=60, power_trials=4, processes=1,
        )  # fmt: skip
        lines: list[str] = []
        figures = asyncio.run(run(config, seeds=2, seed=1, progress=lines.append))
        named = {
            "runs", "trials_per_run", "edit_adoption_rate", "run_false_adoption_rate", "run_false_adoption_low",
            "run_false_adoption_high", "sealed_minus_true", "selection_minus_true", "power", "calls_median",
        }  # fmt: skip
        assert named | {f"gepa_{name}" for name in named} <= set(figures)
        assert {f"power_sd_{sd:03d}" for sd in (10, 15, 20, 25, 30)} <= set(figures)
        assert figures["trials_per_run"] == 4
        assert lines[0] == "null arm: 2 runs"

    @pytest.mark.parametrize(
        ("config", "seeds"), [(Config(), 0), (Config(processes=0), 1), (Config(rule="luck"), 1)]
    )
    def test_options_out_of_range_are_named(self, config: Config, seeds: int) -> None:
        with pytest.raises(OptionError):
            asyncio.run(run(config, seeds=seeds, seed=1))
