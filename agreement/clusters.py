"""Groups of people found from their rankings alone, and whether they would be found again."""

from collections.abc import Mapping
from math import comb

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.cluster.vq import kmeans2
from scipy.sparse.linalg import LinearOperator, eigsh

from ..errors import DataError
from ..records import Record
from .people import People

Indices = NDArray[np.intp]
Floats = NDArray[np.float64]

MOST = 4
"""Clusters at the most: more can't be told apart by rankings of a few conversations a person."""
STABLE = 0.5
"""Adjusted Rand index of two halves of the conversations from which clusters count as found; 0 is chance, 1 the same."""
SPLITS = 12
LEAST_PEOPLE = 20
_STARTS = 8


class Clusters(Record):
    """People in clusters, the largest first."""

    members: tuple[tuple[str, ...], ...]
    """Participants of each."""
    stability: float
    """Mean adjusted Rand index between the clusters that two halves of the conversations give."""
    tried: Mapping[int, float]
    """Number of clusters to that index, for each that was tried."""


def find_clusters(people: People, *, count: int | None = None, least: int = 5, seed: int = 0) -> Clusters:
    """Clusters of people who part from the others in the same way.

    Each ranking is taken as the signs of its pairs, less the mean of all who ranked the conversation. The leading
    eigenvectors of what people's remainders have in common (each person's with themselves left out) place the people, and
    k-means cuts them. `count`: how many; None: from 2 to `MOST`, the most stable. Stability: the conversations are cut in
    two at random, each half makes clusters of its own, and the adjusted Rand index says how far they are the same people.
    Source: Small et al. 2021 (Polis: vote matrices, principal components, k-means); Hubert & Arabie 1985, Journal of
    Classification 2 (the index); Lange et al. 2004, Neural Computation 16 (stability picks the number).
    Raises DataError where the clusters aren't stable, one is smaller than `least`, or there are too few people.
    """
    table = _remainders(people)
    names = [people.participants[row] for row in np.unique(people.clusters.participant)]
    if len(names) < LEAST_PEOPLE:
        raise DataError(
            f"{len(names)} people are too few to find groups among them by their rankings: at least {LEAST_PEOPLE} are "
            "needed; name an attribute instead"
        )
    wanted = range(2, MOST + 1) if count is None else (count,)
    tried = {k: _stability(people, k, seed) for k in wanted}
    best = max(tried, key=lambda k: (tried[k], -k))
    if tried[best] < STABLE:
        raise DataError(
            f"the rankings show no stable groups of people: two halves of the conversations give groups that are alike to "
            f"{tried[best]:.2f} (adjusted Rand index; 0 is chance, {STABLE} is asked for); name an attribute instead"
        )
    labels = _cut(table, best, seed)
    groups = [[name for name, label in zip(names, labels, strict=True) if label == k] for k in range(best)]
    groups.sort(key=lambda group: (-len(group), group))
    if len(groups[-1]) < least:
        raise DataError(
            f"the smallest of {best} groups found from rankings has {len(groups[-1])} people, fewer than {least}; name an "
            "attribute instead"
        )
    return Clusters(members=tuple(map(tuple, groups)), stability=tried[best], tried=tried)


def nearest(people: People, clusters: Clusters) -> dict[str, int]:
    """To which cluster each person of `people` stands nearest: whose rankings their remainders go along with most.

    `people` holds the clusters' own members as well; only the others are told. Raises nothing: a person who ranked
    nothing that a cluster ranked is left out.
    """
    table = _remainders(people)
    rows = {people.participants[row]: i for i, row in enumerate(np.unique(people.clusters.participant))}
    known = {name for group in clusters.members for name in group}
    centres = np.stack(
        [
            np.asarray(table[[rows[name] for name in group if name in rows]].mean(axis=0)).ravel()
            for group in clusters.members
        ]
    )
    near = np.asarray(table @ centres.T)
    return {
        name: int(near[row].argmax()) for name, row in rows.items() if name not in known and near[row].any()
    }


