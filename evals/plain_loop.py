"""The same statistics by plain loops over rankings: slow, and easy to see through. Nothing but the eval and
the tests use them.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from scipy.optimize import brentq
from scipy.stats import t as student

from ..panel.ranking import Ranking

Compare = Callable[[Ranking, Ranking], float | None]


@dataclass(frozen=True, slots=True)
class Said:
    conversation: str
    participant: str
    ranking: Ranking


@dataclass(frozen=True, slots=True)
class Cell:
    """What one person's assessments of one conversation come to: one value a figure."""

    conversation: str
    participant: str
    values: tuple[float, ...]


def cells_of(said: Sequence[Said], rankers: Sequence[Mapping[str, Ranking]], compare: Compare) -> list[Cell]:
    """The mean over a person's assessments of a conversation, for each ranker; undefined ones are left out."""
    found: dict[tuple[str, str], list[list[float]]] = defaultdict(list)
    for one in said:
        values = [compare(ranker[one.conversation], one.ranking) for ranker in rankers]
        defined = [value for value in values if value is not None]
        if len(defined) == len(values):
            found[one.conversation, one.participant].append(defined)
    return [
        Cell(conversation, participant, tuple(sum(column) / len(rows) for column in zip(*rows, strict=True)))
        for (conversation, participant), rows in found.items()
    ]


def macro_means(
    cells: Sequence[Cell],
    conversations: Mapping[str, float] | None = None,
    participants: Mapping[str, float] | None = None,
) -> list[float]:
    """The mean over conversations of the means over people, by figure, with the weights of a resample."""
    figures = len(cells[0].values)
    sums: dict[str, list[float]] = {}
    weights: dict[str, float] = {}
    for cell in cells:
        weight = 1.0 if participants is None else participants[cell.participant]
        row = sums.setdefault(cell.conversation, [0.0] * figures)
        for figure, value in enumerate(cell.values):
            row[figure] += weight * value
        weights[cell.conversation] = weights.get(cell.conversation, 0.0) + weight
    top, bottom = [0.0] * figures, 0.0
    for name, row in sums.items():
        if weights[name] > 0:
            share = 1.0 if conversations is None else conversations[name]
            for figure in range(figures):
                top[figure] += share * row[figure] / weights[name]
            bottom += share
    return [value / bottom for value in top]


def two_way_interval(cells: Sequence[Cell], figure: int) -> tuple[float, float]:
    """The 95 % interval of one figure's mean over conversations."""
    mean = macro_means(cells)[figure]
    raters: dict[str, int] = defaultdict(int)
    for cell in cells:
        raters[cell.conversation] += 1
    shares = {name: 1 / count / len(raters) for name, count in raters.items()}
    by_conversation, by_participant = _Clusters(), _Clusters()
    single = _Clusters()
    for number, cell in enumerate(cells):
        share = shares[cell.conversation]
        influence = share * (cell.values[figure] - mean)
        by_conversation.add(cell.conversation, share, influence)
        by_participant.add(cell.participant, share, influence)
        single.add(str(number), share, influence)
    first = by_conversation.variance
    people = max(0.0, by_participant.variance - single.variance)
    freedom = (first + people) ** 2 / (
        first**2 / by_conversation.freedom + people**2 / by_participant.freedom
    )
    t, error = float(student.ppf(0.975, freedom)), sqrt(first + people)
    skewness = by_conversation.skewness * (first / (first + people)) ** 1.5
    below, above = _unskewed(t, skewness), -_unskewed(-t, skewness)
    return mean - error * max(t, below), mean + error * max(t, above)


def _unskewed(quantile: float, k: float) -> float:
    """The root of Hall's transformation (1992), searched for: it rises everywhere."""
    return float(
        brentq(lambda d: d + k / 6 + k * d**2 / 3 + k**2 * d**3 / 27 - quantile, -1e3, 1e3, xtol=1e-13)
    )


class _Clusters:
    """One clustering's shares and influences, and what they say of the variance (Bell & McCaffrey 2002)."""

    def __init__(self) -> None:
        self.shares: dict[str, float] = defaultdict(float)
        self.influences: dict[str, float] = defaultdict(float)

    def add(self, name: str, share: float, influence: float) -> None:
        self.shares[name] += share
        self.influences[name] += influence

    @property
    def variance(self) -> float:
        """The sum of squared influences over what it is expected to be short of, for independent clusters."""
        h = list(self.shares.values())
        total = sum(share**2 for share in h)
        expected = sum(share**2 * (1 - 2 * share + total) for share in h)
        return sum(each**2 for each in self.influences.values()) * total / expected

    @property
    def skewness(self) -> float:
        influences = list(self.influences.values())
        squares = sum(each**2 for each in influences)
        return sum(each**3 for each in influences) / squares**1.5 if squares else 0.0

    @property
    def freedom(self) -> float:
        """Satterthwaite's, from the matrix that makes influences of independent cluster effects."""
        h = np.array(list(self.shares.values()))
        matrix = np.diag(h) @ (np.eye(len(h)) - h[None, :].repeat(len(h), axis=0))
        square = matrix @ matrix.T
        return float(np.trace(square) ** 2 / (square**2).sum())


def others_agreement(said: Sequence[Said]) -> dict[str, float]:
    """Per conversation of three people or more: how the order of the others' net wins agrees with each."""
    found: dict[str, float] = {}
    by_conversation: dict[str, dict[str, list[Ranking]]] = defaultdict(lambda: defaultdict(list))
    for one in said:
        if not one.ranking.ties_all:
            by_conversation[one.conversation][one.participant].append(one.ranking)
    for name, people in by_conversation.items():
        if len(people) < 3:
            continue
        values = []
        for person, own in people.items():
            wins: dict[str, float] = defaultdict(float)
            for other, rankings in people.items():
                if other != person:
                    for ranking in rankings:
                        for label, share in net_wins(ranking).items():
                            wins[label] += share / len(rankings)
            consensus = Ranking.from_scores({label: round(value, 9) for label, value in wins.items()})
            values.append(sum(_agreement(consensus, ranking) for ranking in own) / len(own))
        found[name] = sum(values) / len(values)
    return found


def net_wins(ranking: Ranking) -> dict[str, float]:
    """Of each label, the pairs it wins minus those it loses, as a share of the strict pairs."""
    places = ranking.places
    wins = {
        one: sum((places[other] > places[one]) - (places[other] < places[one]) for other in places)
        for one in places
    }
    strict = sum(places[a] < places[b] for a in places for b in places)
    return {label: count / strict for label, count in wins.items()}


def _agreement(ranker: Ranking, person: Ranking) -> float:
    mine, theirs = ranker.places, person.places
    scores = [
        0.5 if mine[a] == mine[b] else float(mine[a] < mine[b])
        for a in theirs
        for b in theirs
        if theirs[a] < theirs[b]
    ]
    return sum(scores) / len(scores)
