"""Trials: the set is fixed first, the path is whole, the ledger never gives more than alpha, races and retests."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concord.trials.ledger import AlphaLedger
from concord.trials.outside import look_outside
from concord.trials.overlap import groups, overlapping, retest
from concord.trials.protocol import Arms
from concord.trials.racing import Candidate, ScreenRule, race
from concord.trials.reach import DEFAULT_REACH, expected_fall
from concord.trials.records import Trial
from concord.trials.rules import RULES, rule
from concord.trials.trial import cut, fix_set, run_trial


class Told(Arms):
    """Arms that answer from a table and remember what they were asked."""

    def __init__(self, values: Mapping[str, float | None], default: float | None = 0.0) -> None:
        self.values, self.default = values, default
        self.asked: list[tuple[str, str, str, tuple[str, ...]]] = []

    async def differences(
        self, current: str, candidate: str, conversations: Sequence[str], *, draw: str
    ) -> list[float | None]:
        self.asked.append((draw, current, candidate, tuple(conversations)))
        return [self.values.get(name, self.values.get(candidate, self.default)) for name in conversations]


def names(count: int) -> list[str]:
    return [f"c{place:03d}" for place in range(count)]


def trial(arms: Arms, planned: Sequence[str], **options: object) -> Trial:
    given_options = {
        "proposal": "p1", "round": 2, "current": "old", "candidate": "new", "rule": rule(), "alpha": 0.00125, "seed": 5,
        **options,
    }  # fmt: skip
    return asyncio.run(run_trial(planned=planned, arms=arms, **given_options))  # type: ignore[arg-type]  # options by name


class TestTrial:
    def test_an_edit_that_helps_everywhere_passes(self) -> None:
        done = trial(Told({}, 0.25), names(40))
        assert done.outcome == "positive"
        assert done.looks[-1].statistic >= done.looks[-1].threshold
        assert done.calls == 2 * len(done.differences)
        assert done.reason.startswith("+25.0 points over")

    def test_the_set_is_a_seeded_draw_that_knows_nothing_of_the_order_it_was_given_in(self) -> None:
        first = trial(Told({}), names(90)).planned
        assert len(first) == len(set(first)) == 60
        assert trial(Told({}), names(90)[::-1] + names(10)).planned == first
        assert trial(Told({}), names(90), seed=6).planned != first
        assert fix_set(names(5), limit=60, key=["x"]) != tuple(names(5))

    def test_both_arms_are_asked_block_by_block_under_a_draw_of_the_trials_own(self) -> None:
        arms = Told({}, 0.02)
        done = trial(arms, names(40), rule=RULES["signflip"])
        assert {asked[:3] for asked in arms.asked} == {("trial:2:p1", "old", "new")}
        assert [name for asked in arms.asked for name in asked[3]] == list(
            done.planned[: len(done.differences)]
        )

    def test_undefined_differences_stay_in_the_path_and_leave_the_test(self) -> None:
        values: dict[str, float | None] = dict.fromkeys(names(40)[::2])
        done = trial(Told(values, 0.2), names(40))
        assert done.differences.count(None) > 0
        assert done.looks[-1].n == sum(value is not None for value in done.differences)
        assert "undefined" in done.reason

    @pytest.mark.parametrize(("planned", "default"), [([], 0.1), (names(12), None)])
    def test_nothing_to_test_on_is_empty_and_costs_no_alpha(
        self, planned: list[str], default: float | None
    ) -> None:
        done = trial(Told({}, default), planned)
        assert done.outcome == "empty"
        ledger = AlphaLedger(alpha=0.05, max_trials=3)
        assert ledger.after(done.outcome != "empty", False) == ledger

    def test_repeats_average_independent_draws(self) -> None:
        arms = Told({}, 0.1)
        done = trial(arms, names(8), repeats=3)
        assert {asked[0] for asked in arms.asked} == {"trial:2:p1#0", "trial:2:p1#1", "trial:2:p1#2"}
        assert done.calls == 6 * len(done.differences)

    @given(
        st.lists(st.one_of(st.none(), st.floats(-1, 1)), max_size=50),
        st.sampled_from(sorted(RULES)),
        st.floats(1e-4, 0.2),
    )
    @settings(max_examples=80, derandomize=True, deadline=None)
    def test_every_path_is_whole(self, values: list[float | None], name: str, alpha: float) -> None:
        planned = names(len(values))
        table = dict(zip(planned, values, strict=True))
        done = trial(Told(table), planned, rule=RULES[name], alpha=alpha)
        seen = [table[conversation] for conversation in done.planned[: len(done.differences)]]
        assert list(done.differences) == seen
        assert sorted(done.planned) == planned
        assert done.alpha == alpha
        assert done.rule == name
        assert done.reason.endswith(".")
        if done.outcome == "empty":
            assert all(value is None for value in done.differences)
            return
        assert [look.outcome for look in done.looks[:-1]] == ["continue"] * (len(done.looks) - 1)
        assert done.looks[-1].outcome == done.outcome
        assert (done.outcome == "positive") == (done.looks[-1].statistic >= done.looks[-1].threshold)
        if done.outcome == "ended":
            assert len(done.differences) == len(planned)

    def test_reach_is_the_mean_fall_to_the_worst_ranking(self) -> None:
        assert expected_fall([0.6, 0.5], [0.8, 0.9]) == pytest.approx(0.4)
        assert expected_fall([0.5], [0.5]) == 0.2
        assert expected_fall([], []) == DEFAULT_REACH

    def test_blocks_cover_the_set(self) -> None:
        for size in range(1, 70):
            ends = cut(size, 4)
            assert ends[-1] == size
            assert ends == sorted(set(ends))
            assert len(ends) == min(4, size)


class TestLedger:
    def test_splits_evenly_and_passes_an_adopted_share_on(self) -> None:
        ledger = AlphaLedger(alpha=0.05, max_trials=5)
        assert ledger.offer() == pytest.approx(0.01)
        assert ledger.after(True, False).offer() == pytest.approx(0.01)
        assert ledger.after(True, True).offer() == pytest.approx(0.0125)

    def test_offers_nothing_when_no_trial_is_left(self) -> None:
        ledger = AlphaLedger(alpha=0.05, max_trials=1).after(True, True)
        assert ledger.offer() == 0.0
        assert ledger.after(True, True) == ledger

    def test_round_trips(self) -> None:
        ledger = AlphaLedger(alpha=0.05, max_trials=7).after(True, True).after(True, False)
        assert AlphaLedger.model_validate_json(ledger.model_dump_json()) == ledger

    @given(st.floats(0.001, 0.5), st.integers(1, 60), st.lists(st.booleans(), max_size=80))
    @settings(max_examples=150, derandomize=True, deadline=None)
    def test_what_true_nulls_may_spend_never_exceeds_alpha(
        self, alpha: float, max_trials: int, adopted: list[bool]
    ) -> None:
        """Whatever was adopted, the shares of all trials that were not, the next one's among them, stay within alpha."""
        ledger = AlphaLedger(alpha=alpha, max_trials=max_trials)
        spent = 0.0
        for was_adopted in adopted:
            share = ledger.offer()
            assert spent + share <= alpha * (1 + 1e-9)
            spent += 0.0 if was_adopted else share
            ledger = ledger.after(True, was_adopted)
        assert spent == pytest.approx(ledger.spent)

    @given(st.integers(1, 12), st.lists(st.lists(st.booleans(), min_size=1, max_size=6), max_size=6))
    @settings(max_examples=80, derandomize=True, deadline=None)
    def test_trials_at_the_same_time_stay_within_alpha_too(
        self, max_trials: int, rounds: list[list[bool]]
    ) -> None:
        ledger = AlphaLedger(alpha=0.05, max_trials=max_trials)
        for outcomes in rounds:
            shares = ledger.offers(len(outcomes))
            assert ledger.spent + sum(shares) <= 0.05 * (1 + 1e-9)
            for share, was_adopted in zip(shares, outcomes, strict=True):
                if share:
                    ledger = ledger.after(True, was_adopted, share)
        assert ledger.spent <= 0.05 * (1 + 1e-9)


