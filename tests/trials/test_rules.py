"""The rules of evidence: spending, p-values and bets against known values; error under nulls of many shapes."""

import asyncio
from fractions import Fraction
from itertools import product
from math import exp, log, log10

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import beta, norm

from concord.errors import OptionError
from concord.evals.rules import NULLS, Config, error_rate, hopeful, passes, power, run
from concord.trials.betting import Betting, wealth_path
from concord.trials.differences import Differences
from concord.trials.futility import chance_of_passing
from concord.trials.gaffke import Gaffke, gaffke_p_value
from concord.trials.looks import FEW_ITEMS, LooksTest
from concord.trials.policy import DEFAULT_RULE
from concord.trials.rules import RULES, rule
from concord.trials.signflip import SignFlip, sign_flip_p_value
from concord.trials.spending import obrien_fleming

ALPHA = 0.05 / 40
items = Differences.of_items


class TestSpending:
    @pytest.mark.parametrize(
        ("fraction", "spent"),
        [(0.2, 0.00000), (0.4, 0.00039), (0.6, 0.00381), (0.8, 0.01221), (1.0, 0.02500)],
    )
    def test_matches_the_published_table_for_one_sided_0025(self, fraction: float, spent: float) -> None:
        """Reboussin, DeMets, Kim & Lan 2000, table of the O'Brien-Fleming-like function, five looks."""
        assert obrien_fleming(0.025, fraction) == pytest.approx(spent, abs=6e-6)

    @given(st.floats(1e-5, 0.2), st.lists(st.floats(0, 1), min_size=2, max_size=6))
    @settings(max_examples=60, derandomize=True, deadline=None)
    def test_rises_to_alpha_and_never_above(self, alpha: float, fractions: list[float]) -> None:
        path = [obrien_fleming(alpha, fraction) for fraction in sorted(fractions)]
        assert path == sorted(path)
        assert max(path) <= alpha
        assert obrien_fleming(alpha, 1.0) == alpha
        assert obrien_fleming(alpha, 0.0) == 0.0


class TestSignFlip:
    @pytest.mark.parametrize("size", [3, 7, 12])
    def test_equals_counting_every_flip(self, size: int) -> None:
        values = np.random.default_rng(size).normal(0.15, 0.2, size)
        counted = np.mean(
            [np.dot(signs, np.abs(values)) >= values.sum() - 1e-9 for signs in product((-1, 1), repeat=size)]
        )
        assert sign_flip_p_value(values) == pytest.approx(counted)

    def test_approximation_is_near_the_exact_count(self) -> None:
        values = np.random.default_rng(5).normal(0.12, 0.2, 18)
        sums = np.zeros(1)
        for size in np.abs(values):
            sums = np.concatenate([sums - size, sums + size])
        exact = float((sums >= values.sum() - 1e-9).mean())
        assert sign_flip_p_value(values) == pytest.approx(exact, rel=0.05)

    def test_zeros_never_matter_and_all_positive_is_a_power_of_two(self) -> None:
        values = np.array([0.1, 0.0, 0.3, 0.2, 0.0])
        assert sign_flip_p_value(values) == 1 / 8
        assert sign_flip_p_value(np.zeros(4)) == 1.0
        assert sign_flip_p_value(np.full(30, 0.01)) == 0.5**30


class TestGaffke:
    @pytest.mark.parametrize("max_drop", [0.2, 0.35, 1.0])
    def test_equals_a_simulation_of_its_definition(self, max_drop: float) -> None:
        rng = np.random.default_rng(1)
        values = rng.normal(0.08, 0.15, 25).clip(-0.2, 1)
        weights = rng.exponential(size=(200_000, 26))
        drawn = (weights[:, :25] @ values - weights[:, 25] * max(max_drop, -values.min()) <= 0).mean()
        assert gaffke_p_value(values, max_drop) == pytest.approx(drawn, rel=0.06)

    def test_two_outcomes_give_clopper_and_pearsons_bound(self) -> None:
        """k wins of size 1 and n - k losses of size 1: P(Beta(k, n - k + 1) <= 1/2)."""
        values = np.array([1.0] * 20 + [-1.0] * 8)
        assert gaffke_p_value(values, 1.0) == pytest.approx(float(beta.cdf(0.5, 20, 9)), rel=0.02)

    def test_a_harm_that_may_lurk_unseen_keeps_few_gains_from_passing(self) -> None:
        gains = np.full(10, 0.05)
        assert sign_flip_p_value(gains) < ALPHA
        assert gaffke_p_value(gains, 0.35) > 0.1

    @given(st.lists(st.floats(-0.3, 0.3), min_size=1, max_size=30), st.floats(0.31, 1.0))
    @settings(max_examples=80, derandomize=True, deadline=None)
    def test_is_a_probability_that_falls_as_differences_rise_and_ignores_zeros(
        self, values: list[float], max_drop: float
    ) -> None:
        data = np.array(values)
        p = gaffke_p_value(data, max_drop)
        assert 0.0 <= p <= 1.0
        assert gaffke_p_value(data + 0.05, max_drop) <= p + 0.02
        assert gaffke_p_value(np.append(data, 0.0), max_drop) == pytest.approx(p)
        assert gaffke_p_value(data, min(max_drop + 0.2, 1.2)) >= p - 0.02


