"""People as a random factor of a trial: would other people see the gain as well?"""

from math import isnan, sqrt

import numpy as np
from scipy.special import ndtr, ndtri
from scipy.stats import t as student

from ..agreement.intervals import Clusters, effective_number, two_way
from .differences import Differences
from .signflip import sign_flip_p_value

FEW_PEOPLE = 12


def people_p_value(differences: Differences) -> float:
    """A one-sided p-value of H0: the expected difference, over items and people, is at most 0.

    The larger of two:

    - Student's t on the two-way cluster variance (conversations and people), with Satterthwaite's degrees of
      freedom (`agreement.intervals.two_way`);
    - a sign-flip test over people, whose variance is widened by what conversations add. Each person's share in the mean
      keeps or changes its sign; with P people no less than 2^-P comes out. It is exact where an edit moves half of the
      people up and half down, which the t test is not among few of them.

    0.0 where nothing is known of people (a world with none): then items alone decide. 1.0 with one person.
    What it doesn't cover is a small minority of people who lose much, unless the sample holds some of them.
    Source: Cameron, Gelbach & Miller 2011, Journal of Business & Economic Statistics 29; Fisher 1935.
    """
    clusters = clusters_of(differences)
    if clusters is None:
        return 0.0
    assert differences.cell is not None
    shares = clusters.macro_shares()
    spread = two_way(differences.cell, shares, clusters)
    if spread is None or np.isnan(spread.variance) or spread.mean <= 0.0:
        return 1.0
    totals = np.bincount(clusters.participant, shares * differences.cell).astype(np.float64)
    flipped = sign_flip_p_value(totals)
    if flipped >= 0.5:
        return 1.0
    people = spread.mean / -float(ndtri(max(flipped, 1e-300)))
    widened = float(ndtr(-spread.mean / sqrt(people**2 + spread.conversations_beyond_cells)))
    if spread.variance <= 0.0:
        return widened
    return max(widened, float(student.sf(spread.mean / sqrt(spread.variance), spread.freedom)))


def clusters_of(differences: Differences) -> Clusters | None:
    """The cells of a trial's differences as clusters; None for a world with no people, or no differences."""
    if differences.item is None or differences.person is None or differences.weight is None:
        return None
    _, person = np.unique(differences.person, return_inverse=True)
    return Clusters(
        differences.item, person.astype(np.intp), np.arange(len(differences.item)), differences.weight
    )


def effective_people(differences: Differences) -> float | None:
    """Kish's effective number of the people behind the differences; None for a world with no people."""
    clusters = clusters_of(differences)
    if clusters is None:
        return None
    votes = np.bincount(clusters.participant, clusters.macro_shares())
    return effective_number(votes.astype(np.float64))


def standard_error(found: Differences) -> tuple[float | None, float | None]:
    """Of the mean difference, items and people both drawn anew, with its degrees of freedom; None for no items.

    Few differences that happen to be alike don't make it small: the deviation of items is at least 5 points.
    """
    n = len(found)
    if not n:
        return None, None
    if n == 1:
        return 1.0, 1.0
    se, df = max(float(np.std(found.values, ddof=1)), 0.05) / sqrt(n), n - 1.0
    clusters = clusters_of(found)
    if clusters is None or found.cell is None:
        return se, df
    spread = two_way(found.cell, clusters.macro_shares(), clusters)
    if spread is None or isnan(spread.variance):
        return se, df
    return (sqrt(spread.variance), spread.freedom) if spread.variance > se**2 else (se, df)


def few_people(people: float, *, level: float) -> str | None:
    """What to tell a user whose trial rests on `people` (an effective number), before its first call.

    None from 12 people on. `level` is the p-value that the trial needs at best.
    """
    if people >= FEW_PEOPLE:
        return None
    if not can_pass(people, level=level):
        return (
            f"The set rests on about {people:.1f} people, too few to tell an edit that all people gain by from "
            f"one that half of them do, at the level {level:.2g}: it isn't tried. Ask more people."
        )
    return (
        f"The set rests on about {people:.1f} people: what holds for them may not hold for others "
        f"(from {FEW_PEOPLE} on the error is as stated)."
    )


def can_pass(people: float, *, level: float) -> bool:
    """Whether a trial with so many people (an effective number) can reach a p-value of `level` at all."""
    return bool(0.5**people <= level)
