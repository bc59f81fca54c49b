"""The betting test: wealth is a supermartingale under the null, so that large wealth is evidence against it."""

from dataclasses import dataclass, field
from math import exp, log, log10
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .differences import Differences
from .futility import is_futile
from .protocol import SequentialTest
from .records import Look

STAKES = 8
HARM_ODDS = 100.0


def wealth_path(differences: NDArray[np.float64], max_drop: float) -> NDArray[np.float64]:
    """Log wealth after each difference: the even mixture of 8 constant stakes from 0.15 to 0.98 of `1/max_drop`.

    Under H0 (each expectation at most 0 given the past, each difference at least `-max_drop`) the wealth is a
    supermartingale that starts at 1, so it ever reaches `1/alpha` with a chance of at most alpha (Ville).
    A difference under `-max_drop` ruins the stakes it can ruin. Shape (n,).
    Source: Waudby-Smith & Ramdas 2024, JRSS-B 86, section 4 (hedged and grid bets).
    """
    stakes = np.geomspace(0.15, 0.98, STAKES) / max_drop
    factors = 1.0 + stakes[:, None] * differences[None, :]
    with np.errstate(divide="ignore"):
        logs = np.cumsum(np.log(np.maximum(factors, 0.0)), axis=1)
    top = np.maximum(logs.max(axis=0), -700.0)
    return np.asarray(top + np.log(np.maximum(np.exp(logs - top).mean(axis=0), 1e-300)))


@dataclass(slots=True)
class BettingTest:
    alpha: float
    planned: int
    max_drop: float
    likely_level: float
    best: float = field(default=-np.inf, init=False)

    def look(self, differences: Differences, *, last: bool) -> Look:
        seen = differences.values
        n = len(seen)
        mean = float(seen.mean()) if n else 0.0
        best = self.best = float(wealth_path(seen, self.max_drop).max()) if n else 0.0
        outcome: Literal["continue", "positive", "futile", "harmful", "ended"] = "continue"
        if best >= -log(self.alpha):
            outcome = "positive"
        elif n and float(wealth_path(-seen, 1.0).max()) >= log(HARM_ODDS):
            outcome = "harmful"
        elif last:
            outcome = "ended"
        elif is_futile(seen, self.planned, max(self.alpha, self.likely_level)):
            outcome = "futile"
        return Look(n=n, mean=mean, statistic=best / log(10.0), threshold=-log10(self.alpha), outcome=outcome)

    def p_value(self, *, drop: float | None = None) -> float:  # noqa: ARG002
        """1 over the largest wealth: valid whenever the trial stopped (Ville)."""
        return min(1.0, exp(-self.best)) if np.isfinite(self.best) else 1.0

    def fixed(self, differences: Differences, *, drop: float | None = None) -> float:  # noqa: ARG002
        if not len(differences):
            return 1.0
        return min(1.0, exp(-float(wealth_path(differences.values, self.max_drop).max())))


@dataclass(frozen=True, slots=True)
class Betting:
    """Anytime-valid: it may look as often as it likes and the proof needs no more than the largest possible fall."""

    name: str = "betting"
    blocks: int = 8

    def start(
        self,
        *,
        alpha: float,
        planned: int,
        max_drop: float = 1.0,
        likely_drop: float | None = None,  # noqa: ARG002
        likely_level: float = 0.0,
    ) -> SequentialTest:
        return BettingTest(alpha, planned, max_drop, likely_level)
