"""Scores of rankings by the people who ranked the same conversations, rater by rater."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ..agreement.consensus import best_rankings
from ..agreement.people import People
from ..panel.ranking import Ranking
from ..trials.evaluator import Score

_NOBODY = Score(raters=(), values=np.empty(0), weights=np.empty(0))


class PeopleScores:
    """How rankings score with the people of a panel; knows no ranker."""

    def __init__(self, people: People) -> None:
        self.people = people
        clusters = people.clusters
        cells = int(clusters.cell.max(initial=-1)) + 1
        self._rater = np.zeros(cells, dtype=np.intp)
        self._rater[clusters.cell] = clusters.participant
        self._weight = np.zeros(cells)
        self._weight[clusters.cell] = clusters.weight
        where = np.zeros(cells, dtype=np.intp)
        where[clusters.cell] = clusters.conversation
        self._cells: dict[str, NDArray[np.intp]] = {
            name: np.flatnonzero(where == row) for row, name in enumerate(people.conversations)
        }

    def of(self, rankings: Mapping[str, Ranking]) -> dict[str, Score]:
        """Conversation id to score; left out where nobody ranks anything strictly.

        A participant's duplicates are averaged. Raises DataError for a ranking of other labels.
        """
        values = self.people.agreements(self.people.placed(rankings))
        known = ~np.isnan(values)
        cell, size = self.people.clusters.cell[known], len(self._rater)
        counts = np.bincount(cell, minlength=size)
        sums = np.bincount(cell, values[known], minlength=size)
        found: dict[str, Score] = {}
        for name in rankings:
            cells = self._cells.get(name)
            if cells is not None and len(inside := cells[counts[cells] > 0]):
                found[name] = Score(
                    raters=tuple(self.people.participants[column] for column in self._rater[inside]),
                    values=sums[inside] / counts[inside],
                    weights=self._weight[inside],
                )
        return found

    def best(self, item: str) -> Score:
        """The score of the ranking that agrees most with an item's people; nobody's where all tie."""
        return self._best.get(item, _NOBODY)

    def worst(self, item: str) -> Score:
        """The score of the worst possible ranking: the best one turned around.

        Where the best isn't searched for (more than 12 responses) every value is 0, which no ranking is below.
        """
        if (best := self._best.get(item)) is not None:
            return Score(raters=best.raters, values=1.0 - best.values, weights=best.weights)
        cells = self._cells.get(item)
        if cells is None or item not in self._strict:
            return _NOBODY
        return Score(
            raters=tuple(self.people.participants[column] for column in self._rater[cells]),
            values=np.zeros(len(cells)),
            weights=self._weight[cells],
        )

    def worst_ranking(self, item: str) -> Ranking | None:
        """The ranking that agrees least with an item's people; None where it isn't searched for."""
        best = self._best_rankings.get(item)
        return None if best is None else Ranking(tiers=tuple(reversed(best.tiers)))

    @cached_property
    def _best_rankings(self) -> dict[str, Ranking]:
        return best_rankings(self.people)

    @cached_property
    def _best(self) -> dict[str, Score]:
        return self.of(self._best_rankings)

    @cached_property
    def _strict(self) -> frozenset[str]:
        """Items that anybody ranks strictly."""
        rows = self.people.clusters.conversation[(self.people.signs != 0).any(axis=1)]
        return frozenset(self.people.conversations[row] for row in np.unique(rows))
