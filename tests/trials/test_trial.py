"""Trials: the set is fixed first, the path is whole, the ledger never gives more than alpha; screens and checks."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concord.testing.evaluators import TableEvaluator
from concord.trials.evaluator import Evaluator, Score
from concord.trials.futility import evidence
from concord.trials.interaction import test_interaction as interaction
from concord.trials.ledger import AlphaLedger
from concord.trials.policy import RegressionPolicy, ScreenPolicy
from concord.trials.records import Trial
from concord.trials.regression import check_regression, closer_size, planned_size
from concord.trials.rules import RULES, rule
from concord.trials.screening import A_STEP, EVEN, MOST_ASKED, Screened, asked_ratio, log_ratio, race
from concord.trials.trial import cut, fix_set, run_trial


def names(count: int) -> list[str]:
    return [f"c{place:03d}" for place in range(count)]


def trial(evaluator: Evaluator, planned: Sequence[str], **options: object) -> Trial:
    given_options = {
        "proposal": "p1", "round_": 2, "current": "old", "candidate": "new", "rule": rule(), "alpha": 0.00125,
        "likely_level": 0.0, "seed": 5, "limit": 60, "draws": 1, **options,
    }  # fmt: skip
    return asyncio.run(run_trial(planned=planned, evaluator=evaluator, **given_options))  # type: ignore[arg-type]  # options by name


class TestTrial:
    def test_an_edit_that_helps_everywhere_passes(self) -> None:
        done = trial(TableEvaluator({}, 0.25), names(40))
        assert done.outcome == "positive"
        assert done.looks[-1].statistic >= done.looks[-1].threshold
        assert done.calls == 2 * len(done.differences)
        assert done.reason.startswith("+25.0 points over")

    def test_the_set_is_a_seeded_draw_that_knows_nothing_of_the_order_it_was_given_in(self) -> None:
        first = trial(TableEvaluator({}), names(90)).planned
        assert len(first) == len(set(first)) == 60
        assert trial(TableEvaluator({}), names(90)[::-1] + names(10)).planned == first
        assert trial(TableEvaluator({}), names(90), seed=6).planned != first
        assert fix_set(names(5), limit=60, key=["x"]) != tuple(names(5))

    def test_both_texts_are_asked_block_by_block_in_an_order_of_the_trial_s_own(self) -> None:
        table = TableEvaluator({}, 0.02)
        done = trial(table, names(40), rule=RULES["signflip"])
        assert {asked[:2] for asked in table.asked} == {("trial:2:p1:0", "old"), ("trial:2:p1:0", "new")}
        for text in ("old", "new"):
            items = [item for asked in table.asked if asked[1] == text for item in asked[2]]
            assert items == list(done.planned[: len(done.differences)])

    def test_undefined_differences_stay_in_the_path_and_leave_the_test(self) -> None:
        values: dict[str, float | None] = dict.fromkeys(names(40)[::2])
        done = trial(TableEvaluator(values, 0.2), names(40))
        assert done.differences.count(None) > 0
        assert done.looks[-1].n == sum(value is not None for value in done.differences)
        assert "undefined" in done.reason

    @pytest.mark.parametrize(("planned", "default"), [([], 0.1), (names(12), None)])
    def test_nothing_to_test_on_is_empty(self, planned: list[str], default: float | None) -> None:
        assert trial(TableEvaluator({}, default), planned).outcome == "empty"

    def test_a_set_that_rests_on_too_few_people_to_prove_anything_is_not_tried(self) -> None:
        table = TableEvaluator({}, 0.3, raters=("ann", "ben"))
        done = trial(table, names(30))
        assert done.outcome == "empty"
        assert "2.0 people" in done.reason
        assert not table.asked

    def test_harm_on_its_own_fold_raises_the_p_value_of_a_set_that_missed_it(self) -> None:
        own = [f"own{place}" for place in range(10)]
        alone = trial(TableEvaluator({}, 0.06), names(40), alpha=1e-6, likely_level=0.05)
        assert alone.outcome == "ended"
        assert alone.p_value is not None
        assert alone.p_value < 0.01
        table = TableEvaluator({"own3": -0.5, "own4": -0.5, "own5": -0.5}, 0.06)
        done = trial(table, names(40), alpha=1e-6, likely_level=0.05, own=own)
        assert done.p_value is not None
        assert done.p_value > 5 * alone.p_value
        assert set(done.own) == set(own)
        assert len(done.own_differences) == 10
        assert done.calls == 2 * 50
        assert done.mean == pytest.approx(0.06)
        assert "own fold" in done.reason

    def test_gains_on_its_own_fold_lower_nothing(self) -> None:
        own = [f"own{place}" for place in range(10)]
        alone = trial(TableEvaluator({}, 0.06), names(40), alpha=1e-6, likely_level=0.05)
        done = trial(
            TableEvaluator(dict.fromkeys(own, 0.5), 0.06), names(40), alpha=1e-6, likely_level=0.05, own=own
        )
        assert done.p_value == alone.p_value

    def test_it_tells_its_p_value_where_less_harm_is_reckoned_with_and_its_own_fold_counts_there_too(
        self,
    ) -> None:
        own = [f"own{place}" for place in range(10)]
        alone = trial(TableEvaluator({}, 0.06), names(40), alpha=1e-6, likely_level=0.05)
        assert alone.p_value is not None
        assert alone.likely_drop is not None
        drops = [each.drop for each in alone.at_drops]
        assert drops == sorted(drops)
        assert drops[-1] < alone.likely_drop
        told = [*(each.p_value for each in alone.at_drops), alone.p_value]
        assert told[0] > 0
        assert told == sorted(told)
        assert len(set(told)) == len(told) > 2
        harmed = TableEvaluator(dict.fromkeys(own[:3], -0.5), 0.06)
        done = trial(harmed, names(40), alpha=1e-6, likely_level=0.05, own=own)
        assert done.at_drops[0].p_value > 5 * alone.at_drops[0].p_value

    @pytest.mark.parametrize("default", [0.25, -0.1])
    def test_a_trial_that_was_proven_or_given_up_is_the_same_in_company(self, default: float) -> None:
        done = trial(TableEvaluator({}, default), names(40), alpha=0.001, likely_level=0.05)
        assert len(done.looks) < 4
        assert {each.p_value for each in done.at_drops} == {done.p_value}

    @pytest.mark.parametrize(("default", "alpha"), [(0.25, 0.001), (0.0, 1e-6), (-0.1, 1e-6)])
    def test_its_own_fold_is_not_asked_where_the_set_proves_it_or_does_not_speak_for_it(
        self, default: float, alpha: float
    ) -> None:
        own = ["own1", "own2"]
        assert not trial(TableEvaluator({}, default), names(40), alpha=alpha, likely_level=0.05, own=own).own

    def test_draws_after_the_first_show_more_of_the_sections_that_both_texts_share(self) -> None:
        shown: dict[str, set[frozenset[str]]] = {"old": set(), "new": set()}

        class Watched(TableEvaluator):
            async def scores(
                self,
                text: str,
                items: Sequence[str],
                *,
                order_seed: str,
                include: Collection[str] = (),
                subject: str = "",
            ) -> Mapping[str, Score]:
                shown[text].add(frozenset(include))
                return await TableEvaluator.scores(self, text, items, order_seed=order_seed)

        trial(Watched({}, 0.1), names(8), draws=5, sections=["a", "b", "c"])
        assert shown["old"] == shown["new"]
        sizes = sorted(len(each) for each in shown["old"])
        assert sizes == [0, 1, 1, 1, 2]

    def test_each_question_says_for_which_proposal_it_is_asked(self) -> None:
        subjects: set[str] = set()

        class Watched(TableEvaluator):
            async def scores(
                self,
                text: str,
                items: Sequence[str],
                *,
                order_seed: str,
                include: Collection[str] = (),
                subject: str = "",
            ) -> Mapping[str, Score]:
                subjects.add(subject)
                return await TableEvaluator.scores(self, text, items, order_seed=order_seed)

        trial(Watched({}, 0.1), names(8), proposal="p7")
        assert subjects == {"p7"}

    def test_draws_are_averaged(self) -> None:
        table = TableEvaluator({}, 0.1)
        done = trial(table, names(8), draws=3)
        assert {asked[0] for asked in table.asked} == {f"trial:2:p1:0#{number}" for number in range(3)}
        assert done.calls == 6 * len(done.differences)

    @given(
        st.lists(st.one_of(st.none(), st.floats(-0.5, 0.5)), max_size=50),
        st.sampled_from(sorted(RULES)),
        st.floats(1e-4, 0.2),
    )
    @settings(max_examples=80, derandomize=True, deadline=None)
    def test_every_path_is_whole(self, values: list[float | None], name: str, alpha: float) -> None:
        planned = names(len(values))
        table = dict(zip(planned, values, strict=True))
        done = trial(TableEvaluator(table), planned, rule=RULES[name], alpha=alpha)
        seen = [table[conversation] for conversation in done.planned[: len(done.differences)]]
        assert list(done.differences) == pytest.approx(seen)
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

    def test_blocks_cover_the_set(self) -> None:
        for size in range(1, 70):
            ends = cut(size, 4)
            assert ends[-1] == size
            assert ends == sorted(set(ends))
            assert len(ends) == min(4, size)


class TestLedger:
    def test_splits_evenly_and_passes_the_share_of_what_stays_on(self) -> None:
        ledger = AlphaLedger(alpha=0.05, max_trials=5)
        assert ledger.offer() == pytest.approx(0.01)
        assert ledger.after(0.01).offer() == pytest.approx(0.01)
        assert ledger.after(0.01).returned(0.01).offer() == pytest.approx(0.0125)

    def test_offers_nothing_when_no_trial_is_left(self) -> None:
        ledger = AlphaLedger(alpha=0.05, max_trials=1).after(0.05).returned(0.05)
        assert ledger.offer() == 0.0
        assert ledger.after(0.05) == ledger

    def test_round_trips(self) -> None:
        ledger = AlphaLedger(alpha=0.05, max_trials=7).after(0.01).returned(0.01).after(0.02)
        assert AlphaLedger.model_validate_json(ledger.model_dump_json()) == ledger

    @given(
        st.floats(0.001, 0.5),
        st.integers(1, 40),
        st.lists(st.lists(st.tuples(st.floats(0.1, 5), st.booleans()), min_size=1, max_size=8), max_size=12),
    )
    @settings(max_examples=150, derandomize=True, deadline=None)
    def test_what_true_nulls_may_spend_never_exceeds_alpha(
        self, alpha: float, max_trials: int, rounds: list[list[tuple[float, bool]]]
    ) -> None:
        """Rounds of trials with weights of mean 1; whatever stays, the shares of the others never exceed alpha."""
        ledger = AlphaLedger(alpha=alpha, max_trials=max_trials)
        for trials in rounds:
            chosen = trials[: ledger.left]
            mean = sum(weight for weight, _ in chosen) / max(len(chosen), 1)
            shares = [ledger.offer() * weight / mean for weight, _ in chosen]
            for share in shares:
                ledger = ledger.after(share)
            assert ledger.spent <= alpha * (1 + 1e-9)
            for share, (_, stays) in zip(shares, chosen, strict=True):
                ledger = ledger.returned(share) if stays else ledger
        assert ledger.spent <= alpha * (1 + 1e-9)


def screened(count: int, planned: Sequence[str]) -> list[Screened]:
    return [Screened(proposal=f"p{k}", text=f"t{k}", planned=tuple(planned)) for k in range(count)]


def run_race(evaluator: Evaluator, candidates: list[Screened], **policy: object) -> list[Trial]:
    return asyncio.run(
        race(
            candidates, evaluator=evaluator, current="old", round_=1, seed=1, order_seed="measure",
            policy=ScreenPolicy.model_validate(policy),
        )
    )  # fmt: skip


class TestRace:
    def test_promotes_the_clear_and_drops_the_hopeless_with_few_calls(self) -> None:
        done = run_race(TableEvaluator({"t0": 0.2, "t1": -0.1, "t2": 0.0}), screened(3, names(40)))
        assert [each.outcome for each in done] == ["positive", "harmful", "futile"]
        assert done[0].calls <= done[2].calls <= ScreenPolicy().most
        assert all(each.alpha == 0.0 and each.stage == "screen" for each in done)

    def test_the_calls_are_never_overdrawn(self) -> None:
        done = run_race(TableEvaluator({"t0": 0.02, "t1": 0.03, "t2": 0.02}), screened(3, names(40)), most=12)
        assert sum(each.calls for each in done) <= 24
        assert max(done, key=lambda each: each.calls).proposal == "p1"

    def test_without_racing_every_candidate_takes_its_whole_set(self) -> None:
        done = run_race(
            TableEvaluator({"t0": 0.2, "t1": -0.1}), screened(2, names(40)), most=12, racing=False
        )
        assert [each.calls for each in done] == [12, 12]

    def test_a_few_conversations_are_enough_to_go_on_where_there_are_no_more(self) -> None:
        assert run_race(TableEvaluator({}, 0.1), screened(1, names(3)))[0].outcome == "positive"
        assert run_race(TableEvaluator({}, -0.1), screened(1, names(3)))[0].outcome != "positive"
        assert run_race(TableEvaluator({}), screened(1, []))[0].outcome == "empty"

    def test_the_current_text_is_read_under_the_measure_passs_orders(self) -> None:
        table = TableEvaluator({}, 0.2)
        done = run_race(table, screened(1, names(40)))
        assert {asked[0] for asked in table.asked} == {"measure"}
        assert done[0].calls == len(done[0].differences)

    def test_support_is_walds_ratio(self) -> None:
        """With the prior's variance it is n d (mean - d/2) / sd^2."""
        variance = (4 * 0.15**2 + 0.02) / 7
        assert log_ratio([0.2, 0.0, 0.1, 0.1], 0.1) == pytest.approx(4 * 0.1 * (0.1 - 0.05) / variance)
        assert log_ratio([], 0.1) == 0.0

    def test_what_people_asked_for_is_bounded_and_even_where_nulls_and_gains_have_it_alike(self) -> None:
        assert asked_ratio(None) == asked_ratio(EVEN) == 0.0
        assert asked_ratio(EVEN + A_STEP) == pytest.approx(1.0)
        assert asked_ratio(EVEN - A_STEP) == pytest.approx(-1.0)
        assert asked_ratio(1.0) == -asked_ratio(-1.0) == MOST_ASKED

    def test_what_many_ask_for_goes_to_its_trial_though_its_few_conversations_say_nothing(self) -> None:
        """And what few ask for doesn't, though it gains a little there."""
        still, slight = TableEvaluator({}, 0.0), TableEvaluator({}, 0.025)
        few = screened(1, names(4))[0]
        for share, flat, gaining in (
            (None, "futile", "positive"),
            (0.3, "positive", "positive"),
            (0.0, "futile", "futile"),
        ):
            one = replace(few, asked=share)
            assert run_race(still, [one])[0].outcome == flat, share
            assert run_race(slight, [one])[0].outcome == gaining, share

    def test_words_alone_don_t_bring_to_its_trial_what_plainly_harms(self) -> None:
        one = replace(screened(1, names(40))[0], asked=1.0)
        assert run_race(TableEvaluator({}, -0.1), [one])[0].outcome == "harmful"
        assert run_race(TableEvaluator({}, 0.0), [one])[0].outcome == "futile"

    def test_candidates_keep_their_order_and_the_same_race_its_result(self) -> None:
        table = TableEvaluator({"t0": 0.0, "t1": 0.2})
        first = run_race(table, screened(4, names(20)))
        assert [each.proposal for each in first] == ["p0", "p1", "p2", "p3"]
        assert run_race(table, screened(4, names(20))) == first