def adjusted_rand(first: Indices, second: Indices) -> float:
    """How far two clusterings (n,) of the same things are the same: 1 for the same, 0 in the mean by chance.

    Source: Hubert & Arabie 1985, Journal of Classification 2, equation 5.
    """
    table = np.zeros((int(first.max()) + 1, int(second.max()) + 1), dtype=np.intp)
    np.add.at(table, (first, second), 1)
    both = sum(comb(int(n), 2) for n in table.ravel())
    rows, columns = (sum(comb(int(n), 2) for n in table.sum(axis=axis)) for axis in (1, 0))
    expected = rows * columns / comb(len(first), 2)
    most = (rows + columns) / 2
    return 1.0 if most == expected else (both - expected) / (most - expected)


def _remainders(people: People, columns: NDArray[np.bool_] | None = None) -> sparse.csr_array:
    """(people, conversations x pairs): how each parts from the mean of a conversation, each person's size 1."""
    clusters = people.clusters.dense()
    chosen = np.ones(len(people), dtype=bool) if columns is None else columns[clusters.conversation]
    pairs = people.signs.shape[1]
    signs = people.signs[chosen].astype(np.float64)
    conversation, participant = clusters.conversation[chosen], clusters.participant[chosen]
    counts = np.bincount(conversation, minlength=int(clusters.conversation.max()) + 1)
    means = np.zeros((len(counts), pairs))
    np.add.at(means, conversation, signs)
    means /= np.maximum(counts, 1)[:, None]
    values = signs - means[conversation]
    size = np.zeros(int(clusters.participant.max()) + 1)
    np.add.at(size, participant, (values**2).sum(axis=1))
    values /= np.sqrt(np.maximum(size, 1e-12))[participant, None]
    row = np.repeat(participant, pairs)
    column = (conversation[:, None] * pairs + np.arange(pairs)).ravel()
    shape = (len(size), len(counts) * pairs)
    return sparse.csr_array((values.ravel(), (row, column)), shape=shape)


def _cut(table: sparse.csr_array, k: int, seed: int) -> Indices:
    """(people,): k-means on the leading k - 1 eigenvectors of what people have in common; the best of several starts."""
    own = np.asarray(table.power(2).sum(axis=1)).ravel()
    if not own.any():  # everybody says the same
        return np.zeros(table.shape[0], dtype=np.intp)

    def common(vector: Floats) -> Floats:
        return np.asarray(table @ (table.T @ vector) - own * vector)

    count = table.shape[0]
    rng = np.random.default_rng([seed, k])
    values, vectors = eigsh(
        LinearOperator((count, count), matvec=common, dtype=np.float64),
        k=k - 1,
        which="LA",
        v0=rng.normal(size=count),
    )
    places = vectors * np.sqrt(np.maximum(values, 0.0))
    best: tuple[float, Indices] | None = None
    for _ in range(_STARTS):
        centres, labels = kmeans2(places, k, minit="++", rng=rng, missing="warn")
        cost = float(((places - centres[labels]) ** 2).sum())
        if len(np.unique(labels)) == k and (best is None or cost < best[0]):
            best = cost, np.asarray(labels, dtype=np.intp)
    return best[1] if best else np.zeros(count, dtype=np.intp)


def _stability(people: People, k: int, seed: int) -> float:
    rng = np.random.default_rng([seed, k, 1])
    conversations = int(people.clusters.dense().conversation.max()) + 1
    found: list[float] = []
    for _ in range(SPLITS):
        half = rng.permutation(conversations) < conversations // 2
        sides = [_remainders(people, columns) for columns in (half, ~half)]
        heard = np.logical_and.reduce([np.diff(side.indptr) > 0 for side in sides])
        if int(heard.sum()) < LEAST_PEOPLE:
            continue
        labels = [_cut(side, k, seed) for side in sides]
        several = all(len(np.unique(side[heard])) > 1 for side in labels)
        found.append(adjusted_rand(labels[0][heard], labels[1][heard]) if several else 0.0)
    return float(np.mean(found)) if found else 0.0
