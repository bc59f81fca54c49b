"""Intervals for means over conversations and people: two-way cluster variance, and a two-way bootstrap.

The estimand is a mean over new conversations, new people and the ranker's noise, the specs fixed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.stats import t as student

from ..records import Record

Values = NDArray[np.float64]
Indices = NDArray[np.intp]


class Estimate(Record):
    """A figure with its two-sided interval and the evidence below it.

    The interval is None where fewer than two conversations carry evidence, the estimate where none does.
    """

    estimate: float | None
    low: float | None = None
    high: float | None = None
    conversations: int = 0
    participants: int = 0
    assessments: int = 0
    undefined: int = 0
    """Assessments on the same conversations for which the figure has no value."""


@dataclass(frozen=True, slots=True)
class Clusters:
    """To which conversation, participant and cell (one person on one conversation) each assessment belongs.

    Indices count from 0; `weight` is the participant's, 0 or more.
    """

    conversation: Indices
    participant: Indices
    cell: Indices
    weight: Values

    def pick(self, chosen: NDArray[np.bool_]) -> "Clusters":
        return Clusters(
            self.conversation[chosen], self.participant[chosen], self.cell[chosen], self.weight[chosen]
        )

    def dense(self) -> "Clusters":
        """The same clusters, numbered without gaps."""
        conversation, participant, cell = (
            np.unique(index, return_inverse=True)[1]
            for index in (self.conversation, self.participant, self.cell)
        )
        return Clusters(conversation, participant, cell, self.weight)

    def macro_shares(self) -> Values:
        """Each assessment's share in the mean over conversations: within a conversation people count by
        weight, a person's duplicates share theirs equally. Sums to 1.
        """
        voice = self.weight / np.bincount(self.cell)[self.cell]
        present = np.bincount(self.conversation, voice)
        return np.asarray(voice / present[self.conversation] / np.count_nonzero(present))

    def micro_shares(self) -> Values:
        """Each assessment's share in the mean over assessments, by its participant's weight. Sums to 1."""
        return np.asarray(self.weight / self.weight.sum())


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean, its variance and the degrees of freedom of that variance."""

    mean: float
    variance: float
    freedom: float

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        half = float(student.ppf(0.5 + level / 2, self.freedom)) * sqrt(self.variance)
        return self.mean - half, self.mean + half


def two_way(values: Values, shares: Values, clusters: Clusters) -> Spread | None:
    """The mean of `values` under `shares` (which sum to 1), with its two-way cluster variance.

    Each assessment's influence on the mean is its share times its distance from the mean. V sums the squared
    influence of each conversation, plus that of each participant, minus that of each cell, each with its
    n / (n - 1) (Cameron, Gelbach & Miller 2011, section 2; Owen 2007 for crossed means), and is at least
    the conversations' own part. The degrees of freedom are Satterthwaite's (1946) for the two parts that add up,
    conversations and what participants add, with n - 1 each: few people count only as far as they matter.
    None for no values; a variance of nan for a single conversation.
    """
    if not values.size:
        return None
    mean = float(values[0] + shares @ (values - values[0]))
    influence = shares * (values - mean)
    by_conversation, conversations = _squares(influence, clusters.conversation)
    by_participant, participants = _squares(influence, clusters.participant)
    by_cell, _ = _squares(influence, clusters.cell)
    if conversations < 2:
        return Spread(mean, float("nan"), 1.0)
    people = max(0.0, by_participant - by_cell) if participants > 1 else 0.0
    variance = by_conversation + people
    if variance == 0:
        return Spread(mean, 0.0, conversations - 1)
    parts = by_conversation**2 / (conversations - 1)
    if people:
        parts += people**2 / (participants - 1)
    return Spread(mean, variance, variance**2 / parts)


def estimate(
    values: Values,
    shares: Values,
    clusters: Clusters,
    *,
    bounds: tuple[float, float],
    undefined: int = 0,
    level: float = 0.95,
) -> Estimate:
    """`two_way` as a record, the interval cut to the values' `bounds`."""
    spread = two_way(values, shares, clusters)
    if spread is None:
        return Estimate(estimate=None, undefined=undefined)
    low, high = spread.interval(level)
    known = not np.isnan(spread.variance)
    return Estimate(
        estimate=spread.mean,
        low=max(low, bounds[0]) if known else None,
        high=min(high, bounds[1]) if known else None,
        conversations=np.unique(clusters.conversation).size,
        participants=np.unique(clusters.participant).size,
        assessments=values.size,
        undefined=undefined,
    )


def resampled_weights(size: int, resamples: int, rng: np.random.Generator) -> Values:
    """How often each of `size` units is drawn, with replacement, in each resample: (size, resamples)."""
    drawn = rng.integers(0, size, size=(size, resamples), dtype=np.int32)
    drawn *= resamples
    drawn += np.arange(resamples, dtype=np.int32)
    counts = np.bincount(drawn.ravel(), minlength=size * resamples)
    return counts.reshape(size, resamples).astype(np.float64)


def weighted_means(
    values: Sequence[Values], clusters: Clusters, conversations: Values, participants: Values
) -> Values:
    """The mean over conversations of each of `values` in each resample: (figures, resamples).

    `conversations` (C, B) and `participants` (P, B) are the weights of B resamples. A conversation none of
    whose people were drawn drops out of its resample.
    """
    voice = clusters.weight / np.bincount(clusters.cell)[clusters.cell]

    def sums(each: Values) -> Values:
        place = (clusters.conversation, clusters.participant)
        table = sparse.csr_array((each, place), shape=(conversations.shape[0], participants.shape[0]))
        return np.asarray(table @ participants, dtype=np.float64)

    present = sums(voice)
    share = np.divide(conversations, present, out=np.zeros_like(present), where=present > 0)
    total = np.einsum("cb,cb->b", share, present)
    with np.errstate(invalid="ignore"):
        return np.asarray(
            np.stack([np.einsum("cb,cb->b", share, sums(voice * each)) for each in values]) / total
        )


def bootstrap(
    values: Sequence[Values], clusters: Clusters, *, resamples: int = 2000, seed: int = 0
) -> Values:
    """Means over conversations under a two-way bootstrap: (figures, resamples), all figures on one draw.

    Conversations and participants are drawn independently, a cell weighs the product (the pigeonhole
    bootstrap, Owen 2007): conservative, so it serves for figures that are not smooth only.
    """
    clusters = clusters.dense()
    shape = (int(clusters.conversation.max()) + 1, int(clusters.participant.max()) + 1)
    rng = np.random.default_rng(seed)
    parts = [
        weighted_means(
            values, clusters, resampled_weights(shape[0], n, rng), resampled_weights(shape[1], n, rng)
        )
        for n in _chunks(resamples, sum(shape))
    ]
    return np.concatenate(parts, axis=1)


def _chunks(resamples: int, units: int) -> Iterator[int]:
    """Resamples at a time, so that a chunk's weights stay near 2 MB (a processor's cache), 16 at least."""
    size = max(16, (2 << 20) // (8 * units))
    for done in range(0, resamples, size):
        yield min(size, resamples - done)


def _squares(influence: Values, index: Indices) -> tuple[float, int]:
    sums = np.bincount(index, influence)
    n = int(np.count_nonzero(np.bincount(index)))
    return float(sums @ sums) * (n / (n - 1) if n > 1 else 1.0), n
