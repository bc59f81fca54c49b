"""Where a text stands with the people: the measure pass and its record."""

from collections.abc import Mapping, Sequence

from ..agents.records import Ranked
from ..models.records import Where
from ..panel.ranking import Ranking
from .context import RunContext
from .failing import LEAST_CALLS, check_failures
from .groups import Overlays, RunGroup, joined
from .records import Figure, GroupMeasure, MeasureRecord


async def measure_text(
    context: RunContext, text: str, round_: int, overlays: Overlays | None = None
) -> MeasureRecord:
    """Rank every open conversation under a text, and under each group's where it has an overlay: there only prompts
    that the overlay changes are asked. Where trials go by criteria, those are graded first. Raises BudgetEnded, and
    RunFailing after the first calls."""
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
        groups={
            group.name: await _measured(
                context, group, text, rankings, (overlays or {}).get(group.name, ()), round_
            )
            for group in context.groups
        },
    )


async def _measured(
    context: RunContext,
    group: RunGroup,
    text: str,
    rankings: Mapping[str, Ranking],
    overlay: Sequence[str],
    round_: int,
) -> GroupMeasure:
    """A group's figures. The prompts of a text with an overlay differ only where it bears on the conversation."""
    common, own, name = rankings, rankings, text
    if overlay:
        before = context.texts.spec(text)
        spec = joined(context.texts, context.records, text, overlay)
        name = context.texts.keep(spec)
        context.scope.descend(before, spec)
        await context.scope.bears_on(before, spec, context.folds.items, Where(round=round_, node="measure"))
        found = await context.evaluator.at(round_, "measure").rankings(name, context.folds.items)
        own = {id_: each.ranking for id_, each in found.items()}
    people = group.scores_of.people

    def scores(table: Mapping[str, Ranking]) -> dict[str, float]:
        return {
            id_: mean for id_, score in group.scores_of.of(table).items() if (mean := score.mean) is not None
        }

    return GroupMeasure(
        people=group.people,
        agreement=Figure.of(people.on(own).level(own)),
        text=name,
        scores=scores(own),
        common=scores(common),
    )
