"""How far one ranking agrees with one person: for two rankings, and for arrays of many.

Array shapes: N assessments, M response columns, and the M(M-1)/2 column pairs (i, j), i < j, in the order
of `numpy.triu_indices`. Places count tiers from 0 for the best; -1 stands where there is no such response.
"""

from collections.abc import Iterable
from itertools import combinations
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from ..panel.ranking import Ranking

Places = NDArray[np.int16]
Signs = NDArray[np.int8]
Values = NDArray[np.float64]
ABSENT = -1


def pair_agreement(ranker: Ranking, person: Ranking) -> float | None:
    """Over the pairs that the person ranks strictly: 1 for the same order, 0 for the opposite, 1/2 where the
    ranker ties; the mean. None where the person ties all.
    """
    scores = [
        {1: 1.0, 0: 0.5, -1: 0.0}[theirs * ours]
        for theirs, ours in _pair_signs(person, ranker)
        if theirs != 0
    ]
    return sum(scores) / len(scores) if scores else None


def top_choice(ranker: Ranking, person: Ranking) -> float:
    """The chance that a response drawn from the ranker's top tier lies in the person's."""
    return len(set(ranker.tiers[0]) & set(person.tiers[0])) / len(ranker.tiers[0])


def tau_b(ranker: Ranking, person: Ranking) -> float | None:
    """Kendall's tau-b (Kendall 1945), within [-1, 1]. None where either ties all."""
    signs = _pair_signs(person, ranker)
    theirs = sum(sign != 0 for sign, _ in signs)
    ours = sum(sign != 0 for _, sign in signs)
    return sum(a * b for a, b in signs) / sqrt(theirs * ours) if theirs and ours else None


def flagged_first(ranker: Ranking, flagged: Iterable[str]) -> float:
    """The chance that a response drawn from the ranker's top tier is one that the person flagged."""
    return len(set(ranker.tiers[0]) & set(flagged)) / len(ranker.tiers[0])


def pair_signs(places: Places) -> Signs:
    """Of each row and column pair (i, j): 1 where i is placed before j, -1 after, 0 tied or absent."""
    first, second = np.triu_indices(places.shape[1], 1)
    left, right = places[:, first], places[:, second]
    signs: Signs = np.sign(right - left).astype(np.int8)
    signs[(left == ABSENT) | (right == ABSENT)] = 0
    return signs


def agreements(ranker: NDArray[np.int8] | Values, person: Signs) -> Values:
    """`pair_agreement` of each row; `ranker` may hold mean signs. NaN where the person ties all."""
    strict = np.count_nonzero(person, axis=1)
    inner = np.einsum("np,np->n", ranker, person, dtype=np.float64)
    with np.errstate(invalid="ignore"):
        return np.asarray(0.5 + 0.5 * inner / np.where(strict > 0, strict, np.nan))


def taus(ranker: Signs, person: Signs) -> Values:
    """`tau_b` of each row; NaN where undefined."""
    spread = np.sqrt(np.count_nonzero(person, axis=1) * np.count_nonzero(ranker, axis=1).astype(np.float64))
    inner = np.einsum("np,np->n", ranker, person, dtype=np.float64)
    return np.asarray(inner / np.where(spread > 0, spread, np.nan))


def top_shares(ranker: Places, chosen: NDArray[np.bool_]) -> Values:
    """Of each row, the share of the ranker's top tier that lies in `chosen` (N, M)."""
    top = ranker == 0
    return np.asarray((top & chosen).sum(axis=1) / top.sum(axis=1))


def places_of(scores: Values, gap: Values | float = 0.0) -> Places:
    """Places (N, M) by scores (N, M), best first; neighbours no further apart than `gap` (N, or one) share a
    tier. NaN scores are absent responses.
    """
    order = np.argsort(-scores, axis=1)
    ordered = np.take_along_axis(scores, order, axis=1)
    ranks = np.zeros(scores.shape, dtype=np.int16)
    with np.errstate(invalid="ignore"):
        ranks[:, 1:] = np.cumsum(ordered[:, :-1] - ordered[:, 1:] > np.reshape(gap, (-1, 1)), axis=1)
    ranks[np.isnan(ordered)] = ABSENT
    places = np.empty_like(ranks)
    np.put_along_axis(places, order, ranks, axis=1)
    return places


def _pair_signs(first: Ranking, second: Ranking) -> list[tuple[int, int]]:
    a, b = first.places, second.places
    return [(_sign(a[k] - a[m]), _sign(b[k] - b[m])) for k, m in combinations(sorted(a), 2)]


def _sign(number: int) -> int:
    return (number > 0) - (number < 0)
