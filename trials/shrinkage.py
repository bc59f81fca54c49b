"""What an edit is worth, given all that a run tried: the winner's luck taken off."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
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

    def below(self, which: int, x: float) -> float:
        sd = np.maximum(self.sd[which], 1e-12)
        return float(self.share[which] @ ndtr((x - self.mean[which]) / sd))

    def quantile(self, which: int, level: float) -> float:
        return float(brentq(lambda x: self.below(which, x) - level, -1.5, 1.5, xtol=1e-6))

    def told(self, which: int) -> Shrunken:
        no = self.share[which][0] + float(
            self.share[which][1:] @ ndtr(-self.mean[which][1:] / self.sd[which][1:])
        )
        return Shrunken(
            effect=float(self.share[which] @ self.mean[which]),
            low=self.quantile(which, 0.025),
            high=self.quantile(which, 0.975),
            no_improvement=min(max(float(no), 0.0), 1.0),
        )


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
    posterior = _Posterior(share, shrinkage * means[:, None], np.sqrt(shrinkage) * ses[:, None])
    return {name: posterior.told(which) for which, name in enumerate(names)}


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