def candidates(count: int, planned: Sequence[str]) -> list[Candidate]:
    return [Candidate(proposal=f"p{k}", candidate=f"t{k}", planned=tuple(planned)) for k in range(count)]


def run_race(arms: Arms, field: list[Candidate], budget: int, **options: object) -> list[Trial]:
    return asyncio.run(
        race(field, arms=arms, current="old", round=1, seed=1, budget_calls=budget, **options)  # type: ignore[arg-type]  # options by name
    )


class TestRace:
    def test_promotes_the_clear_and_drops_the_hopeless_with_few_calls(self) -> None:
        done = run_race(Told({"t0": 0.2, "t1": -0.1, "t2": 0.0}), candidates(3, names(40)), 600)
        assert [each.outcome for each in done] == ["positive", "harmful", "futile"]
        assert done[0].calls < done[2].calls <= 2 * ScreenRule().most
        assert all(each.alpha == 0.0 and each.stage == "screen" for each in done)

    def test_a_short_budget_goes_to_the_most_promising_and_is_never_overdrawn(self) -> None:
        arms = Told({"t0": 0.03, "t1": 0.06, "t2": 0.03})
        done = run_race(arms, candidates(3, names(40)), 32)
        assert sum(each.calls for each in done) <= 32
        assert max(done, key=lambda each: each.calls).proposal == "p1"

    def test_what_got_no_call_is_told_from_what_failed(self) -> None:
        done = run_race(Told({}, 0.1), candidates(3, names(10)), 8)
        assert [each.outcome for each in done] == ["positive", "ended", "ended"]
        assert "used up" in done[1].reason
        assert run_race(Told({}), candidates(1, []), 8)[0].outcome == "empty"

    def test_the_measure_passs_draw_costs_one_call(self) -> None:
        arms = Told({}, 0.2)
        done = run_race(arms, candidates(1, names(40)), 600, draw="measure", calls_per_difference=1)
        assert {asked[0] for asked in arms.asked} == {"measure"}
        assert done[0].calls == len(done[0].differences)

    def test_support_is_walds_ratio(self) -> None:
        """With the variance known (a heavy prior) it is n d (mean - d/2) / sd^2."""
        screen = ScreenRule(effect=0.1, prior_sd=0.2)
        values = [0.2, 0.0, 0.1, 0.1]
        variance = (4 * 0.04 + 0.02) / 7
        assert screen.support(values) == pytest.approx(4 * 0.1 * (0.1 - 0.05) / variance)
        assert screen.support([]) == 0.0

    def test_candidates_keep_their_order_and_the_same_race_its_result(self) -> None:
        arms = Told({"t0": 0.0, "t1": 0.2})
        first = run_race(arms, candidates(4, names(20)), 100)
        assert [each.proposal for each in first] == ["p0", "p1", "p2", "p3"]
        assert run_race(arms, candidates(4, names(20)), 100) == first


