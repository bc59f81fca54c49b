"""The likely promise: rules by hand, the false share in runs drawn at random, and what an adopted edit is told to be worth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concord.errors import OptionError
from concord.evals.promises import cell
from concord.trials.differences import Differences
from concord.trials.evidence import Evidence, evidence_of
from concord.trials.likely import BESIDE, LIKELY_RULES, StepUp, likely, likely_level, likely_rule
from concord.trials.records import AtDrop
from concord.trials.shrinkage import shrink

Q = 0.10


def tried(*p_values: float, mean: float = 0.05, weights: tuple[float, ...] = ()) -> list[Evidence]:
    return [
        Evidence(
            proposal=f"p{k}",
            mean=mean,
            se=0.03,
            df=30,
            p_value=p,
            n=40,
            weight=weights[k] if weights else 1.0,
        )
        for k, p in enumerate(p_values)
    ]


class TestStepUp:
    def test_by_hand(self) -> None:
        """Ten trials declared: 0.010, 0.020, 0.030 are the steps; 0.029 carries 0.021 with it."""
        found = StepUp()(tried(0.021, 0.029, 0.004, 0.5), q=Q, max_trials=10)
        assert found == pytest.approx({"p0": 0.03, "p1": 0.03, "p2": 0.03})
        assert StepUp()(tried(0.021, 0.5), q=Q, max_trials=10) == {}

    def test_weights_divide_p_values(self) -> None:
        assert StepUp()(tried(0.015, 0.5, weights=(1.6, 0.4)), q=Q, max_trials=10) == pytest.approx(
            {"p0": 0.016}
        )

    @given(st.lists(st.floats(0, 1), min_size=1, max_size=12), st.integers(1, 11))
    @settings(max_examples=60, derandomize=True, deadline=None)
    def test_what_is_adopted_stays_adopted_as_trials_come_in(self, p_values: list[float], cut: int) -> None:
        early = StepUp()(tried(*p_values[:cut]), q=Q, max_trials=12)
        assert early.keys() <= StepUp()(tried(*p_values), q=Q, max_trials=12).keys()


class TestOtherRules:
    def test_e_values_need_far_smaller_p_values(self) -> None:
        """e = 1 / (2 sqrt p) must reach max_trials / q = 100: p = 1 / 40,000."""
        assert LIKELY_RULES["e-step-up"](tried(3e-5), q=Q, max_trials=10) == {}
        assert LIKELY_RULES["e-step-up"](tried(2e-5), q=Q, max_trials=10).keys() == {"p0"}

    def test_e_lond_spends_most_on_the_first(self) -> None:
        level = Q * 6 / np.pi**2
        rule = LIKELY_RULES["e-lond"]
        assert rule(tried(0.99 * (level / 2) ** 2), q=Q, max_trials=10).keys() == {"p0"}
        assert rule(tried(0.9, 0.99 * (level / 2) ** 2), q=Q, max_trials=10) == {}

    def test_shrinkage_goes_by_the_p_value_where_that_says_less(self) -> None:
        clear = [Evidence(proposal=f"p{k}", mean=0.10, se=0.02, df=60, p_value=1e-5, n=60) for k in range(8)]
        unconvincing = [one.model_copy(update={"p_value": 0.3}) for one in clear]
        assert len(LIKELY_RULES["shrinkage"](clear, q=Q, max_trials=40)) == 8
        assert LIKELY_RULES["shrinkage"](unconvincing, q=Q, max_trials=40) == {}

    def test_what_is_clear_in_company_alone_needs_that_company(self) -> None:
        """Alone its p-value is 0.3: no step reaches it. Beside clear edits whose trials show no deep fall it is likely."""
        doubtful = Evidence(
            proposal="doubtful", mean=0.06, se=0.02, df=60, p_value=0.3, n=60, at_drops=(AtDrop(drop=0.2, p_value=0.03),)
        )  # fmt: skip
        clear = [
            Evidence(
                proposal=f"p{k}",
                mean=0.10,
                se=0.02,
                df=60,
                p_value=1e-5,
                n=60,
                deep_falls=(0, 0),
                deepest=0.6,
            )
            for k in range(8)
        ]
        idle = [Evidence(proposal=f"n{k}", mean=0.0, se=0.02, df=60, p_value=0.5, n=60) for k in range(8)]
        among = likely([*clear, doubtful], q=Q, max_trials=40)
        assert among["doubtful"].adopted
        assert not likely([*idle, doubtful], q=Q, max_trials=40)["doubtful"].adopted
        assert not likely([doubtful], q=Q, max_trials=40)["doubtful"].adopted
        harmful = [one.model_copy(update={"deep_falls": (6, 5)}) for one in clear]
        assert not likely([*harmful, doubtful], q=Q, max_trials=40)["doubtful"].adopted

    def test_the_step_up_goes_by_the_p_value_alone(self) -> None:
        (one,) = tried(0.3)
        sure = one.model_copy(update={"at_drops": (AtDrop(drop=0.15, p_value=1e-6),), "deep_falls": (0, 0)})
        assert StepUp()([sure], q=Q, max_trials=10) == {}

    def test_shrinkage_adopts_nothing_whose_p_value_in_company_is_above_its_bound(self) -> None:
        clear = [Evidence(proposal=f"p{k}", mean=0.10, se=0.02, df=60, p_value=1e-5, n=60) for k in range(20)]
        for p, adopted in ((0.09, True), (0.11, False)):
            vague = Evidence(proposal="vague", mean=0.06, se=0.03, df=60, p_value=p, n=60)
            assert ("vague" in LIKELY_RULES["shrinkage"]([*clear, vague], q=Q, max_trials=40)) == adopted, p

    def test_either_holds_what_both_hold(self) -> None:
        evidence = tried(0.004, 0.02, 0.03, 0.04, 0.2, 0.6, mean=0.06)
        both = [LIKELY_RULES[name](evidence, q=Q, max_trials=40).keys() for name in ("step-up", "either")]
        beside = LIKELY_RULES["shrinkage"](evidence, q=BESIDE * Q, max_trials=40).keys()
        assert both[1] == both[0] | beside


def test_each_proposal_gets_a_verdict_and_one_of_its_trials_is_enough() -> None:
    evidence = [*tried(0.4, 0.6), Evidence(proposal="p0", mean=0.12, se=0.03, df=50, p_value=1e-4, n=80)]
    told = likely(evidence, max_trials=10)
    assert [told[name].adopted for name in ("p0", "p1")] == [True, False]
    assert told["p1"].threshold == pytest.approx(0.02)
    assert 0.05 < told["p0"].effect.effect < 0.12
    assert likely([], max_trials=10) == {}


def test_more_trials_than_declared_or_a_strange_q_are_refused() -> None:
    with pytest.raises(OptionError, match="only 1 were declared"):
        likely(tried(0.1, 0.2), max_trials=1)
    with pytest.raises(OptionError, match="between 0 and 1"):
        likely(tried(0.1), q=1.0, max_trials=10)
    with pytest.raises(OptionError, match=r"unknown likely rule 'luck'.*either"):
        likely_rule("luck")


def test_the_level_to_reckon_with_grows_with_company() -> None:
    assert likely_level(q=Q, max_trials=10) == pytest.approx(0.01)
    assert likely_level(q=Q, max_trials=10, adopted=1, company=2) == pytest.approx(0.03)


@pytest.mark.parametrize("mix", ["no_op", "deep_harm"])
def test_a_run_of_nulls_seldom_adopts_any(mix: str) -> None:
    found = cell(mix, panel=24, trials=10, max_trials=10, runs=60, count=60, sizes=(16, 60))
    assert found.false_share <= 0.21  # at 0.10 three standard errors of 60 runs
    assert found.proven_error <= 0.10


def test_mends_are_found_their_worth_is_told_and_few_of_the_adopted_are_false() -> None:
    found, strict = (
        cell("medium_mends", panel=48, trials=20, max_trials=20, runs=25, count=25, sizes=(20, 60), rule=rule)
        for rule in ("either", "e-step-up")
    )
    assert found.false_share <= 0.15
    assert found.gain is not None
    assert strict.gain is not None
    assert found.gain > 0.65
    assert found.gain > strict.gain + 0.2
    assert found.coverage is not None
    assert found.coverage > 0.85
    assert found.told == pytest.approx(found.true, abs=0.02)


class TestShrinkage:
    def test_takes_luck_off_and_more_where_little_is_known(self) -> None:
        noise = [
            Evidence(proposal=f"n{k}", mean=m, se=0.03, df=40, p_value=0.5, n=40)
            for k, m in enumerate((-0.02, 0.01, 0.0, -0.01, 0.03, 0.02))
        ]
        sure = Evidence(proposal="sure", mean=0.10, se=0.01, df=60, p_value=1e-6, n=60)
        vague = Evidence(proposal="vague", mean=0.10, se=0.06, df=10, p_value=0.05, n=11)
        told = shrink([*noise, sure, vague])
        assert told["vague"].effect < told["sure"].effect <= 0.10
        assert told["sure"].no_improvement < 0.001 < told["vague"].no_improvement
        for each in told.values():
            assert each.low <= each.effect <= each.high

    def test_two_trials_of_one_proposal_are_pooled(self) -> None:
        one = Evidence(proposal="p", mean=0.08, se=0.03, df=1e6, p_value=0.01, n=40)
        assert shrink([one, one])["p"].effect > shrink([one])["p"].effect

    def test_nothing_told_is_nothing_known(self) -> None:
        assert shrink([]) == {}


def test_evidence_takes_people_into_the_standard_error() -> None:
    rng = np.random.default_rng(0)
    person = np.tile(np.arange(6), 30)
    leaning = np.array([0.3, -0.2, 0.3, -0.2, 0.3, 0.1])
    cells = Differences.of_cells(
        np.repeat(np.arange(30), 6), person, leaning[person] + rng.normal(0, 0.05, 180)
    )
    with_people = evidence_of("p", cells, p_value=0.2)
    without = evidence_of("p", Differences.of_items(cells.values), p_value=0.2)
    assert with_people is not None
    assert without is not None
    assert with_people.mean == pytest.approx(without.mean)
    assert with_people.se > 3 * without.se
    assert with_people.df < 12
    assert evidence_of("p", Differences.of_items([0.1]), p_value=1.0) is None
