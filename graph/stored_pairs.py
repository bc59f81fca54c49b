"""What a trial of the past was decided by: its pairs of scores, out of the run's stored rankings."""

from collections.abc import Collection, Sequence

from ..trials.evaluator import Score
from ..trials.pairs import Pair, draw_seeds, paired, sections_shown
from ..trials.records import Trial
from .context import RunContext


def stored_pairs(context: RunContext, trial: Trial) -> tuple[list[Pair], list[Pair]]:
    """The trial's pairs, as far as they were asked, in its order of testing; and those of the proposal's own fold."""
    before = [
        each for each in context.records.trials.find(proposal=trial.proposal, stage=trial.stage)
        if each.round < trial.round
    ]  # fmt: skip
    name = f"{trial.stage}:{trial.round}:{trial.proposal}:{len(before)}"
    chosen = trial.planned[: len(trial.differences)]
    asked = list(
        zip(draw_seeds(name, trial.draws), sections_shown((), trial.beside, trial.draws), strict=True)
    )

    def of(items: Sequence[str]) -> list[Pair]:
        draws = [
            (
                _stored(context, trial.base, items, seed, shown),
                _stored(context, trial.candidate, items, seed, shown),
            )
            for seed, shown in asked
        ]
        return [paired(context.evaluator, item, draws) for item in items]

    return of(chosen), of(trial.own)


def _stored(
    context: RunContext, text: str, items: Sequence[str], seed: str, shown: Collection[str]
) -> dict[str, Score]:
    ranked = context.evaluator.measured(text, items, order_seed=seed, include=shown)
    return dict(context.evaluator.scores_of.of({name: each.ranking for name, each in ranked.items()}))


def cells(pair: Pair) -> dict[str, tuple[float, float]]:
    """Person to (weight, difference) on one conversation."""
    if pair.before is None or pair.after is None:
        return {}
    before = dict(zip(pair.before.raters, pair.before.values.tolist(), strict=True))
    return {
        rater: (weight, value - before[rater])
        for rater, value, weight in zip(
            pair.after.raters, pair.after.values.tolist(), pair.after.weights.tolist(), strict=True
        )
        if rater in before and weight > 0
    }