class TestOverlap:
    sets = {"a": {"1", "2"}, "b": {"2", "3"}, "c": {"3", "4"}, "d": {"9"}}  # noqa: RUF012

    def test_pairs_and_groups(self) -> None:
        assert overlapping(self.sets) == [("a", "b"), ("b", "c")]
        assert groups(self.sets) == [("a", "b", "c")]
        assert overlapping(self.sets, share=0.5) == []

    @pytest.mark.parametrize(("effect", "outcome"), [(0.25, "positive"), (0.0, "futile")])
    def test_a_retest_keeps_only_what_adds(self, effect: float, outcome: str) -> None:
        arms = Told({}, effect)
        done = asyncio.run(
            retest(
                proposal="b", round=1, without="with a", together="with a and b", planned=names(40), arms=arms,
                rule=rule(), alpha=0.00125, seed=1,
            )
        )  # fmt: skip
        assert (done.stage, done.outcome) == ("retest", outcome)
        assert (done.base, done.candidate) == ("with a", "with a and b")
        assert arms.asked[0][0] == "retest:1:b"


class TestOutside:
    def look(self, arms: Arms, outside: Sequence[str]) -> Trial:
        return asyncio.run(
            look_outside(
                proposal="p", round=1, current="old", candidate="new", outside=outside, arms=arms, seed=1
            )
        )

    def test_harm_is_seen_and_harmlessness_passes(self) -> None:
        assert self.look(Told({}, -0.2), names(30)).outcome == "harmful"
        assert self.look(Told({}, 0.0), names(30)).outcome == "ended"
        assert self.look(Told({}, 0.2), names(30)).outcome == "ended"
        assert self.look(Told({}), []).outcome == "empty"

    def test_one_bad_conversation_is_no_proof(self) -> None:
        done = self.look(Told({"c003": -0.6}, 0.0), names(12))
        assert done.outcome == "ended"
        assert len(done.planned) == 12
