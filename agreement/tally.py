"""The mean of a figure and its two-way interval from sums that add up: block by block, in any number of processes.

A block holds whole conversations, so that conversations and cells are done with when it ends: of them only a few sums are
kept. A participant's assessments lie in many blocks, so that two numbers are kept of each.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .intervals import Clusters, Estimate, Part, part_of, power_sums, spread, told
from .measures import Values

UNIT = (0.0, 1.0)


@dataclass(frozen=True, slots=True)
class Moments:
    """Sums over clusters that are complete: h is a cluster's share, s its share times distance from a centre."""

    clusters: int = 0
    h2: float = 0.0
    h3: float = 0.0
    h4: float = 0.0
    h5: float = 0.0
    hs: float = 0.0
    s2: float = 0.0
    h2s: float = 0.0
    hs2: float = 0.0
    s3: float = 0.0

    @classmethod
    def of(cls, h: Values, s: Values) -> "Moments":
        inside = h > 0
        h, s = h[inside], s[inside]
        hs, s2 = h * s, s * s
        sums = (hs.sum(), s2.sum(), h @ hs, h @ s2, s @ s2)
        return cls(int(h.size), *power_sums(h), *(float(each) for each in sums))

    def __add__(self, other: "Moments") -> "Moments":
        return Moments(
            self.clusters + other.clusters, self.h2 + other.h2, self.h3 + other.h3, self.h4 + other.h4,
            self.h5 + other.h5, self.hs + other.hs, self.s2 + other.s2, self.h2s + other.h2s,
            self.hs2 + other.hs2, self.s3 + other.s3,
        )  # fmt: skip

    def moved(self, by: float) -> "Moments":
        """The same, with distances from a centre that lies lower by `by`."""
        return Moments(
            self.clusters, self.h2, self.h3, self.h4, self.h5,
            self.hs + by * self.h2, self.s2 + 2 * by * self.hs + by**2 * self.h2,
            self.h2s + by * self.h3, self.hs2 + 2 * by * self.h2s + by**2 * self.h3,
            self.s3 + 3 * by * self.hs2 + 3 * by**2 * self.h2s + by**3 * self.h3,
        )  # fmt: skip

    def part(self, mean: float, total: float) -> Part | None:
        """The variance's part: the mean lies `mean` above the centre, the shares sum to `total`."""
        if self.clusters < 2:
            return None
        centred = self.moved(-mean)
        powers = (self.h2 / total**2, self.h3 / total**3, self.h4 / total**4, self.h5 / total**5)
        return part_of(powers, max(0.0, centred.s2) / total**2, centred.s3 / total**3)


@dataclass(frozen=True, slots=True, eq=False)
class BlockSums:
    """What one block adds to one figure."""

    centre: float
    total: float
    """The shares' sum: conversations, or weights."""
    above: float
    """The shares times their values' distances from the centre."""
    conversations: Moments
    cells: Moments
    shares: Values
    """(P): each participant of the block, 0 where none of theirs counts."""
    distances: Values
    """(P)"""
    assessments: int
    undefined: int

    @classmethod
    def of(
        cls, values: Values, shares: Values, clusters: Clusters, people: int, undefined: int
    ) -> "BlockSums":
        """From values (N) that are all defined, their shares and clusters, with `people` participants in the block."""
        if not values.size:
            nobody = np.zeros(people)
            return cls(0.0, 0.0, 0.0, Moments(), Moments(), nobody, nobody, 0, undefined)
        centre = float(values[0])
        weighed = shares * (values - centre)

        def sums(index: NDArray[np.intp], size: int = 0) -> tuple[Values, Values]:
            both = (np.bincount(index, each, size) for each in (shares, weighed))
            h, s = (np.asarray(each, dtype=np.float64) for each in both)
            return h, s

        by_person = sums(clusters.participant, people)
        return cls(
            centre, float(shares.sum()), float(weighed.sum()), Moments.of(*sums(clusters.conversation)),
            Moments.of(*sums(clusters.cell)), *by_person, int(values.size), undefined,
        )  # fmt: skip


class Tally:
    """One figure over all blocks added so far. Blocks in the same order give the same bits."""

    def __init__(self, bounds: tuple[float, float] = UNIT) -> None:
        self._bounds = bounds
        self._centre: float | None = None
        self._total = self._above = 0.0
        self._conversations = self._cells = Moments()
        self._shares = np.zeros(0)
        self._distances = np.zeros(0)
        self._assessments = self._undefined = 0

    def add(self, block: BlockSums, people: NDArray[np.intp]) -> None:
        """Add a block; `people` gives the number, over all blocks, of each of its participants."""
        self._undefined += block.undefined
        if not block.assessments:
            return
        if self._centre is None:
            self._centre = block.centre
        by = block.centre - self._centre
        self._total += block.total
        self._above += block.above + by * block.total
        self._conversations += block.conversations.moved(by)
        self._cells += block.cells.moved(by)
        if people.size and (most := int(people.max()) + 1) > len(self._shares):
            more = max(most, 2 * len(self._shares)) - len(self._shares)
            self._shares, self._distances = (
                np.pad(self._shares, (0, more)),
                np.pad(self._distances, (0, more)),
            )
        self._shares[people] += block.shares
        self._distances[people] += block.distances + by * block.shares
        self._assessments += block.assessments

    def estimate(self) -> Estimate:
        """The mean with its interval, as `People.mean` has it."""
        if self._centre is None:
            return Estimate(estimate=None, undefined=self._undefined)
        above = self._above / self._total
        people = Moments.of(self._shares, self._distances)
        found = spread(
            self._centre + above,
            self._conversations.part(above, self._total),
            people.part(above, self._total),
            self._cells.part(above, self._total),
        )
        return told(
            found, bounds=self._bounds, conversations=self._conversations.clusters, participants=people.clusters,
            assessments=self._assessments, undefined=self._undefined, people=self._shares / self._total,
        )  # fmt: skip