@pytest.mark.parametrize(("effect", "stays"), [(0.05, True), (0.01, False), (0.0, False)])
def test_an_interaction_test_keeps_only_what_still_adds(effect: float, stays: bool) -> None:
    table = TableEvaluator({}, effect, current="with a")
    done = asyncio.run(
        interaction(
            proposal="b", round_=1, without="with a", together="with a and b", planned=names(40), evaluator=table,
            seed=1, limit=60, draws=1, fold=2, wanted=0.02,
        )
    )  # fmt: skip
    assert (done.outcome == "positive") == stays
    assert (done.stage, done.base, done.candidate) == ("interaction", "with a", "with a and b")
    assert table.asked[0][0] == "interaction:1:b"


class TestRegression:
    def check(self, evaluator: Evaluator, outside: Sequence[str]) -> Trial:
        return asyncio.run(
            check_regression(
                proposal="p", round_=1, current="old", candidate="new", outside=outside, evaluator=evaluator,
                policy=RegressionPolicy(), seed=1, include=("tone",),
            )
        )  # fmt: skip

    def test_harm_is_seen_and_harmlessness_passes(self) -> None:
        assert self.check(TableEvaluator({}, -0.2), names(30)).outcome == "harmful"
        assert self.check(TableEvaluator({}, 0.0), names(30)).outcome == "ended"
        assert self.check(TableEvaluator({}, 0.2), names(30)).outcome == "ended"
        assert self.check(TableEvaluator({}), []).outcome == "empty"

    def test_one_bad_conversation_is_no_proof(self) -> None:
        done = self.check(TableEvaluator({"c003": -0.5}, 0.0), names(12))
        assert done.outcome == "ended"
        assert len(done.planned) == 12

    def test_its_size_follows_from_the_harm_to_be_found(self) -> None:
        for size in (planned_size, closer_size):
            sizes = [size(RegressionPolicy(harm=harm, most=1000)) for harm in (0.1, 0.05, 0.02)]
            assert sizes == sorted(sizes)
            assert size(RegressionPolicy(harm=0.02, most=100)) == 100
        assert closer_size(RegressionPolicy(harm=0.06)) == planned_size(RegressionPolicy(harm=0.03))
        assert planned_size(RegressionPolicy()) < closer_size(RegressionPolicy()) <= RegressionPolicy().most

    def test_where_the_first_sample_is_clear_nothing_more_is_asked(self) -> None:
        first = planned_size(RegressionPolicy())
        for effect, outcome in ((-0.2, "harmful"), (0.0, "ended"), (0.05, "ended")):
            table = TableEvaluator({}, effect)
            done = self.check(table, names(600))
            assert (done.outcome, len(done.looks), len(done.differences)) == (outcome, 1, first)
            assert sum(len(items) for _, text, items in table.asked if text == "new") == first
            assert done.calls == 2 * first

    @pytest.mark.parametrize(
        ("later", "outcome", "told"), [(-0.2, "harmful", "it does harm"), (0.005, "ended", "no harm seen")]
    )
    def test_a_doubt_that_the_first_sample_leaves_is_settled_by_a_larger_one(
        self, later: float, outcome: str, told: str
    ) -> None:
        """Four of the first sample lose 20 points, which alone has p = 0.09; then every tenth does, or none."""
        policy = RegressionPolicy()
        planned = self.check(TableEvaluator({}), names(600)).planned
        first, rest = planned[: planned_size(policy)], planned[planned_size(policy) :]
        step = 10 if later < 0 else 1
        done = self.check(
            TableEvaluator({**dict.fromkeys(first[:4], -0.2), **dict.fromkeys(rest[::step], later)}),
            names(600),
        )
        assert [look.outcome for look in done.looks] == ["continue", outcome]
        assert [look.n for look in done.looks] == [planned_size(policy), closer_size(policy)]
        assert done.outcome == outcome
        assert done.calls == 2 * closer_size(policy)
        assert told in done.reason

    def test_two_looks_share_the_level_and_one_has_all_of_it(self) -> None:
        policy = RegressionPolicy()
        two = self.check(TableEvaluator({}, 0.01), names(600))
        one = self.check(TableEvaluator({}, 0.01), names(planned_size(policy)))
        assert two.looks[0].threshold == pytest.approx(evidence(policy.level / 2))
        assert one.looks[0].threshold == pytest.approx(evidence(policy.level))
