"""Deep falls among a trial's differences: what harm looks like that strikes a few."""

from math import ceil

import numpy as np
from numpy.typing import NDArray

DEPTHS = (0.25, 0.40)
"""What counts as a deep fall of a conversation: of so much or more."""
TAIL = 0.10
"""A trial counts where its edit would be a gain but for this share of its conversations, the worst."""


def deep_falls(differences: NDArray[np.float64]) -> tuple[int, ...] | None:
    """How many differences are falls of each of `DEPTHS` or more; None where the edit is no gain without them either."""
    ordered = np.sort(differences)
    body = ordered[ceil(TAIL * len(ordered)) :]
    if not len(body) or float(body.mean()) <= 0.0:
        return None
    return tuple(int((ordered <= -depth).sum()) for depth in DEPTHS)
