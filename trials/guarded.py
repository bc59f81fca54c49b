"""The guarded test: it reckons with one conversation, not yet seen, on which the edit does its worst."""

from dataclasses import dataclass
from functools import partial
from math import copysign, exp, pi, sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from .looks import LooksTest
from .protocol import SequentialTest

MOST_STEPS = 200


def guarded_p_value(differences: NDArray[np.float64], reach: float) -> float:
    """P(sum of E_i d_i - E_0 reach <= 0) with independent unit exponentials E: a p-value of H0: mean <= 0.

    `reach` is how far one difference may fall below 0; a lower one that was seen takes its place. Given
    +-outcomes alone it is Clopper and Pearson's bound. Zeros drop out. The tail is a Lugannani-Rice
    saddlepoint, found by damped Newton steps (the function is self-concordant): the cumulant function of
    the sum is `-sum log(1 - s a)`, whose minimum is the negative log wealth of the best constant bet, so
    this is the fixed-sample partner of the betting test.
    That it keeps its level for every distribution above `-reach` is a conjecture without a known
    counterexample (proven for two outcomes); `concord eval rules` measures it.
    Source: Gaffke 2005, Mathematical Methods of Statistics 14; Learned-Miller & Thomas 2019,
    arXiv 1905.06208; Lugannani & Rice 1980, Advances in Applied Probability 12.
    """
    weights = differences[np.abs(differences) > 1e-12]
    if not len(weights) or weights.max() <= 0.0:
        return 1.0
    weights = np.append(weights, -max(reach, 1e-3, -float(weights.min())))
    bet, ratios = 0.0, weights
    for _ in range(MOST_STEPS):
        slope, curvature = float(ratios.sum()), float((ratios * ratios).sum())
        decrement = abs(slope) / sqrt(curvature)
        bet += slope / curvature / (1.0 + decrement if decrement > 0.25 else 1.0)
        ratios = weights / (1.0 + bet * weights)
        if decrement < 1e-9:
            break
    growth = float(np.log1p(bet * weights).sum())
    w = -copysign(sqrt(max(2.0 * growth, 0.0)), bet)
    u = -bet * sqrt(float((ratios * ratios).sum()))
    if abs(w) < 1e-4:
        return 0.5
    density = exp(-0.5 * w * w) / sqrt(2.0 * pi)
    return min(max(float(ndtr(w)) + density * (1.0 / w - 1.0 / u), 0.0), 1.0)


@dataclass(frozen=True, slots=True)
class Guarded:
    """Group-sequential test on Gaffke's statistic: for skewed differences with many zeros, and few of them."""

    name: str = "guarded"
    blocks: int = 4

    def start(self, *, alpha: float, planned: int, seed: int, reach: float = 1.0) -> SequentialTest:  # noqa: ARG002
        return LooksTest(partial(guarded_p_value, reach=reach), alpha, planned)
