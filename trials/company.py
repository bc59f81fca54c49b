"""How rare deep harm is by what a run's own trials show, and what *likely* then reckons with.

An edit may help most conversations a little and wreck a few. Its own set may happen to hold none of the few, so a trial
taken alone reckons with some that were not seen (`max_drop.likely_drop`: up to 6 conversations in 100). But the edits of
a run have an author, a spec and a panel in common, and their trials look at hundreds of conversations. Where such edits
are common, the wrecked conversations stand in the other trials; where they don't, so many are not there to be missed.
So beside its own p-value each trial has one in company, that reckons with deep falls as frequent as the run's trials
leave open, by the upper limit of their share (Clopper & Pearson 1934). It is no larger than the trial's own.

What this doesn't cover: one edit that wrecks more than the others of its run. In a run of 40 trials it stands beside
39 that don't, and passes by luck as seldom as its set misses all that it wrecks.
"""

from collections.abc import Sequence

from scipy.stats import beta

from .deep_falls import DEPTHS
from .evidence import Evidence
from .max_drop import missed_odds

SURE = 0.95
DROPS = (0.20, 0.25, 0.30, 0.40, 0.50)
"""Falls at which a trial's p-value is written down; what is reckoned with is rounded up to one of them."""


def drops_below(drop: float) -> tuple[float, ...]:
    """Those of `DROPS` that are less than what the trial alone reckons with."""
    return tuple(each for each in DROPS if each < drop)


def shares(evidence: Sequence[Evidence]) -> tuple[float, ...]:
    """Of each of `DEPTHS` the share of conversations that may fall so deep, within (0, 1], over a run's trials."""
    counted = [one for one in evidence if one.deep_falls is not None]
    items = sum(one.n for one in counted)
    falls = [sum(one.deep_falls[place] for one in counted if one.deep_falls) for place in range(len(DEPTHS))]
    return tuple(upper_limit(count, items) for count in falls)


def upper_limit(count: int, of: int) -> float:
    """The one-sided 95 % upper limit of a share. Source: Clopper & Pearson 1934, Biometrika 26."""
    return 1.0 if count >= of else float(beta.ppf(SURE, count + 1, of - count))


def reckoned(one: Evidence, share: Sequence[float], *, level: float) -> float:
    """How far a difference of this trial may fall, by these shares; at least the first of `DROPS`.

    With odds o(s) of the share s and odds o(e) of the share e that its set misses with chance `level`, harm of depth D on s < e is
    passed for a gain only if the bound is under D o(s) / o(e), as in `likely_drop`.
    """
    missed = missed_odds(level, one.planned or one.n)
    deepest = max(one.deepest, DEPTHS[-1])
    found = [
        min(one.deepest, depth) * min(1.0, each / max(1.0 - each, 1e-9) / missed)
        for each, depth in zip(share, (*DEPTHS[1:], deepest), strict=True)
    ]
    return max(*found, DROPS[0])


def in_company(evidence: Sequence[Evidence], *, level: float) -> list[float]:
    """Each trial's p-value in the company of all. `level`: the p-value that a first adoption takes."""
    share = shares(evidence)
    return [one.p_at(reckoned(one, share, level=level)) for one in evidence]
