"""Intervals for means over conversations and people: two-way cluster variance, and a two-way bootstrap.

The estimand is a mean over new conversations, new people and the ranker's noise, the specs fixed.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.special import stdtrit

from ..records import Record

Values = NDArray[np.float64]
Indices = NDArray[np.intp]


class Estimate(Record):
    """A figure with its two-sided interval and the evidence below it.

    The interval is None where fewer than two conversations or two people carry evidence (what other people would say
    can't be told from one), the estimate where none does.
    """

    estimate: float | None
    low: float | None = None
    high: float | None = None
    conversations: int = 0
    participants: int = 0
    assessments: int = 0
    undefined: int = 0
    """Assessments on the same conversations for which the figure has no value."""
    effective_people: float = 0.0
    """Kish's effective number of participants: how many equally heard ones the figure is worth."""

    @property
    def warning(self) -> str | None:
        """What must be said beside the figure where it rests on few people, or on few who say most."""
        return thin(self.effective_people, self.participants)


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
        shares = self.shares_within()
        return np.asarray(shares / np.count_nonzero(np.bincount(self.conversation)))

    def shares_within(self) -> Values:
        """Each assessment's share in its conversation's mean. Sums to the number of conversations."""
        voice = self.weight / np.bincount(self.cell)[self.cell]
        return np.asarray(voice / np.bincount(self.conversation, voice)[self.conversation])

    def micro_shares(self) -> Values:
        """Each assessment's share in the mean over assessments, by its participant's weight. Sums to 1."""
        return np.asarray(self.weight / self.weight.sum())


@dataclass(frozen=True, slots=True)
class Spread:
    """A mean, its variance and the degrees of freedom of that variance."""

    mean: float
    variance: float
    freedom: float
    conversations_beyond_cells: float = 0.0
    """What conversations add to the variance beyond single cells, 0 or more."""
    skewness: float = 0.0
    """Of the mean's distribution, as conversations tell it."""

    def interval(self, level: float = 0.95) -> tuple[float, float]:
        """Student's t, and where conversations are skewed the end on the long side further out.

        Where an edit changes few conversations most differences are 0 and a few are large; then a low mean comes with a low
        variance, and Student's t lies too low. The end is moved by the inverse of Hall's cubic transformation of the
        studentised mean. The other end stays: moved inwards it would trust a skewness that few conversations tell badly.
        Where fewer than ten or so conversations change, the sample misses the tail itself and the interval stays short.
        Source: Hall 1992, Journal of the Royal Statistical Society B 54, 221-228; Johnson 1978, Journal of the American
        Statistical Association 73, 536-544 (the quadratic one before it, with t's quantiles).
        """
        t, error = float(stdtrit(self.freedom, 0.5 + level / 2)), sqrt(self.variance)
        below, above = max(t, self._unskewed(t)), max(t, -self._unskewed(-t))
        return self.mean - error * below, self.mean + error * above

    def _unskewed(self, quantile: float) -> float:
        """The d for which d + k/6 + k d^2 / 3 + k^2 d^3 / 27 is the quantile, with k the skewness."""
        k = self.skewness
        if abs(k) < 1e-9:
            return quantile
        return 3.0 / k * (float(np.cbrt(1.0 + k * (quantile - k / 6.0))) - 1.0)


@dataclass(frozen=True, slots=True)
class Part:
    """One clustering's part of a variance, with the degrees of freedom it is known by."""

    variance: float
    freedom: float
    skewness: float = 0.0
    """Of the sum of the clusters' influences: their cubes over the 3/2th power of their squares."""


def two_way(values: Values, shares: Values, clusters: Clusters) -> Spread | None:
    """The mean of `values` under `shares` (which sum to 1), with its two-way cluster variance.

    Each assessment's influence on the mean is its share times its distance from the mean. V sums the squared
    influence of each conversation, plus that of each participant, minus that of each cell (Cameron, Gelbach &
    Miller 2011, section 2; Owen 2007 for crossed means), and is at least the conversations' own part. Each part is
    corrected for its clusters' uneven shares (`part`). The degrees of freedom are Satterthwaite's (1946) for the two
    parts that add up, conversations and what participants add: few people, or few who say most, count only as far
    as they matter. None for no values; a variance of nan for a single conversation or participant.
    """
    if not values.size:
        return None
    mean = float(values[0] + shares @ (values - values[0]))
    influence = shares * (values - mean)
    return spread(
        mean,
        part(influence, shares, clusters.conversation),
        part(influence, shares, clusters.participant),
        part(influence, shares, clusters.cell),
    )


def spread(
    mean: float, by_conversation: "Part | None", by_participant: "Part | None", by_cell: "Part | None"
) -> Spread:
    """`two_way` from its three parts."""
    if by_conversation is None or by_participant is None or by_cell is None:
        return Spread(mean, float("nan"), 1.0)
    beyond = max(0.0, by_conversation.variance - by_cell.variance)
    people = max(0.0, by_participant.variance - by_cell.variance)
    variance = by_conversation.variance + people
    if variance == 0:
        return Spread(mean, 0.0, by_conversation.freedom)
    parts = by_conversation.variance**2 / by_conversation.freedom
    if people:
        parts += people**2 / by_participant.freedom
    skewness = by_conversation.skewness * (by_conversation.variance / variance) ** 1.5
    return Spread(mean, variance, variance**2 / parts, beyond, skewness)


def part(influence: Values, shares: Values, index: Indices) -> Part | None:
    """The variance that one clustering contributes; None for a single cluster.

    With shares h that sum to 1, the clusters' influences are A u of independent cluster effects u of one variance,
    A = diag(h) (I - 1 h'). Their sum of squares is scaled by sum(h^2) / tr(A A'), which makes it unbiased, and has
    tr(A A')^2 / tr(A A' A A') degrees of freedom. Equal shares of n clusters give n / (n - 1) and n - 1.
    Source: Bell & McCaffrey 2002, Survey Methodology 28 (CR2 and its Satterthwaite degrees of freedom, here for a mean).
    """
    h = np.bincount(index, shares)
    h = h[h > 0]
    sums = np.bincount(index, influence)
    if h.size < 2:
        return None
    powers = power_sums(np.asarray(h, dtype=np.float64))
    return part_of(powers, float(sums @ sums), float((sums**3).sum()))


Powers = tuple[float, float, float, float]
"""Sums of the second to fifth powers of clusters' shares."""


def power_sums(shares: Values) -> Powers:
    """Of the clusters' shares h."""
    h2, h3, h4, h5 = (float((shares**power).sum()) for power in (2, 3, 4, 5))
    return h2, h3, h4, h5


def part_of(powers: Powers, squares: float, cubes: float) -> Part:
    """`part` of two clusters or more, from the power sums of their shares and the sums of their influences' powers."""
    h2, h3, h4, h5 = powers
    trace = h2 - 2 * h3 + h2**2
    squared = h4 - 4 * h5 + 4 * h2 * h4 + 2 * h3**2 - 4 * h2**2 * h3 + h2**4
    skewness = cubes / scale if (scale := squares**1.5) > 0.0 else 0.0
    return Part(squares * h2 / trace, trace**2 / squared, skewness)


def firsts(index: Indices) -> Indices:
    """The first row of each value of an index (0 and up), in the order of the values: `np.unique` without a sort."""
    rows = np.full(int(index.max(initial=-1)) + 1, -1, dtype=np.intp)
    rows[index[::-1]] = np.arange(len(index), dtype=np.intp)[::-1]
    return rows[rows >= 0]


def effective_number(shares: Values) -> float:
    """Kish's effective number (1965, Survey Sampling, section 11.7): (sum w)^2 / sum w^2; 0 for none."""
    squares = float((shares**2).sum())
    return float(shares.sum()) ** 2 / squares if squares else 0.0


FEW = 5


def thin(effective: float, people: int) -> str | None:
    """A plain warning below five effective people; None from there on, or where there is nobody."""
    if people == 0 or effective >= FEW:
        return None
    if people == 1:
        return "One person's view: what others would say can't be told from it, so it has no interval."
    few = f"{people} people" if people < FEW else f"{people} people, of whom a few say most"
    return f"Rests on {few} (worth {effective:.1f} equally heard ones): its interval may be too short."


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
    found = two_way(values, shares, clusters)
    if found is None:
        return Estimate(estimate=None, undefined=undefined)
    return told(
        found,
        bounds=bounds,
        level=level,
        conversations=np.unique(clusters.conversation).size,
        participants=np.unique(clusters.participant).size,
        assessments=values.size,
        undefined=undefined,
        people=np.asarray(np.bincount(clusters.participant, shares), dtype=np.float64),
    )


def told(
    found: Spread,
    *,
    bounds: tuple[float, float],
    conversations: int,
    participants: int,
    assessments: int,
    undefined: int,
    people: Values,
    level: float = 0.95,
) -> Estimate:
    """A spread as a record; `people` are the participants' shares in the mean."""
    low, high = found.interval(level)
    known = not np.isnan(found.variance)
    return Estimate(
        estimate=found.mean,
        low=max(low, bounds[0]) if known else None,
        high=min(high, bounds[1]) if known else None,
        conversations=conversations,
        participants=participants,
        assessments=assessments,
        undefined=undefined,
        effective_people=round(effective_number(people), 6),
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
