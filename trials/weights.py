"""How a round's share of alpha is split over its trials: more to those that are likelier to pass."""

from collections.abc import Sequence
from math import sqrt

from ..errors import OptionError

FLOOR = 0.3
"""What each trial keeps of an even share, whatever its screen said."""


def predicted_power(
    gain: float, screened: int, planned: int, *, sd: float = 0.15, prior_sd: float = 0.05
) -> float:
    """The z statistic that a trial on `planned` conversations is expected to reach: screen gain times root n.

    `gain` is the mean difference of the screen over `screened` conversations, none of them in the trial. It is
    shrunk towards 0 by the prior sd of effects, and is 0 where it is negative.
    """
    if planned < 1 or screened < 1:
        return 0.0
    kept = prior_sd**2 / (prior_sd**2 + sd**2 / screened)
    return max(kept * gain, 0.0) * sqrt(planned) / sd


def weights(powers: Sequence[float], *, shares: float | None = None, floor: float = FLOOR) -> list[float]:
    """Weights of trials that begin together, in proportion to `powers` over a floor; they sum to `shares`.

    `powers` are 0 or more and known before the trials' first call. `shares` (by default one a trial) is how many of
    the run's declared trials they take up together. A trial at alpha_j = weight_j alpha / max_trials spends its
    part; by the union bound the sum is what even shares would spend. For false discovery rates, p-values are divided
    by the weights. Source: Genovese, Roeder & Wasserman 2006, Biometrika 93.
    Raises OptionError for a floor outside [0, 1] or a negative power.
    """
    if not 0.0 <= floor <= 1.0 or any(power < 0.0 for power in powers):
        raise OptionError("the floor of weights must lie within 0 and 1, and no power be below 0")
    if not powers:
        return []
    each = (len(powers) if shares is None else shares) / len(powers)
    mean = sum(powers) / len(powers)
    if mean <= 0.0:
        return [each] * len(powers)
    return [each * (floor + (1.0 - floor) * power / mean) for power in powers]
