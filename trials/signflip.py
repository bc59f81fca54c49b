"""The sign-flip test: if an edit changes nothing, each difference could as well have had the other sign."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr

from .differences import Differences
from .looks import LooksTest
from .protocol import SequentialTest

EXACT_UP_TO = 14
"""Up to this many non-zero differences every flip is counted; above, a saddlepoint approximation."""


def sign_flip_p_value(differences: NDArray[np.float64]) -> float:
    """The share of all sign patterns whose sum is at least the observed one (zeros never matter).

    Exact for few differences; else the Lugannani-Rice tail of the flips' sum, whose cumulant function is
    `sum log cosh(s |d|)`. Valid only where the differences are symmetric about 0 under H0.
    Source: Fisher 1935; Robinson 1982, JRSS-B 44 (saddlepoint for permutation tests).
    """
    sizes = np.abs(differences[np.abs(differences) > 1e-12])
    total = float(differences.sum())
    if total <= 1e-12:
        return 1.0
    if len(sizes) <= EXACT_UP_TO:
        sums = np.zeros(1)
        for size in sizes:
            sums = np.concatenate([sums - size, sums + size])
        return float((sums >= total - 1e-9).mean())
    if total >= float(sizes.sum()) - 1e-9:
        return float(0.5 ** len(sizes))
    sizes = sizes / float(sizes.max())
    total *= float(sizes.sum()) / float(np.abs(differences).sum())
    tilt = brentq(lambda s: float((sizes * np.tanh(s * sizes)).sum()) - total, 0.0, 50.0 / float(sizes.min()))
    cumulant = float((np.logaddexp(tilt * sizes, -tilt * sizes) - np.log(2.0)).sum())
    curvature = float((sizes**2 * (1.0 - np.tanh(tilt * sizes) ** 2)).sum())
    w = np.sqrt(max(2.0 * (tilt * total - cumulant), 0.0))
    u = tilt * np.sqrt(curvature)
    if w < 1e-4 or u < 1e-12:
        return 0.5
    return float(
        np.clip(ndtr(-w) + np.exp(-0.5 * w * w) / np.sqrt(2.0 * np.pi) * (1.0 / u - 1.0 / w), 0.0, 1.0)
    )


@dataclass(frozen=True, slots=True)
class SignFlip:
    """Group-sequential sign-flip test. Errs far too often where harm is rare and large (docs/trials.md)."""

    name: str = "signflip"
    blocks: int = 4

    def start(
        self,
        *,
        alpha: float,
        planned: int,
        max_drop: float = 1.0,  # noqa: ARG002
        likely_drop: float | None = None,  # noqa: ARG002
        likely_level: float = 0.0,
    ) -> SequentialTest:
        return LooksTest(_of_items, alpha, planned, final=_of_items, likely_level=likely_level)


def _of_items(differences: Differences) -> float:
    return sign_flip_p_value(differences.values)
