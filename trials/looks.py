"""The group-sequential frame: a p-value for the differences so far, spent over a few looks.

A trial makes two promises at once. *Proven* is asked at every look, under a spending function, and may end the trial
early. *Likely* is asked once, at the end, of the whole set. For the error of the two together see `p_value`.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from .differences import Differences
from .futility import evidence, is_futile
from .records import Look
from .spending import obrien_fleming

PValue = Callable[[Differences], float]
"""Differences to the p-value of H0: their expectation is at most 0."""

HARM_LEVEL = 0.01
FEW_ITEMS = 24
"""A smaller set is looked at once: a proof halfway through it is next to impossible, and what its looks spend
would be added to the likely promise's p-value."""


@dataclass(slots=True)
class LooksTest:
    """Each look spends its own part of alpha: `positive` when the p-value is within that part.

    By the union bound the error over all looks is at most alpha whatever the dependence between them, as
    long as each look's p-value is valid. With the O'Brien-Fleming-like spending the last look keeps about
    85 % of alpha, so the bound costs little. Harm and futility only stop; they spend nothing.
    `final` is the fixed-sample p-value of the likely promise; `at` makes the one that reckons with another possible fall.
    """

    p_of: PValue
    alpha: float
    planned: int
    final: PValue
    likely_level: float = 0.0
    at: Callable[[float], PValue] | None = None
    """None: it doesn't reckon with falls."""
    spent: float = field(default=0.0, init=False)
    whole: float = field(default=1.0, init=False)
    end: Differences | None = field(default=None, init=False)
    before: float = field(default=0.0, init=False)
    """What the looks before the last spent."""

    def look(self, differences: Differences, *, last: bool) -> Look:
        n, mean = len(differences), differences.mean
        due = self.alpha if last else self._due(n)
        before, share = self.spent, max(due - self.spent, 0.0)
        self.spent = max(due, self.spent)
        p = self.p_of(differences) if n else 1.0
        outcome: Literal["continue", "positive", "futile", "harmful", "ended"] = "continue"
        if share > 0.0 and p <= share:
            outcome = "positive"
        elif n and mean < 0 and self.p_of(-differences) <= HARM_LEVEL:
            outcome = "harmful"
        elif last:
            outcome = "ended"
        elif is_futile(differences.values, self.planned, max(self.alpha, self.likely_level)):
            outcome = "futile"
        if last and n and outcome in ("positive", "ended"):
            self.end, self.before = differences, before
            self.whole = min(1.0, before + self.final(differences))
        elif outcome == "positive":
            self.whole = self.spent
        return Look(n=n, mean=mean, statistic=evidence(p), threshold=evidence(share), outcome=outcome)

    def _due(self, n: int) -> float:
        """Alpha spent by the time `n` conversations were looked at, before the end."""
        return 0.0 if self.planned < FEW_ITEMS else obrien_fleming(self.alpha, n / self.planned)

    def p_value(self, *, drop: float | None = None) -> float:
        """After a proven stop before the end: the alpha spent until then. At the end: the final p-value plus the
        alpha that the earlier looks spent. 1.0 where the trial was given up.

        Both are valid by the union bound: under H0 the earlier looks stop with a chance of at most what they spent,
        s, and the final p-value is at most x - s with a chance of at most x - s.
        """
        if drop is None or self.end is None:
            return self.whole
        return min(1.0, self.before + self.fixed(self.end, drop=drop))

    def fixed(self, differences: Differences, *, drop: float | None = None) -> float:
        if not len(differences):
            return 1.0
        return (self.final if drop is None or self.at is None else self.at(drop))(differences)
