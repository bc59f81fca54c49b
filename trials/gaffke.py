"""Gaffke's test: it reckons with one conversation, not yet seen, on which the edit does its worst."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

from .differences import Differences
from .looks import LooksTest
from .protocol import SequentialTest
from .two_way import people_p_value

MOST_STEPS = 200


def gaffke_p_value(differences: NDArray[np.float64], max_drop: float) -> float:
    """P(sum of E_i d_i - E_0 max_drop <= 0) with independent unit exponentials E: a p-value of H0: mean <= 0.

    `max_drop` is how far one difference may fall below 0; a lower one that was seen takes its place. Given
    +-outcomes alone it is Clopper and Pearson's bound. Zeros drop out.
    That it keeps its level for every distribution above `-max_drop` is a conjecture without a known
    counterexample (proven for two outcomes); `concord eval rules` measures it.
    Source: Gaffke 2005, Mathematical Methods of Statistics 14; Learned-Miller & Thomas 2019,
    arXiv 1905.06208.
    """
    return float(gaffke_p_values(differences[None, :], max_drop)[0])


def gaffke_p_values(table: NDArray[np.float64], max_drop: float | NDArray[np.float64]) -> NDArray[np.float64]:
    """`gaffke_p_value` of each row of `table` (B, n): (B,).

    The tail is a Lugannani-Rice saddlepoint (1980, Advances in Applied Probability 12), found by damped Newton
    steps (the function is self-concordant). The cumulant function of the sum is `-sum log(1 - s a)`, whose
    minimum is the negative log wealth of the best constant bet, so this is the fixed-sample partner of the
    betting test.
    """
    told = np.ones(len(table))
    rows = np.flatnonzero(table.max(axis=1, initial=0.0) > 1e-12)
    if not rows.size:
        return told
    table = table[rows]
    drops = np.broadcast_to(np.asarray(max_drop, dtype=np.float64), told.shape)[rows]
    worst = np.maximum(np.maximum(drops, 1e-3), -table.min(axis=1))
    weights = np.concatenate([table, -worst[:, None]], axis=1)
    bet = np.zeros(len(weights))
    live = np.arange(len(weights))
    for _ in range(MOST_STEPS):
        ratios = weights[live] / (1.0 + bet[live, None] * weights[live])
        slope, curvature = ratios.sum(axis=1), (ratios * ratios).sum(axis=1)
        decrement = np.abs(slope) / np.sqrt(curvature)
        bet[live] += slope / curvature / np.where(decrement > 0.25, 1.0 + decrement, 1.0)
        live = live[decrement >= 1e-9]
        if not live.size:
            break
    ratios = weights / (1.0 + bet[:, None] * weights)
    growth = np.log1p(bet[:, None] * weights).sum(axis=1)
    w = -np.copysign(np.sqrt(np.maximum(2.0 * growth, 0.0)), bet)
    u = -bet * np.sqrt((ratios * ratios).sum(axis=1))
    flat = np.abs(w) < 1e-4
    w, u = np.where(flat, 1.0, w), np.where(flat, 1.0, u)
    density = np.exp(-0.5 * w * w) / np.sqrt(2.0 * np.pi)
    tail = np.clip(ndtr(w) + density * (1.0 / w - 1.0 / u), 0.0, 1.0)
    told[rows] = np.where(flat, 0.5, tail)
    return told


@dataclass(frozen=True, slots=True)
class GaffkePValue:
    """The larger of Gaffke's p-value over items and the one that takes people as a random factor."""

    max_drop: float

    def __call__(self, differences: Differences) -> float:
        items = gaffke_p_value(differences.values, self.max_drop) if len(differences) else 1.0
        return max(items, people_p_value(differences))


@dataclass(frozen=True, slots=True)
class Gaffke:
    """Group-sequential test on Gaffke's statistic: for skewed differences with many zeros, and few of them."""

    name: str = "gaffke"
    blocks: int = 4

    def start(
        self,
        *,
        alpha: float,
        planned: int,
        max_drop: float = 1.0,
        likely_drop: float | None = None,
        likely_level: float = 0.0,
    ) -> SequentialTest:
        drop = max_drop if likely_drop is None else likely_drop
        return LooksTest(
            GaffkePValue(max_drop),
            alpha,
            planned,
            final=GaffkePValue(drop),
            at=GaffkePValue,
            likely_level=likely_level,
        )
