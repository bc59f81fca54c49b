"""Krippendorff's alpha: how far people agree beyond chance, on the scale that content analysis uses."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .intervals import firsts
from .measures import ABSENT, Values
from .people import People


def krippendorff_alpha(people: People) -> float | None:
    """Krippendorff's alpha for ordinal data; 1 is perfect, 0 what chance gives.

    A unit is one response of one conversation, its values the tiers that people gave it (0 the best), the
    metric the ordinal one of Krippendorff (2011, section C). Of a person's duplicates the first counts; weights
    don't. None where no response has two values, or all values are one.
    """
    return coincidences_of(people).alpha()


def coincidences_of(people: People) -> "Coincidences":
    """What `krippendorff_alpha` is worked out from; those of different conversations add up."""
    first = firsts(people.clusters.cell)
    places = people.places[first]
    row, column = np.nonzero(places != ABSENT)
    unit = people.clusters.conversation[first][row] * places.shape[1] + column
    return coincidences(unit, places[row, column])


def ordinal_alpha(unit: NDArray[np.integer], value: NDArray[np.integer]) -> float | None:
    """Ordinal alpha of values (0 and up) that raters gave to units, one a rater; each array (n). None where it has no meaning.

    From coincidences: a unit of m values counts each of its ordered pairs 1 / (m - 1). Source: Krippendorff 2011,
    "Computing Krippendorff's Alpha-Reliability", section C.
    """
    return coincidences(unit, value).alpha()


@dataclass(frozen=True, slots=True, eq=False)
class Coincidences:
    """How often each value came in units of two or more values, and how often it met each other value."""

    counts: Values
    """(V)"""
    pairs: Values
    """(V, V): ordered pairs inside units, each worth 1 / (m - 1); the diagonal counts a value with itself too."""

    def __add__(self, other: "Coincidences") -> "Coincidences":
        small, large = sorted((self, other), key=lambda each: len(each.counts))
        more = len(large.counts) - len(small.counts)
        return Coincidences(
            np.pad(small.counts, (0, more)) + large.counts,
            np.pad(small.pairs, ((0, more), (0, more))) + large.pairs,
        )

    def alpha(self) -> float | None:
        """None where no unit has two values, or all values are one."""
        if np.count_nonzero(self.counts) < 2:
            return None
        counts = self.counts
        below = np.cumsum(counts) - counts / 2
        distance = (below[:, None] - below[None, :]) ** 2
        """The values between two, each end counted half, squared."""
        # A value paired with itself has no distance, so that the diagonal needs no correction.
        observed = float((self.pairs * distance).sum())
        expected = float((np.outer(counts, counts) * distance).sum()) / (counts.sum() - 1)
        return float(1.0 - observed / expected)


def coincidences(unit: NDArray[np.integer], value: NDArray[np.integer]) -> Coincidences:
    """Of values (0 and up) that raters gave to units; each array (n)."""
    pairable = np.bincount(unit)[unit] > 1
    values, where = value[pairable], unit[pairable]
    if not values.size:
        return Coincidences(np.zeros(0), np.zeros((0, 0)))
    size = int(values.max()) + 1
    table = np.bincount(where * size + values, minlength=(int(where.max()) + 1) * size)
    table = table.reshape(-1, size)[np.bincount(where) > 0].astype(np.float64)
    shares = table / (table.sum(axis=1, keepdims=True) - 1)
    return Coincidences(table.sum(axis=0), table.T @ shares)
