"""When to give a trial up. Stopping for these reasons never makes an adoption likelier."""

from collections.abc import Sequence
from math import log10, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]

OPTIMISM = 1.0
"""How many standard errors the future may do better than what was seen."""
LEAST_CHANCE = 0.05
LEAST_SPREAD = 0.05
"""Standard deviations under this are not believed of a few differences."""


def spread(differences: Sequence[float] | Floats) -> float:
    """The standard deviation of the differences, with a floor of 5 points."""
    return max(float(np.std(differences, ddof=1)), LEAST_SPREAD) if len(differences) > 1 else 1.0


def chance_of_passing(differences: Sequence[float] | Floats, planned: int, alpha: float) -> float:
    """The chance that a fixed-size z test at `alpha` passes at the end, seen kindly from here.

    Conditional power, with the mean still to come taken one standard error above the mean so far.
    Source: Lan, Simon & Halperin 1982; Jennison & Turnbull 2000, section 10.2.
    """
    n = len(differences)
    if n == 0 or planned <= 0:
        return 1.0
    mean, sd = float(np.mean(differences)), spread(differences)
    left = max(planned - n, 0)
    final = (n * mean + left * (mean + OPTIMISM * sd / sqrt(n))) / (sd * sqrt(planned))
    room = sqrt(left / planned)
    needed = -float(ndtri(alpha))
    return float(ndtr((final - needed) / room)) if room > 0 else float(final >= needed)


def is_futile(differences: Sequence[float] | Floats, planned: int, level: float) -> bool:
    """Whether passing at `level` has become too unlikely to pay for the rest of the set.

    Where a trial has two promises, `level` is the larger of theirs: it is given up only where neither can be met.
    """
    return chance_of_passing(differences, planned, level) < LEAST_CHANCE


def evidence(p_value: float) -> float:
    """A p-value as powers of ten: 0.001 is 3."""
    return -log10(max(p_value, 1e-300))
