"""Krippendorff's alpha: how far people agree beyond chance, on the scale that content analysis uses."""

import numpy as np
from numpy.typing import NDArray

from .measures import ABSENT
from .people import People


def krippendorff_alpha(people: People) -> float | None:
    """Krippendorff's alpha for ordinal data; 1 is perfect, 0 what chance gives.

    A unit is one response of one conversation, its values the tiers that people gave it (0 the best), the
    metric the ordinal one of Krippendorff (2011, section C). Of a person's duplicates the first counts; weights
    don't. Computed by NLTK. None where no response has two values, or all values are one.
    """
    _, first = np.unique(people.clusters.cell, return_index=True)
    places = people.places[first]
    row, column = np.nonzero(places != ABSENT)
    unit = people.clusters.conversation[first][row] * places.shape[1] + column
    return ordinal_alpha(people.clusters.participant[first][row], unit, places[row, column])


def ordinal_alpha(
    rater: NDArray[np.integer], unit: NDArray[np.integer], value: NDArray[np.integer]
) -> float | None:
    """Ordinal alpha of values (0 and up) that raters gave to units, each array (n). None where it has no meaning."""
    # Imported here: it takes a second, and few commands want it. NLTK ships no types.
    from nltk.metrics.agreement import AnnotationTask  # type: ignore[import-untyped]

    pairable = np.bincount(unit)[unit] > 1
    counts = np.bincount(value[pairable])
    if np.count_nonzero(counts) < 2:
        return None
    below = np.cumsum(counts) - counts / 2

    def distance(one: int, other: int) -> float:
        """The values between two, each end counted half, squared."""
        return float(below[one] - below[other]) ** 2

    triples = zip(rater[pairable].tolist(), unit[pairable].tolist(), value[pairable].tolist(), strict=True)
    return float(AnnotationTask(data=triples, distance=distance).alpha())