class TestBetting:
    def test_wealth_by_hand(self) -> None:
        """The mixture's first step is 1 + (mean stake) x; two steps average the products."""
        stakes = [0.15 * (0.98 / 0.15) ** (k / 7) / 0.5 for k in range(8)]
        path = wealth_path(np.array([0.2, -0.1]), 0.5)
        assert exp(path[0]) == pytest.approx(np.mean([1 + s * 0.2 for s in stakes]))
        assert exp(path[1]) == pytest.approx(np.mean([(1 + s * 0.2) * (1 - s * 0.1) for s in stakes]))

    def test_wealth_stays_fair_over_every_fair_game(self) -> None:
        """Over all paths of a fair game with steps 3/10 and -1/10 the wealth averages to exactly 1."""
        up, down, chance = 0.3, -0.1, Fraction(1, 4)
        total = 0.0
        for signs in product((True, False), repeat=6):
            weight = float(np.prod([float(chance if sign else 1 - chance) for sign in signs]))
            total += weight * exp(wealth_path(np.array([up if sign else down for sign in signs]), 0.4)[-1])
        assert total == pytest.approx(1.0)

    def test_passes_when_wealth_reaches_one_over_alpha(self) -> None:
        test = Betting().start(alpha=0.01, planned=40, max_drop=0.4)
        look = test.look(items([0.2] * 20), last=False)
        assert look.outcome == "positive"
        assert look.threshold == pytest.approx(2.0)
        assert look.statistic == pytest.approx(max(wealth_path(np.full(20, 0.2), 0.4)) / log(10))

    def test_a_fall_beyond_the_bound_ruins_the_bold_stakes(self) -> None:
        assert wealth_path(np.array([0.3, -1.0]), 0.35)[-1] < log(0.6)


class TestLooks:
    def test_each_look_has_its_own_part_of_alpha_and_they_add_up(self) -> None:
        test = LooksTest(lambda _: 0.5, 0.05, 80, final=lambda _: 0.5)
        looks = [test.look(items([0.1, -0.05] * 10 * k), last=k == 4) for k in range(1, 5)]
        assert sum(10**-look.threshold for look in looks) == pytest.approx(0.05)
        assert [look.n for look in looks] == [20, 40, 60, 80]
        assert looks[-1].outcome == "ended"

    def test_the_whole_trials_p_value_is_valid_however_it_ended(self) -> None:
        """An early proof leaves what was spent; the end leaves the final p-value plus what the looks before it spent."""
        early = LooksTest(lambda _: 0.0, 0.05, 60, final=lambda _: 0.5)
        assert early.look(items([0.1] * 30), last=False).outcome == "positive"
        assert early.p_value() == pytest.approx(obrien_fleming(0.05, 0.5))
        late = LooksTest(lambda _: 0.6, 0.05, 60, final=lambda _: 0.02, likely_level=0.5)
        late.look(items([0.1, 0.05] * 15), last=False)
        late.look(items([0.1, 0.05] * 30), last=True)
        assert late.p_value() == pytest.approx(0.02 + obrien_fleming(0.05, 0.5))
        given_up = LooksTest(lambda _: 0.6, 0.001, 40, final=lambda _: 0.02)
        assert given_up.look(items([0.0] * 20), last=False).outcome == "futile"
        assert given_up.p_value() == 1.0

    def test_a_small_set_is_looked_at_once_and_its_earlier_looks_spend_nothing(self) -> None:
        test = LooksTest(lambda _: 0.0, 0.05, FEW_ITEMS - 1, final=lambda _: 0.02)
        assert test.look(items([0.1] * 18), last=False).outcome == "continue"
        assert test.look(items([0.1] * 23), last=True).outcome == "positive"
        assert test.p_value() == pytest.approx(0.02)

    def test_a_null_edits_whole_p_value_is_small_no_oftener_than_it_says(self) -> None:
        rng = np.random.default_rng(1)
        told = []
        for row in np.where(rng.random((1500, 24)) < 0.2, -0.4, 0.1):
            test = Gaffke().start(alpha=0.04, planned=24, max_drop=0.4, likely_drop=0.4, likely_level=0.1)
            for end in (8, 16, 24):
                if test.look(items(row[:end]), last=end == 24).outcome != "continue":
                    break
            told.append(test.p_value())
        for level in (0.02, 0.05, 0.1):
            assert np.mean(np.array(told) <= level) <= 1.35 * level

    def test_it_goes_on_while_either_promise_can_be_met(self) -> None:
        middling = items([0.12, -0.08, 0.1, -0.02, 0.09, -0.05, 0.05, 0.0] * 2)
        strict = Gaffke().start(alpha=1e-6, planned=32, max_drop=0.75)
        lenient = Gaffke().start(alpha=1e-6, planned=32, max_drop=0.75, likely_drop=0.3, likely_level=0.05)
        assert strict.look(middling, last=False).outcome == "futile"
        assert lenient.look(middling, last=False).outcome == "continue"

    def test_clear_harm_and_hopelessness_stop(self) -> None:
        assert (
            Gaffke()
            .start(alpha=ALPHA, planned=60, max_drop=0.35)
            .look(items([-0.2, -0.25, -0.3] * 5), last=False)
            .outcome
            == "harmful"
        )
        noise = [0.1, -0.1, 0.05, -0.05, 0.0] * 3
        assert Gaffke().start(alpha=ALPHA, planned=60).look(items(noise), last=False).outcome == "futile"

    def test_an_edit_that_changes_nothing_is_given_up_at_once(self) -> None:
        for each in RULES.values():
            assert each.start(alpha=ALPHA, planned=60).look(items([0.0] * 15), last=False).outcome == "futile"

    def test_no_defined_difference_is_no_evidence(self) -> None:
        for each in RULES.values():
            look = each.start(alpha=ALPHA, planned=8).look(items([]), last=True)
            assert (look.n, look.outcome) == (0, "ended")

    def test_chance_of_passing_is_certain_at_the_end(self) -> None:
        good = [0.3, 0.25, 0.35, 0.28] * 5
        assert chance_of_passing(good, 20, 0.001) == 1.0
        assert chance_of_passing([-x for x in good], 20, 0.001) == 0.0
        assert chance_of_passing(good[:8], 20, 0.001) > 0.99


