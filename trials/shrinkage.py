"""What an edit is worth, given all that a run tried: the winner's luck taken off."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri
from scipy.stats import t as student

from ..records import Record
from .evidence import Evidence

Floats = NDArray[np.float64]

NONE_AT_ALL = (0.1, 0.3, 0.5, 0.7, 0.9)
"""Shares of edits that change nothing, tried by the prior."""
SMALL_AMONG = (0.3, 0.6, 0.9)
SMALL_SD = 0.025
LARGE_SDS = (0.04, 0.07, 0.11, 0.16)


class Shrunken(Record):
    """An edit's effect on the conversations that it touches, as the whole run makes it likely."""

    effect: float
    """The posterior mean, within [-1, 1]."""
    low: float
    """95 % interval (equal tails); `high` likewise."""
    high: float
    no_improvement: float
    """The chance that the effect is 0 or below (Stephens' local false sign rate), within [0, 1]."""


@dataclass(frozen=True, slots=True)
class _Posterior:
    """A mixture of normals for each of T effects; the first component is the point 0."""

    share: Floats
    """(T, K)"""
    mean: Floats
    sd: Floats

    def below(self, x: Floats) -> Floats:
        """(T,): the chance that each effect is at most `x` (T,)."""
        return np.asarray(
            (self.share * ndtr((x[:, None] - self.mean) / np.maximum(self.sd, 1e-12))).sum(axis=1)
        )

    def quantile(self, level: float) -> Floats:
        """(T,), by bisection."""
        low, high = np.full(len(self.share), -1.5), np.full(len(self.share), 1.5)
        for _ in range(24):
            middle = (low + high) / 2
            under = self.below(middle) < level
            low, high = np.where(under, middle, low), np.where(under, high, middle)
        return np.asarray((low + high) / 2)

    def no_improvement(self) -> Floats:
        """(T,): the point 0 counts in full."""
        spread = (self.share[:, 1:] * ndtr(-self.mean[:, 1:] / self.sd[:, 1:])).sum(axis=1)
        return np.asarray(np.clip(self.share[:, 0] + spread, 0.0, 1.0))


def no_improvement(evidence: Sequence[Evidence]) -> dict[str, float]:
    """`Shrunken.no_improvement` of each proposal, and nothing else: fast."""
    if not evidence:
        return {}
    posterior, names = _posterior(evidence)
    return dict(zip(names, posterior.no_improvement().tolist(), strict=True))


def shrink(evidence: Sequence[Evidence]) -> dict[str, Shrunken]:
    """The shrunken effect of each proposal, from all trials of a run: those that failed tell what to expect.

    The prior of an effect is a mixture: none at all, a small one (normal, sd 2.5 points), a large one. Its shares and
    the spread of the large ones are not fixed but averaged over a grid, each point weighed by how well it
    explains all trials of the run; so a run of few trials is not read as if the prior were known. Several trials of one
    proposal are pooled. Stopping early changes nothing, for the posterior depends on what was seen alone.
    Source: Stephens 2017, Biostatistics 18 (adaptive shrinkage, local false sign rates); hyperparameters integrated
    out instead of fitted, as in Efron 2016, Biometrika 103, section 5.
    """
    if not evidence:
        return {}
    posterior, names = _posterior(evidence)
    effects = (posterior.share * posterior.mean).sum(axis=1)
    lows, highs = (posterior.quantile(level) for level in (0.025, 0.975))
    figures = zip(
        effects.tolist(), lows.tolist(), highs.tolist(), posterior.no_improvement().tolist(), strict=True
    )
    return {
        name: Shrunken(effect=effect, low=low, high=high, no_improvement=none)
        for name, (effect, low, high, none) in zip(names, figures, strict=True)
    }


def _posterior(evidence: Sequence[Evidence]) -> tuple[_Posterior, list[str]]:
    means, ses, names = _pooled(evidence)
    sds = np.array([0.0, SMALL_SD, *LARGE_SDS])
    variance = ses[:, None] ** 2 + sds**2
    log = -0.5 * np.log(variance) - 0.5 * means[:, None] ** 2 / variance
    likelihood = np.exp(log - log.max(axis=1, keepdims=True))
    priors = np.array([_prior(*each) for each in product(NONE_AT_ALL, SMALL_AMONG, range(len(LARGE_SDS)))])
    told = likelihood @ priors.T
    belief = np.log(told).sum(axis=0)
    belief = np.exp(belief - belief.max())
    belief /= belief.sum()
    share = likelihood * ((belief / told) @ priors)
    shrinkage = sds**2 / variance
    return _Posterior(share, shrinkage * means[:, None], np.sqrt(shrinkage) * ses[:, None]), names


def _pooled(evidence: Sequence[Evidence]) -> tuple[Floats, Floats, list[str]]:
    """Mean and standard error per proposal, its trials weighed by their precision.

    Standard errors of few degrees of freedom are widened to those of a normal with the same 95 % interval.
    """
    found: dict[str, list[tuple[float, float]]] = {}
    for one in evidence:
        wide = one.se * float(student.ppf(0.975, one.df)) / float(ndtri(0.975))
        found.setdefault(one.proposal, []).append((one.mean, max(wide, 1e-6) ** -2))
    means = [
        sum(mean * precision for mean, precision in each) / sum(p for _, p in each) for each in found.values()
    ]
    ses = [sum(precision for _, precision in each) ** -0.5 for each in found.values()]
    return np.array(means), np.array(ses), list(found)


def _prior(none: float, small: float, large: int) -> Floats:
    prior = np.zeros(2 + len(LARGE_SDS))
    prior[0], prior[1], prior[2 + large] = none, (1 - none) * small, (1 - none) * (1 - small)
    return prior
