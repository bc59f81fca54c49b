"""One accepted edit beside the others: the interaction test, and the search for harm outside its set."""

from collections.abc import Sequence

from .engine import Engine
from .interaction import test_interaction
from .outcomes import EvidenceLedger, Outcome, Reason
from .records import Trial
from .regression import check_regression


async def beside(
    engine: Engine, text: str, together: str, outcome: Outcome, ledger: EvidenceLedger,
    standing: Sequence[tuple[str, frozenset[str]]], round_: int, *, group: str = "",
) -> tuple[tuple[Reason, str] | None, frozenset[str], list[Trial]]:  # fmt: skip
    """What speaks against accepting an edit on top of `text`; the items it bears on; the trials made.

    `standing`: what was accepted before, with the items that it bears on. `group` names whose people the engine's
    evaluator asks, where it isn't everybody. Raises BudgetEnded.
    """
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
            return ("conflict", f"beside {', '.join(before)}: {made[-1].reason}"), items, _of(made, group)
    if engine.policy.regression.most:
        made.append(
            await check_regression(
                proposal=name, round_=round_, current=text, candidate=together,
                outside=sorted(set(engine.folds.items) - set(bears_on)), evaluator=engine.evaluator,
                policy=engine.policy.regression, seed=engine.seed, include=engine.drafts.changed(text, together),
                fold=fold, subject=name,
            )
        )  # fmt: skip
        if made[-1].outcome == "harmful":
            return ("harmful", made[-1].reason), items, _of(made, group)
    return None, items, _of(made, group)


def _of(made: Sequence[Trial], group: str) -> list[Trial]:
    return [trial.model_copy(update={"group": group}) for trial in made] if group else list(made)
