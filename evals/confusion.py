"""What a validator makes of labelled justifications: counts, recalls with intervals, and where its errors lean."""

from collections import Counter
from collections.abc import Iterable, Mapping
from math import sqrt
from typing import get_args

from ..agreement.stances import Stance, clopper_pearson
from ..records import Record

STANCES: tuple[Stance, ...] = get_args(Stance)
Interval = tuple[float | None, float | None, float | None]
"""A figure with the bounds of its two-sided 95 % interval; all None where there is nothing to tell by."""


class Confusion(Record):
    """Counts by right verdict, then by verdict given. What was not answered stands in `unanswered`."""

    counts: Mapping[str, Mapping[str, int]]
    unanswered: int = 0

    @classmethod
    def of(cls, pairs: Iterable[tuple[Stance, Stance | None]]) -> "Confusion":
        """From (right, given); None: no verdict came."""
        told = Counter(pairs)
        return cls(
            counts={right: {given: told[right, given] for given in STANCES} for right in STANCES},
            unanswered=sum(number for (_, given), number in told.items() if given is None),
        )

    @property
    def answered(self) -> int:
        return sum(sum(row.values()) for row in self.counts.values())

    @property
    def accuracy(self) -> Interval:
        """Share of the answered verdicts that are right."""
        return share_of(sum(self.counts[each][each] for each in STANCES), self.answered)

    def recall(self, stance: Stance) -> Interval:
        """Share of the justifications of one stance that are given it."""
        row = self.counts[stance]
        return share_of(row[stance], sum(row.values()))

    @property
    def lean_on_silent(self) -> Interval:
        """Of the silent: the share given support, minus the share given refute; -1 to 1, above 0 leans to support."""
        row = self.counts["silent"]
        return difference_of_shares(row["support"], row["refute"], sum(row.values()))

    @property
    def support_of_silent_errors(self) -> float | None:
        """Of the silent that are given a side: the share given support."""
        row = self.counts["silent"]
        sides = row["support"] + row["refute"]
        return row["support"] / sides if sides else None


def share_of(part: int, whole: int) -> Interval:
    """A share with its exact 95 % interval; all None of nothing."""
    return (part / whole, *clopper_pearson(part, whole)) if whole else (None, None, None)


def difference_of_shares(first: int, second: int, whole: int) -> Interval:
    """The difference of two shares of one sample that exclude each other, with its 95 % interval.

    Squares of the exact intervals' halves are added, with the correlation that two shares of one multinomial have
    (Newcombe 1998, Statistics in Medicine 17, method 10; Donner & Zou 2012 for the general case).
    """
    if not whole:
        return None, None, None
    (one, low1, high1), (other, low2, high2) = (
        (part / whole, *clopper_pearson(part, whole)) for part in (first, second)
    )
    odds = (1 - one) * (1 - other)
    related = -sqrt(one * other / odds) if odds > 0 else 0.0
    below = (one - low1) ** 2 - 2 * related * (one - low1) * (high2 - other) + (high2 - other) ** 2
    above = (high1 - one) ** 2 - 2 * related * (high1 - one) * (other - low2) + (other - low2) ** 2
    apart = one - other
    return apart, max(-1.0, apart - sqrt(below)), min(1.0, apart + sqrt(above))
