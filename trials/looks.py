"""The group-sequential frame: a p-value for the differences so far, spent over a few looks."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .futility import evidence, is_futile
from .records import Look
from .spending import obrien_fleming

PValue = Callable[[NDArray[np.float64]], float]
"""Differences to the p-value of H0: their expectation is at most 0."""

HARM_LEVEL = 0.01


@dataclass(slots=True)
class LooksTest:
    """Each look spends its own part of alpha: `positive` when the p-value is within that part.

    By the union bound the error over all looks is at most alpha whatever the dependence between them, as
    long as each look's p-value is valid. With the O'Brien-Fleming-like spending the last look keeps about
    85 % of alpha, so the bound costs little. Harm and futility only stop; they spend nothing.
    """

    p_value: PValue
    alpha: float
    planned: int
    spent: float = field(default=0.0, init=False)

    def look(self, differences: Sequence[float], *, last: bool) -> Look:
        seen = np.asarray(differences, dtype=np.float64)
        n = len(seen)
        mean = float(seen.mean()) if n else 0.0
        due = obrien_fleming(self.alpha, 1.0 if last else n / max(self.planned, 1))
        share = max(due - self.spent, 0.0)
        self.spent = max(due, self.spent)
        p = self.p_value(seen) if n else 1.0
        outcome: Literal["continue", "positive", "futile", "harmful", "ended"] = "continue"
        if share > 0.0 and p <= share:
            outcome = "positive"
        elif n and mean < 0 and self.p_value(-seen) <= HARM_LEVEL:
            outcome = "harmful"
        elif last:
            outcome = "ended"
        elif is_futile(differences, self.planned, self.alpha):
            outcome = "futile"
        return Look(n=n, mean=mean, statistic=evidence(p), threshold=evidence(share), outcome=outcome)
