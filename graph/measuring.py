"""Where a text stands with the people: the measure pass and its record."""

from ..agents.records import Ranked
from .context import RunContext
from .failing import LEAST_CALLS, check_failures
from .records import Figure, MeasureRecord


async def measure_text(context: RunContext, text: str, round_: int) -> MeasureRecord:
    """Rank every open conversation under a text; the criteria are graded first where trials go by them. Raises BudgetEnded, and RunFailing after the first calls."""
    evaluator = context.evaluator.at(round_, "measure")
    if context.options.evaluator == "rubrics":
        await context.rubrics.graded(evaluator.where)
    items = context.folds.items
    ranked: dict[str, Ranked] = await evaluator.rankings(text, items[: 2 * LEAST_CALLS])
    check_failures(context)
    ranked |= await evaluator.rankings(text, items[2 * LEAST_CALLS :])
    rankings = {name: found.ranking for name, found in ranked.items()}
    people = context.people
    scores = {
        name: mean
        for name, score in context.evaluator.scores_of.of(rankings).items()
        if (mean := score.mean) is not None
    }
    by_fold = {}
    for fold in context.folds.names:
        there = {name: rankings[name] for name in context.folds.of(fold) if name in rankings}
        by_fold[str(fold)] = Figure.of(people.on(there).level(there))
    return MeasureRecord(
        round=round_,
        text=text,
        agreement=Figure.of(people.on(rankings).level(rankings)),
        by_fold=by_fold,
        scores=scores,
        failed=len(items) - len(ranked),
    )
