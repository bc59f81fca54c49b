"""Paired differences of a trial: one mean an item, and below it what each person there saw change."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .evaluator import Score

Floats = NDArray[np.float64]
Indices = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class Differences:
    """Score under the candidate text minus score under the current one, in the order of testing.

    `values` (n,) has one mean a tested item (a conversation, for rankings). The cells, where they are known, are
    all (item, person) pairs behind them: `item` and `person` count from 0, `weight` is above 0, `cell` is the
    person's own difference there. Everything lies within [-1, 1].
    """

    values: Floats
    item: Indices | None = None
    person: Indices | None = None
    weight: Floats | None = None
    cell: Floats | None = None

    @classmethod
    def of_items(cls, values: Sequence[float] | Floats) -> "Differences":
        """Differences of a world with no people: each item stands for itself."""
        return cls(np.asarray(values, dtype=np.float64))

    @classmethod
    def of_cells(
        cls, item: Indices, person: Indices, cell: Floats, weight: Floats | None = None
    ) -> "Differences":
        """From one row a (item, person) pair; items are numbered 0 to n - 1, each with a weight above 0."""
        weight = np.ones(len(cell)) if weight is None else weight
        kept = weight > 0
        item, person, cell, weight = item[kept], person[kept], cell[kept], weight[kept]
        sums = np.bincount(item, weight * cell)
        return cls(sums / np.bincount(item, weight), item, person, weight, cell)

    @classmethod
    def of_scores(cls, pairs: Iterable[tuple[Score, Score]]) -> "Differences":
        """From (current, candidate) scores of each item, over the raters that both have.

        Items on which no such rater counts are left out.
        """
        numbers: dict[str, int] = {}
        rows: list[tuple[int, int, float, float]] = []
        count = 0
        for before, after in pairs:
            told: Mapping[str, float] = dict(zip(before.raters, before.values.tolist(), strict=True))
            found = [
                (numbers.setdefault(rater, len(numbers)), value - told[rater], weight)
                for rater, value, weight in zip(
                    after.raters, after.values.tolist(), after.weights.tolist(), strict=True
                )
                if rater in told and weight > 0
            ]
            rows += [(count, *each) for each in found]
            count += bool(found)
        if not rows:
            return cls.of_items([])
        item, person, cell, weight = zip(*rows, strict=True)
        return cls.of_cells(
            np.array(item, dtype=np.intp),
            np.array(person, dtype=np.intp),
            np.array(cell, dtype=np.float64),
            np.array(weight, dtype=np.float64),
        )

    def __len__(self) -> int:
        return len(self.values)

    @property
    def mean(self) -> float:
        """The mean over items; 0.0 for none."""
        return float(self.values.mean()) if len(self.values) else 0.0

    def __neg__(self) -> "Differences":
        cell = None if self.cell is None else -self.cell
        return Differences(-self.values, self.item, self.person, self.weight, cell)
