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


@dataclass(slots=True)
class LooksTest:
    """Each look spends its own part of alpha: `positive` when the p-value is within that part.

    By the union bound the error over all looks is at most alpha whatever the dependence between them, as
    long as each look's p-value is valid. With the O'Brien-Fleming-like spending the last look keeps about
    85 % of alpha, so the bound costs little. Harm and futility only stop; they spend nothing.
    `final` is the fixed-sample p-value of the likely promise, `company` that in the company of clear edits.
    """

    p_of: PValue
    alpha: float
    planned: int
    final: PValue
    likely_level: float = 0.0
    company: PValue | None = None
    """None: as `final`."""
    spent: float = field(default=0.0, init=False)
    whole: float = field(default=1.0, init=False)
    in_company: float = field(default=1.0, init=False)

    def look(self, differences: Differences, *, last: bool) -> Look:
        n, mean = len(differences), differences.mean
        due = obrien_fleming(self.alpha, 1.0 if last else n / max(self.planned, 1))
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
            self.whole = min(1.0, before + self.final(differences))
            self.in_company = min(1.0, before + (self.company or self.final)(differences))
        elif outcome == "positive":
            self.whole = self.in_company = self.spent
        return Look(n=n, mean=mean, statistic=evidence(p), threshold=evidence(share), outcome=outcome)

    def p_value(self, *, company: bool = False) -> float:
        """After a proven stop before the end: the alpha spent until then. At the end: the final p-value plus the
        alpha that the earlier looks spent. 1.0 where the trial was given up.

        Both are valid by the union bound: under H0 the earlier looks stop with a chance of at most what they spent,
        s, and the final p-value is at most x - s with a chance of at most x - s.
        """
        return self.in_company if company else self.whole

    def fixed(self, differences: Differences, *, company: bool = False) -> float:
        if not len(differences):
            return 1.0
        return (self.company or self.final if company else self.final)(differences)
