"""Support corrected for a validator that errs: prediction-powered inference on labelled justifications.

A model's verdicts are there for all people; for some, drawn at random, there are labels (from a reviewer, or from the
person). The model's errors are measured on the labelled and taken off the rest, whatever way they lean.
"""

from collections.abc import Callable, Mapping, Sequence
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.stats import t as student

from ..records import Record
from .stances import Stance, clopper_pearson

Floats = NDArray[np.float64]
_SIGNS: Mapping[Stance, float] = {"support": 1.0, "refute": -1.0}
"""Who is mixed takes no side, as who is silent."""

LEAST_LABELS = 10
"""With fewer labels the corrected share is not used: their own errors can't be told."""


class Corrected(Record):
    """The share in support among side-takers, corrected by labels, with its two-sided interval."""

    share: float
    low: float
    high: float
    labels: int
    tuning: float
    """How far the model's verdicts are relied on (lambda of PPI++): 0 uses the labels alone, 1 takes them in full."""

    @property
    def passes(self) -> bool:
        return self.low > 0.5


def corrected_support(
    verdicts: Mapping[str, Stance], labels: Mapping[str, Stance], *, level: float = 0.95
) -> Corrected | None:
    """The corrected share. `verdicts` holds the model's stance on each person, `labels` the true one on some of them.

    The share t solves E[s - t (s + r)] = 0, with s and r 1 for support and refute. At each t the prediction-powered
    mean of s - t (s + r) is tested against 0; the interval is what isn't rejected (Fieller's way, which holds where
    few take a side). Its variance is that of the labelled's remainders and of the others' predictions; two labels are
    added that err one way and the other, since a few labels without an error don't prove that there are none.
    None under `LEAST_LABELS` labels, or where nobody labelled takes a side.
    Source: Angelopoulos, Bates, Fannjiang, Jordan & Zrnic 2023, Science 382; Angelopoulos, Duchi & Zrnic 2023, arXiv
    2311.01453 (PPI++, power tuning); the added labels as in Agresti & Coull 1998, American Statistician 52.
    """
    known = [person for person in verdicts if person in labels]
    others = [person for person in verdicts if person not in labels]
    truth = _signs([labels[person] for person in known])
    if len(known) < LEAST_LABELS or not (truth != 0).any():
        return None
    told = _signs([verdicts[person] for person in known])
    rest = _signs([verdicts[person] for person in others])
    tuning = _tuning(truth, told, rest)
    quantile = float(student.ppf(0.5 + level / 2, len(known) - 1))

    def ratio(share: float) -> float:
        mean, variance = _powered(truth, told, rest, share, tuning)
        return mean / sqrt(variance)

    share = _root(lambda t: _powered(truth, told, rest, t, tuning)[0])
    low = _root(lambda t: ratio(t) - quantile)
    high = _root(lambda t: ratio(t) + quantile)
    return Corrected(
        share=share, low=min(low, share), high=max(high, share), labels=len(known), tuning=tuning
    )


def surviving_lean(support: int, refute: int, silent: int) -> float | None:
    """Which lean a pass would survive without labels: the largest share of the truly silent people who may have been
    counted as support by mistake, within [0, 1], at which the exact lower bound is still over 1/2.

    Were x of those counted as support in truth silent, the validator would lean by x / (silent + x). None where it
    doesn't pass as counted.
    """
    if support + refute == 0 or clopper_pearson(support, support + refute)[0] <= 0.5:
        return None
    wrong = 0
    while wrong < support and clopper_pearson(support - wrong - 1, support - wrong - 1 + refute)[0] > 0.5:
        wrong += 1
    return wrong / (silent + wrong) if silent + wrong else 0.0


def _signs(stances: Sequence[Stance]) -> Floats:
    return np.array([_SIGNS.get(stance, 0.0) for stance in stances], dtype=np.float64)


def _score(signs: Floats, share: float) -> Floats:
    """s - t (s + r) of each person."""
    return np.asarray(np.where(signs > 0, 1.0 - share, np.where(signs < 0, -share, 0.0)))


def _tuning(truth: Floats, told: Floats, rest: Floats) -> float:
    """PPI++'s lambda for E[s - r], shrunk towards 0 by the two added labels; 0 where the model says one thing."""
    if not rest.size:
        return 0.0
    every = np.concatenate([told, rest])
    n = len(truth) + 2
    covariance = float(((truth - truth.mean()) * (told - told.mean())).sum()) / (n - 1)
    spread = float(every.var()) * (1.0 + len(truth) / len(rest))
    return min(max(covariance / spread, 0.0), 1.0) if spread > 0 else 0.0


def _powered(truth: Floats, told: Floats, rest: Floats, share: float, tuning: float) -> tuple[float, float]:
    """The prediction-powered mean of s - t (s + r), and its variance."""
    predicted = _score(rest, share) if rest.size else np.zeros(1)
    left = _score(truth, share) - tuning * _score(told, share)
    mean = float(left.mean()) + tuning * float(predicted.mean())
    padded = np.concatenate([left, left.mean() + np.array([0.5, -0.5])])
    variance = float(padded.var(ddof=1)) / len(left)
    if rest.size > 1:
        variance += tuning**2 * float(predicted.var(ddof=1)) / len(rest)
    return mean, max(variance, 1e-12)


def _root(function: Callable[[float], float]) -> float:
    """Where a falling function of a share crosses 0, cut to [0, 1]."""
    low, high = function(0.0), function(1.0)
    if low <= 0.0:
        return 0.0
    if high >= 0.0:
        return 1.0
    return float(brentq(function, 0.0, 1.0, xtol=1e-9))
