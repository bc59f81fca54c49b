"""Regression of people's rankings on behaviours, and agreement of scores with those rankings."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import NamedTuple

import numpy as np

from ...errors import DataError
from ...panel.ranking import Ranking
from .asked import CaseData
from .table import Table

_RIDGE = 0.5


class Slope(NamedTuple):
    """How much more often people prefer a response for showing a behaviour, and its t value."""

    coefficient: float
    t: float


@dataclass(frozen=True, slots=True)
class Opinion:
    """What people said on one case: for each pair of its responses, who is ahead with how many people."""

    pairs: tuple[tuple[int, int], ...]
    votes: tuple[tuple[int, ...], ...]
    """A row a person, a column a pair: 1 the first is preferred, -1 the second, 0 tied."""

    def shares(self, scores: Sequence[float]) -> list[float]:
        """The agreement of `scores` with each person who ranks a pair strictly, in their order."""
        found = []
        for row in self.votes:
            strict = [(vote, pair) for vote, pair in zip(row, self.pairs, strict=True) if vote]
            if strict:
                signs = [vote * _sign(scores[i] - scores[j]) for vote, (i, j) in strict]
                found.append(0.5 + sum(signs) / (2 * len(signs)))
        return found

    def agreement(self, scores: Sequence[float]) -> float | None:
        """Mean over people of the agreement of `scores` with their strict pairs; None where all tie all."""
        shares = self.shares(scores)
        return sum(shares) / len(shares) if shares else None


def opinion_of(case: CaseData) -> Opinion:
    """People whose ranking can't be read, or leaves a response out, are passed over."""
    labels = [response.label for response in case.responses]
    pairs = tuple(combinations(range(len(labels)), 2))
    votes = []
    for person in case.people:
        places = _places(person.ranking)
        if all(label in places for label in labels):
            votes.append(tuple(_sign(places[labels[j]] - places[labels[i]]) for i, j in pairs))
    return Opinion(pairs, tuple(votes))


def regress(cases: Sequence[CaseData], opinions: Sequence[Opinion], table: Table) -> Mapping[str, Slope]:
    """Least squares with a ridge of people's pairwise preferences on what the two responses differ in.

    Only behaviours that differ somewhere are there. Standard errors are clustered by case, or by person where
    the cases are fewer than four (Liang and Zeger 1986).
    """
    rows: list[list[float]] = []
    targets: list[float] = []
    clusters: list[int] = []
    names = [behaviour.name for behaviour in table.behaviours]
    by_person = len(cases) < 4
    cluster = 0
    for case, opinion in zip(cases, opinions, strict=True):
        shown = [table.shown(response.text) for response in case.responses]
        for row in opinion.votes:
            for vote, (i, j) in zip(row, opinion.pairs, strict=True):
                rows.append([float((name in shown[i]) - (name in shown[j])) for name in names])
                targets.append(float(vote))
                clusters.append(cluster)
            cluster += by_person
        cluster += not by_person
    if not rows:
        return {}
    design = np.array(rows)
    varies = np.flatnonzero(np.abs(design).sum(axis=0))
    if not len(varies):
        return {}
    design = design[:, varies]
    inverse = np.linalg.inv(design.T @ design + _RIDGE * np.eye(len(varies)))
    coefficients = inverse @ design.T @ np.array(targets)
    residuals = np.array(targets) - design @ coefficients
    sums = np.zeros((cluster + 1, len(varies)))
    np.add.at(sums, np.array(clusters), design * residuals[:, None])
    errors = np.sqrt(np.maximum(np.diag(inverse @ sums.T @ sums @ inverse), 1e-6))
    return {
        names[column]: Slope(round(float(value), 9), round(float(value / error), 6))
        for column, value, error in zip(varies, coefficients, errors, strict=True)
    }


@lru_cache(maxsize=16384)
def _places(ranking: str) -> Mapping[str, int]:
    try:
        return Ranking.parse(ranking).places
    except DataError:
        return {}


def _sign(value: float) -> int:
    return (value > 0) - (value < 0)
