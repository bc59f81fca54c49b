"""The engine's last step: what passed is put together, and only what still helps and does no harm stays."""

from collections.abc import Sequence

from ..errors import BudgetEnded, EditError
from .engine import Engine, closed, rejected
from .interaction import test_interaction
from .outcomes import EvidenceLedger, Outcome, Reason, StageResult
from .records import Trial
from .regression import check_regression


async def combine(
    engine: Engine, current: str, passed: Sequence[Outcome], ledger: EvidenceLedger, *, round_: int
) -> StageResult:
    """Those that stay when put together, strongest first: `accepted`, or rejected with the reason.

    An edit that bears on items of one accepted before it is tested again on top of it; each is checked for
    harm outside its set. Both only remove, so they cost no alpha. What can't be looked at because the
    budget ended is rejected for that; what was accepted before it stays.
    """
    outcomes: dict[str, Outcome] = {}
    trials: list[Trial] = []
    standing: list[tuple[str, frozenset[str]]] = []
    text, ended = current, ""
    for outcome in sorted(passed, key=lambda each: (-_weight(each), each.proposal)):
        name = outcome.proposal
        if outcome.status != "passed":
            outcomes[name] = outcome
            continue
        if ended:
            outcomes[name] = rejected(name, "budget", ended)
            continue
        try:
            together = engine.drafts.combine(text, name)
            against, items, made = await _beside(engine, text, together, outcome, ledger, standing, round_)
            trials += made
        except EditError as problem:
            against = ("conflict", f"It no longer applies after another adoption: {problem}")
        except BudgetEnded as problem:
            ended = str(problem)
            against = ("budget", ended)
        if against:
            outcomes[name] = rejected(name, against[0], against[1], outcome.effect)
            continue
        text = together
        standing.append((name, items))
        outcomes[name] = outcome.model_copy(update={"status": "accepted"})
    return StageResult(
        outcomes=tuple(outcomes[each.proposal] for each in passed),
        ledger=closed(ledger, outcomes.values()),
        trials=tuple(trials),
        text=text,
        budget_ended=ended,
    )


async def _beside(
    engine: Engine, text: str, together: str, outcome: Outcome, ledger: EvidenceLedger,
    standing: Sequence[tuple[str, frozenset[str]]], round_: int,
) -> tuple[tuple[Reason, str] | None, frozenset[str], list[Trial]]:  # fmt: skip
    """What speaks against accepting an edit on top of `text`; the items it bears on; the trials made."""
    name, entry = outcome.proposal, ledger.entry(outcome.proposal)
    fold = entry.fold if entry else None
    bears_on = await engine.drafts.affected(name, text, together, engine.folds.items, node="decide")
    items = frozenset(bears_on) & set(engine.folds.others(fold))
    made: list[Trial] = []
    if before := [other for other, theirs in standing if theirs & items]:
        made.append(
            await test_interaction(
                proposal=name, round_=round_, without=text, together=together, planned=sorted(items),
                evaluator=engine.evaluator, seed=engine.seed, limit=engine.policy.trial_items,
                draws=engine.policy.draws_for(min(len(items), engine.policy.trial_items)), fold=fold,
                wanted=engine.policy.interaction_keep * (outcome.effect.mean if outcome.effect else 0.0),
            )
        )  # fmt: skip
        if made[-1].outcome != "positive":
            return ("conflict", f"beside {', '.join(before)}: {made[-1].reason}"), items, made
    if engine.policy.regression.most:
        made.append(
            await check_regression(
                proposal=name, round_=round_, current=text, candidate=together,
                outside=sorted(set(engine.folds.items) - set(bears_on)), evaluator=engine.evaluator,
                policy=engine.policy.regression, seed=engine.seed, include=engine.drafts.changed(text, together),
                fold=fold,
            )
        )  # fmt: skip
        if made[-1].outcome == "harmful":
            return ("harmful", made[-1].reason), items, made
    return None, items, made


def _weight(outcome: Outcome) -> float:
    return outcome.effect.mean * outcome.effect.items if outcome.effect else 0.0
