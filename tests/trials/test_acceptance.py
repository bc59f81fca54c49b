"""The acceptance engine: what becomes of candidates, whoever calls it."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from concord.testing.evaluators import START, NumberedEdit, NumberedEvaluator, NumberedTexts
from concord.trials.acceptance import AcceptanceEngine, first_ledger, settle_proven
from concord.trials.folds import Folds
from concord.trials.likely import Shrinkage
from concord.trials.outcomes import Candidate, EvidenceLedger, Outcome, StageResult
from concord.trials.policy import AcceptancePolicy, RegressionPolicy, ScreenPolicy

ITEMS = tuple(f"c{number:03d}" for number in range(160))
FOLDS = Folds(fold_of={item: number % 4 for number, item in enumerate(ITEMS)})


def edit(effect: float, items: Sequence[str] = ITEMS, excludes: frozenset[str] = frozenset()) -> NumberedEdit:
    return NumberedEdit(dict.fromkeys(items, effect), excludes)


def engine(
    edits: Mapping[str, NumberedEdit], *, noise: float = 0.1, policy: AcceptancePolicy | None = None,
    most: int | None = None, failing: Sequence[tuple[str, str]] = (), raters: int = 30,
) -> AcceptanceEngine:  # fmt: skip
    texts = NumberedTexts(edits)
    people = tuple(f"p{number}" for number in range(raters))
    evaluator = NumberedEvaluator(texts, raters=people, noise=noise, most=most, failing=failing)
    return AcceptanceEngine(evaluator, texts, FOLDS, policy or AcceptancePolicy())


def run(
    engine: AcceptanceEngine, *names: str, ledger: EvidenceLedger | None = None, wording: str = "", current: str = START,
    round_: int = 1,
) -> StageResult:  # fmt: skip
    candidates = [Candidate(proposal=name, fold=0, wording=wording) for name in names]
    ledger = ledger or first_ledger(engine.policy)
    return asyncio.run(engine.test(current, candidates, ledger, round_=round_))


def by_name(result: StageResult) -> dict[str, Outcome]:
    return {outcome.proposal: outcome for outcome in result.outcomes}


def test_a_true_improvement_is_proven_and_stands_in_the_text() -> None:
    result = run(engine({"good": edit(0.1)}), "good")
    assert result.text == f"{START}+good"
    (outcome,) = result.outcomes
    assert (outcome.status, outcome.label) == ("accepted", "proven")
    assert outcome.effect is not None
    assert outcome.effect.low < 0.1 < outcome.effect.high
    assert outcome.effect.no_improvement < 0.01


@pytest.mark.parametrize("weak", ["weak", "slight", "small"])
def test_a_weak_improvement_is_likely_and_only_adopted_where_that_is_enough(weak: str) -> None:
    items = ITEMS[:48]
    for evidence, status in (("likely", "accepted"), ("proven", "rejected")):
        policy = AcceptancePolicy(evidence=evidence, screen=ScreenPolicy(enabled=False), max_trials=10)
        edits = {weak: edit(0.06, items), "clear": edit(0.2)}
        found = by_name(run(engine(edits, noise=0.06, policy=policy), weak, "clear"))
        assert found["clear"].status == "accepted"
        assert found[weak].status == status, evidence


def test_an_edit_without_effect_is_dropped_with_the_true_reason() -> None:
    found = by_name(run(engine({"idle": edit(0.0), "bad": edit(-0.2)}), "idle", "bad"))
    assert found["bad"].reason == "screened"
    assert found["idle"].reason in ("screened", "no_evidence")
    unscreened = AcceptancePolicy(screen=ScreenPolicy(enabled=False))
    assert by_name(run(engine({"bad": edit(-0.2)}, policy=unscreened), "bad"))["bad"].reason == "harmful"


def test_the_screen_sees_the_proposal_s_own_fold_and_the_trial_the_others() -> None:
    result = run(engine({"good": edit(0.1)}), "good")
    screen, trial = (next(t for t in result.trials if t.stage == stage) for stage in ("screen", "trial"))
    assert {FOLDS.fold_of[item] for item in screen.planned} == {0}
    assert {FOLDS.fold_of[item] for item in trial.planned} == {1, 2, 3}


def test_a_person_s_proposal_is_tested_on_every_open_item_and_not_screened() -> None:
    one = engine({"mine": edit(0.1)})
    candidate = Candidate(proposal="mine")
    result = asyncio.run(one.test(START, [candidate], first_ledger(one.policy)))
    assert [trial.stage for trial in result.trials] == ["trial", "regression"]
    assert set(result.trials[0].planned) <= set(ITEMS)
    assert len({FOLDS.fold_of[item] for item in result.trials[0].planned}) == 4


def test_one_wording_of_a_change_is_tried_at_a_time_and_the_accepted_one_supersedes() -> None:
    edits = {"must": edit(0.1), "should": edit(0.1, excludes=frozenset({"must"}))}
    one = engine(edits)
    first = run(one, "must", "should", wording="same")
    assert by_name(first)["should"].status == "queued"
    again = run(one, "should", ledger=first.ledger, wording="same", current=first.text, round_=2)
    assert by_name(again)["should"].reason == "superseded"


def test_an_edit_that_adds_nothing_beside_another_is_a_conflict() -> None:
    class Twins(NumberedEvaluator):
        """Either edit says what the other says: beside it, it moves nothing."""

        def _score(self, text: str, item: str, order_seed: str):  # type: ignore[no-untyped-def]
            first, *others = text.split("+")
            return super()._score("+".join([first, *others[:1]]), item, order_seed)

    texts = NumberedTexts({"first": edit(0.12), "second": edit(0.11)})
    twins = AcceptanceEngine(
        Twins(texts, raters=tuple(f"p{n}" for n in range(30)), noise=0.1), texts, FOLDS, AcceptancePolicy()
    )
    found = by_name(run(twins, "first", "second"))
    assert sorted(outcome.status for outcome in found.values()) == ["accepted", "rejected"]
    assert [outcome.reason for outcome in found.values() if outcome.reason] == ["conflict"]


def test_harm_outside_the_set_turns_an_edit_back() -> None:
    moves = {item: 0.15 if number < 100 else -0.1 for number, item in enumerate(ITEMS)}
    texts = NumberedTexts({"edit": NumberedEdit(moves)}, moved={"edit": ITEMS[:100]})
    people = tuple(f"p{number}" for number in range(30))
    for policy, reason in ((RegressionPolicy(), "harmful"), (RegressionPolicy(most=0), None)):
        one = AcceptanceEngine(
            NumberedEvaluator(texts, raters=people, noise=0.05),
            texts,
            FOLDS,
            AcceptancePolicy(regression=policy),
        )
        (outcome,) = run(one, "edit").outcomes
        assert outcome.reason == reason


def test_where_the_candidate_s_call_alone_fails_the_item_counts_as_its_worst() -> None:
    text = f"{START}+good"
    some = [(text, item) for item in ITEMS[::2]]
    unscreened = AcceptancePolicy(screen=ScreenPolicy(enabled=False))
    result = run(engine({"good": edit(0.1)}, failing=some, policy=unscreened), "good")
    assert result.trials[0].failed > 0
    assert min(d for d in result.trials[0].differences if d is not None) == pytest.approx(-0.5, abs=0.4)
    assert result.outcomes[0].status == "rejected"


def test_the_budget_s_end_is_told_and_nothing_is_adopted_on_half_a_trial() -> None:
    for most in (0, 5, 60, 200):
        result = run(engine({"good": edit(0.1), "more": edit(0.1)}, most=most), "good", "more")
        assert "budget" in result.budget_ended
        assert {outcome.reason for outcome in result.outcomes} == {"budget"}
        assert result.text == START


def test_the_trials_of_a_run_are_bounded_and_the_alpha_of_what_stays_is_passed_on() -> None:
    edits = {f"good{number}": edit(0.15, ITEMS[40 * number : 40 * number + 40]) for number in range(4)}
    policy = AcceptancePolicy(max_trials=3, screen=ScreenPolicy(enabled=False))
    one = engine(edits, noise=0.05, policy=policy)
    result = run(one, *edits)
    assert [outcome.reason for outcome in result.outcomes].count("alpha_spent") == 1
    assert sum(trial.alpha for trial in result.trials if trial.stage == "trial") <= 0.05 * (1 + 1e-9)
    spent = result.ledger.alpha.spent
    proven = [outcome for outcome in result.outcomes if outcome.label == "proven"]
    assert proven
    settled = settle_proven(result.ledger, proven)
    returned = sum(entry.spent for entry in result.ledger.entries if entry.proven)
    assert settled.alpha.spent == pytest.approx(spent - returned)


def test_alpha_is_spread_half_evenly_and_half_over_the_most_promising() -> None:
    for evidence in ("likely", "proven"):
        policy = AcceptancePolicy(max_trials=40, evidence=evidence)
        even = 40 * policy.even_alpha
        assert even + policy.chosen_alpha == pytest.approx(policy.alpha)
        assert first_ledger(policy).alpha.max_trials == (10 if evidence == "likely" else 40)


def test_the_gate_decides_between_trial_and_text() -> None:
    one = engine({"good": edit(0.1)})

    async def nobody(passed: Sequence[Outcome]) -> Sequence[Outcome]:
        return [each.model_copy(update={"status": "rejected", "reason": "refuted"}) for each in passed]

    candidates = [Candidate(proposal="good", fold=0)]
    result = asyncio.run(one.test(START, candidates, first_ledger(one.policy), gate=nobody))
    assert (result.outcomes[0].reason, result.text) == ("refuted", START)


def test_the_steps_one_by_one_come_to_the_same_as_all_in_a_row() -> None:
    edits = {"good": edit(0.1), "weak": edit(0.03), "idle": edit(0.0), "bad": edit(-0.1)}
    candidates = [Candidate(proposal=name, fold=0) for name in edits]
    whole = asyncio.run(engine(edits).test(START, candidates, first_ledger(AcceptancePolicy())))

    async def step_by_step() -> tuple[StageResult, StageResult, StageResult]:
        one = engine(edits)
        screened = await one.screen(START, candidates, first_ledger(one.policy), round_=1)
        going = [
            candidate
            for candidate, outcome in zip(candidates, screened.outcomes, strict=True)
            if outcome.status == "passed"
        ]
        tried = await one.trial(START, going, screened.ledger, round_=1)
        return screened, tried, await one.combine(START, tried.with_status("passed"), tried.ledger, round_=1)

    screened, tried, combined = asyncio.run(step_by_step())
    assert combined.text == whole.text
    assert combined.ledger == whole.ledger
    assert (*screened.trials, *tried.trials, *combined.trials) == whole.trials


def test_whatever_may_become_likely_is_looked_at_on_its_own_fold_however_little_its_screen_promised() -> None:
    """A trial's weight counts in the step-up alone: shrinkage may adopt any with a p-value up to its own bound."""
    edits = {"strong": edit(0.15), "slight": edit(0.04)}
    result = run(engine(edits, noise=0.06), *edits)
    trials = {each.proposal: each for each in result.trials if each.stage == "trial"}
    weights = {each.proposal: each.weight for each in result.ledger.evidence}
    assert weights["slight"] < 0.9 < 1.1 < weights["strong"]
    assert all(trials[name].likely_level >= Shrinkage().most for name in edits)


def test_what_is_still_open_at_the_end_gets_its_true_reason() -> None:
    edits = {"weak": edit(0.035), "other": edit(0.05)}
    one = engine(edits, noise=0.2, policy=AcceptancePolicy(screen=ScreenPolicy(enabled=False), draws=1))
    result = run(one, "weak", "other", wording="same")
    last = one.close(result.ledger, [Candidate(proposal=name, fold=0, wording="same") for name in edits])
    assert [outcome.status for outcome in last] == ["rejected", "rejected"]
    assert last[1].reason == "other_wording"
