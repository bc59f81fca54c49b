"""Both texts on the same items: the scores of which a trial takes the differences."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, islice, repeat

import numpy as np

from .differences import Differences
from .evaluator import Evaluator, Score


@dataclass(frozen=True, slots=True, eq=False)
class Pair:
    """One item's scores under both texts, averaged over the draws that were answered."""

    item: str
    before: Score | None
    after: Score | None
    failed: bool = False
    """Whether the candidate's call alone failed: the item counts as its worst."""

    @property
    def difference(self) -> float | None:
        """None where the current text's call failed, or the people there take no order."""
        if self.before is None or self.after is None:
            return None
        before, after = self.before.mean, self.after.mean
        return None if before is None or after is None else after - before


async def ask_both(
    evaluator: Evaluator, current: str, candidate: str, items: Sequence[str], *, order_seed: str, draws: int = 1,
    include: Collection[str] = (), beside: Sequence[str] = (), subject: str = "",
) -> list[Pair]:  # fmt: skip
    """Both texts on the same items, in the same orders of responses; `draws` orders, averaged. One an item.

    Every draw after the first also shows one or two of the sections `beside`, if any, to both texts: so what readers make of
    words that should not matter is averaged with what they make of the order.

    All calls are asked side by side. Where the candidate's call alone failed the item counts as its worst:
    an edit that makes a reader fail is not excused. `subject`: the proposal that it is asked for. Raises BudgetEnded.
    """
    tables = await asyncio.gather(
        *(
            evaluator.scores(text, items, order_seed=seed, include=shown, subject=subject)
            for seed, shown in zip(
                draw_seeds(order_seed, draws), sections_shown(include, beside, draws), strict=True
            )
            for text in (current, candidate)
        )
    )
    draws_of_both = list(zip(tables[::2], tables[1::2], strict=True))
    return [paired(evaluator, item, draws_of_both) for item in items]


def differences(pairs: Sequence[Pair]) -> Differences:
    """Those of the items that have one, as arrays, in order."""
    return Differences.of_scores(
        (pair.before, pair.after)
        for pair in pairs
        if pair.before is not None and pair.after is not None and pair.difference is not None
    )


def draw_seeds(order_seed: str, draws: int) -> list[str]:
    """What names the order of each draw."""
    return [order_seed if draws == 1 else f"{order_seed}#{number}" for number in range(draws)]


def sections_shown(include: Collection[str], beside: Sequence[str], draws: int) -> list[Collection[str]]:
    """The sections that each draw shows whatever their relevance: one more each, then two where there are too few."""
    more = chain(combinations(beside, 1), combinations(beside, 2), repeat(()))
    return [include, *((*include, *sections) for sections in islice(more, draws - 1))]


def paired(
    evaluator: Evaluator, item: str, draws: Sequence[tuple[Mapping[str, Score], Mapping[str, Score]]]
) -> Pair:
    """One item's pair out of (current, candidate) scores by item, a couple a draw; what wasn't answered is absent."""
    both = [(before[item], after.get(item)) for before, after in draws if item in before]
    if not both:
        return Pair(item, None, None)
    failed = any(after is None for _, after in both)
    return Pair(
        item,
        _mean([before for before, _ in both]),
        _mean([after if after is not None else evaluator.worst(item) for _, after in both]),
        failed,
    )


def _mean(scores: Sequence[Score]) -> Score:
    """Of one item over draws; its raters are the same in each."""
    first = scores[0]
    if len(scores) == 1:
        return first
    return Score(first.raters, np.mean([score.values for score in scores], axis=0), first.weights)
