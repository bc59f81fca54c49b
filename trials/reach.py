"""How far agreement on a conversation may fall: what the guarded and the betting rule reckon with."""

from collections.abc import Sequence

DEFAULT_REACH = 0.35
"""Where the caller doesn't know better: the mean fall on panels shaped like CA-1 (docs/trials.md)."""

LEAST_REACH = 0.2


def expected_fall(current: Sequence[float], best: Sequence[float]) -> float:
    """The mean fall over a trial's conversations if each ranking turned out the worst there is, in [0.2, 1].

    `current` is the measured agreement on each, `best` that of the best single ranking. A ranking and its
    reverse agree with people to 1 in sum, ties and all, so the worst there is agrees to `1 - best` and the
    fall is `current + best - 1`. It takes the unseen conversation on which an edit does its worst to be
    an average one: an edit that wrecks just those where there is most to lose can fall further.
    Falls back on `DEFAULT_REACH` where nothing is known.
    """
    if not current or not best:
        return DEFAULT_REACH
    fall = sum(current) / len(current) + sum(best) / len(best) - 1.0
    return min(max(fall, LEAST_REACH), 1.0)
