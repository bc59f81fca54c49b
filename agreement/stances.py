"""What one person makes of a proposal, and the exact interval of a share of people."""

from typing import Literal

from scipy.stats import binomtest

from ..errors import OptionError

Stance = Literal["support", "refute", "mixed", "silent"]
"""mixed: reasons on both sides; it takes no side, and is told apart from having said nothing of it."""


def clopper_pearson(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """The exact binomial interval (Clopper & Pearson 1934): whatever the truth, each side errs at most
    (1 - level) / 2. A share decides an adoption here, and among a handful of people Wilson's interval errs more
    often than it says.

    Raises OptionError for no trials, or more successes than trials.
    """
    if not 0 <= successes <= trials or trials < 1:
        raise OptionError(f"{successes} of {trials} is no share")
    interval = binomtest(successes, trials).proportion_ci(level, method="exact")
    return float(interval.low), float(interval.high)