class TestErrorAndPower:
    """At alpha 0.05/40, small versions of what `concord eval rules` prints; the bounds leave room for luck."""

    @pytest.mark.parametrize("null", ["paraphrase", "half", "zeros", "skewed", "rare_harm"])
    @pytest.mark.parametrize("size", [10, 40])
    @pytest.mark.parametrize("name", [DEFAULT_RULE, "betting"])
    def test_default_and_betting_keep_their_level(self, name: str, null: str, size: int) -> None:
        rate = error_rate(
            rule(name), NULLS[null], size=size, trials=3_000, alpha=ALPHA, max_drop=0.35, seed=3
        )
        assert rate <= 3 * ALPHA

    def test_sign_flip_does_not_where_harm_is_rare(self) -> None:
        """Why it isn't the default: the same harness catches a rule that errs."""
        rate = error_rate(
            SignFlip(), NULLS["rare_harm"], size=20, trials=2_000, alpha=ALPHA, max_drop=0.35, seed=3
        )
        assert rate > 20 * ALPHA

    def test_a_mend_of_ten_points_is_found(self) -> None:
        found, looked = power(
            Gaffke(), sd=0.15, effect=0.10, size=60, trials=200, alpha=ALPHA, max_drop=0.35, seed=1
        )
        assert found > 0.86
        assert looked < 57

    def test_the_default_is_the_most_powerful_that_keeps_its_level(self) -> None:
        found = {
            name: power(
                rule(name), sd=0.2, effect=0.10, size=60, trials=200, alpha=ALPHA, max_drop=0.35, seed=1
            )[0]
            for name in (DEFAULT_RULE, "betting")
        }
        assert found[DEFAULT_RULE] > found["betting"]

    @pytest.mark.parametrize("name", sorted(RULES))
    def test_rows_left_out_as_hopeless_never_pass(self, name: str) -> None:
        rng = np.random.default_rng(2)
        table = rng.normal(0.03, 0.1, (400, 20)).clip(-1, 1)
        kept = passes(rule(name), hopeful(table), alpha=ALPHA, max_drop=0.35)[0]
        assert passes(rule(name), table, alpha=ALPHA, max_drop=0.35)[0] == kept

    def test_the_experiment_prints_its_figures(self) -> None:
        config = Config(rules=("betting",), sizes=(10,), power_trials=5)
        figures = asyncio.run(run(config, seeds=50, seed=1))
        assert set(figures) >= {"betting_error_half_10", "betting_power_sd_015", "betting_n_sd_030"}


def test_rules_go_by_name() -> None:
    assert rule().name == DEFAULT_RULE
    assert {name: each.name for name, each in RULES.items()} == {name: name for name in RULES}
    with pytest.raises(OptionError, match=r"unknown trial rule 'luck'.*betting, gaffke, signflip"):
        rule("luck")


def test_evidence_is_in_powers_of_ten() -> None:
    test = LooksTest(lambda _: 1e-4, 0.05, 10, final=lambda _: 1e-4)
    look = test.look(items([0.1] * 10), last=True)
    assert look.statistic == pytest.approx(4.0)
    assert look.threshold == pytest.approx(-log10(0.05))
    assert norm.sf(norm.isf(0.025)) == pytest.approx(0.025)
