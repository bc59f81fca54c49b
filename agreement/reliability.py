"""Krippendorff's alpha: how far people agree beyond chance, on the scale that content analysis uses."""

import numpy as np
from numpy.typing import NDArray

from .measures import ABSENT
from .people import People


def krippendorff_alpha(people: People) -> float | None:
    """Krippendorff's alpha for ordinal data; 1 is perfect, 0 what chance gives.

    A unit is one response of one conversation, its values the tiers that people gave it (0 the best), the
    metric the ordinal one of Krippendorff (2011, section C). Of a person's duplicates the first counts; weights
    don't. None where no response has two values, or all values are one.
    """
    _, first = np.unique(people.clusters.cell, return_index=True)
    places = people.places[first]
    row, column = np.nonzero(places != ABSENT)
    unit = people.clusters.conversation[first][row] * places.shape[1] + column
    return ordinal_alpha(unit, places[row, column])


def ordinal_alpha(unit: NDArray[np.integer], value: NDArray[np.integer]) -> float | None:
    """Ordinal alpha of values (0 and up) that raters gave to units, one a rater; each array (n). None where it has no meaning.

    From coincidences: a unit of m values counts each of its ordered pairs 1 / (m - 1). Source: Krippendorff 2011,
    "Computing Krippendorff's Alpha-Reliability", section C.
    """
    pairable = np.bincount(unit)[unit] > 1
    values, where = value[pairable], np.unique(unit[pairable], return_inverse=True)[1]
    if len(np.unique(values)) < 2:
        return None
    table = np.zeros((int(where.max()) + 1, int(values.max()) + 1))
    np.add.at(table, (where, values), 1)
    counts = table.sum(axis=0)
    below = np.cumsum(counts) - counts / 2
    distance = (below[:, None] - below[None, :]) ** 2
    """The values between two, each end counted half, squared."""
    shares = table / (table.sum(axis=1, keepdims=True) - 1)
    # A value paired with itself has no distance, so that the diagonal needs no correction.
    observed = float(((table.T @ shares) * distance).sum())
    expected = float((np.outer(counts, counts) * distance).sum()) / (counts.sum() - 1)
    return float(1.0 - observed / expected)
