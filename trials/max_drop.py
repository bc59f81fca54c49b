"""How far agreement may fall, reckoned per trial from its own people before the first call.

A ranking and its reverse agree with people to 1 in sum, ties and all. So the worst that a text can do to a
conversation is `1 - best`, where `best` is the agreement of the best single ranking, and the possible fall is
`current + best - 1`.

An edit may help most conversations a little and wreck a few of those with the most to lose. A sample that
happens to hold none of these looks like a gain. Each promise names what it reckons with:

- *proven* (`max_drop`): a share of 1 - alpha^(1/n) of all conversations is missed by n of them with a chance of
  alpha. If a larger share is struck, too few trials miss it; if a smaller one, the gain that balances it is too small to
  pass. So it is enough to reckon with the mean fall of that share, taken where there is most to lose. This keeps the
  level for every two-point attack, whichever conversations it strikes.
- *likely* (`likely_drop`): harm of any frequency as deep as 15 points, and deeper harm where it is rare (6 conversations
  in 100), aimed at those with the most to lose: as deep as the mean fall of the deepest eighth. A set of 60 misses such
  harm one time in 40, and a gain that balances it is small; so small gains take more evidence, and large gains on few
  conversations can still be found. It does not cover deep harm on more conversations than that, which a small set may
  miss.

Neither covers a set whose conversations are unlike those that the edit will meet, nor harm outside the set
(the regression check looks there).
"""

from math import ceil

import numpy as np
from numpy.typing import NDArray

LEAST_DROP = 0.25
"""Less is not believed by *proven*, unless no conversation allows as much."""
LEAST_LIKELY = 0.15
"""The same for *likely*: a set of under 25 can't hold a small gain against deeper harm (`concord eval null --shape sixty`)."""
RARE = 0.06
AIM = 0.125
"""Likely: deep harm is reckoned with on a share `RARE` of conversations, as deep as the mean fall of the deepest `AIM`."""


def possible_falls(current: NDArray[np.float64], best: NDArray[np.float64]) -> NDArray[np.float64]:
    """`current + best - 1` per conversation, within [0, 1].

    `current` is the agreement measured under the current text (where it wasn't, give `best`), `best` that of the
    best single ranking.
    """
    return np.clip(np.asarray(current) + np.asarray(best) - 1.0, 0.0, 1.0)


def max_drop(falls: NDArray[np.float64], *, alpha: float, planned: int) -> float:
    """What a *proven* trial at level `alpha` over `planned` conversations reckons with, in (0, 1].

    `falls` are the possible falls of all conversations that the trial's set is drawn from: those drawn alone would
    miss the deep ones together with the harm. 1.0 where nothing is known.
    """
    if not len(falls) or planned < 1:
        return 1.0
    share = 1.0 - alpha ** (1.0 / planned)
    return _within(_deepest(falls, share), falls, LEAST_DROP)


def likely_drop(falls: NDArray[np.float64], *, level: float, planned: int) -> float:
    """What a *likely* trial over `planned` conversations reckons with, in (0, 1].

    `level` is the p-value that a first adoption takes (`likely.likely_level`). With share e of conversations missed by
    chance `level`, harm of depth D on a share s < e is passed for a gain only if the bound is under D odds(s) / odds(e).
    1.0 where nothing is known.
    """
    if not len(falls) or planned < 1:
        return 1.0
    rarity = min(1.0, RARE / (1.0 - RARE) / missed_odds(level, planned))
    return _within(deepest(falls) * rarity, falls, LEAST_LIKELY)


def deepest(falls: NDArray[np.float64]) -> float:
    """The mean of the deepest `AIM` of the possible falls; 1.0 where nothing is known."""
    return _deepest(falls, AIM) if len(falls) else 1.0


def missed_odds(level: float, planned: int) -> float:
    """The odds of the share of conversations that a set of `planned` misses with chance `level`."""
    hit: float = level ** (1.0 / planned)
    return (1.0 - hit) / hit


def _deepest(falls: NDArray[np.float64], share: float) -> float:
    """The mean of the deepest `share` of the falls, of one at the least."""
    return float(np.sort(falls)[::-1][: max(1, ceil(share * len(falls)))].mean())


def _within(drop: float, falls: NDArray[np.float64], least: float) -> float:
    """At least `least`, as far as any conversation allows it."""
    return max(drop, min(least, float(falls.max())), 1e-3)
