"""Partial pooling: figures of groups drawn towards each other as far as their noise says, so that small ones don't shout."""

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr
from scipy.stats import chi2

from ..errors import OptionError
from ..records import Record

Floats = NDArray[np.float64]

SCALE = 0.10
"""Groups are taken to differ by about so much (sd, in agreement) before anything is seen: 10 points."""
_STEPS = 400
_DRAWS = 4000


class PooledGroup(Record):
    """One group's figure, given what all groups say."""

    estimate: float
    """The posterior mean."""
    low: float
    """95 % interval (equal tails); `high` likewise."""
    high: float
    at_most_zero: float
    """The chance that the group's true figure is 0 or below."""
    lowest: float
    """The chance that it is the lowest of all groups; 0 where it wasn't asked for."""


class Pooled(Record):
    """Groups pooled partially, and whether they differ at all."""

    mean: float
    """What groups come to in the mean; `low` and `high` its 95 % interval."""
    low: float
    high: float
    spread: float
    """The sd of the groups' true figures, its posterior mean."""
    p_value: float
    """Of H0: all groups are alike (Cochran's Q, chi-squared on one degree of freedom fewer than groups)."""
    groups: Mapping[str, PooledGroup]


def pooled(
    means: Mapping[str, float],
    covariance: Floats,
    *,
    scale: float | None = SCALE,
    seed: int = 0,
    places: bool = True,
) -> Pooled:
    """The normal-normal model: group means y ~ N(theta, S) with S known, theta_i ~ N(mu, tau^2).

    `covariance` (k, k) is S, in the order of `means`; groups that share conversations have means that move together.
    mu has a flat prior and tau a half-normal one of sd `scale` (None: flat, which needs three groups or more); tau is
    averaged over, not fitted (`places` False leaves out who is the lowest, which takes draws), so that few groups are not pooled as if their spread were known. Source: Gelman et al. 2013,
    Bayesian Data Analysis, sections 5.4 and 5.5 (there with S diagonal); the half-normal prior: Röver et al. 2021,
    Research Synthesis Methods 12. Raises OptionError for fewer than two groups, or a variance of 0.
    """
    names = list(means)
    y = np.array([means[name] for name in names], dtype=np.float64)
    if len(y) < 2:
        raise OptionError("groups are pooled with each other: give at least two")
    if covariance.shape != (len(y), len(y)) or not (np.diag(covariance) > 0).all():
        raise OptionError("each group needs a variance above 0")
    taus = _grid(y, covariance, scale)
    weights, centres, spreads, mu, mu_sd = _posterior(y, covariance, taus, scale)
    estimates = weights @ centres
    lows, highs = (_quantile(weights, centres, spreads, level) for level in (0.025, 0.975))
    zero = weights @ ndtr(-centres / spreads)
    lowest = _lowest(y, covariance, taus, weights, seed) if places else np.zeros(len(y))
    low, high = (float(_quantile(weights, mu[:, None], mu_sd[:, None], level)[0]) for level in (0.025, 0.975))
    return Pooled(
        mean=float(weights @ mu),
        low=low,
        high=high,
        spread=float(weights @ taus),
        p_value=alike(y, covariance),
        groups={
            name: PooledGroup(
                estimate=float(estimates[i]), low=float(lows[i]), high=float(highs[i]),
                at_most_zero=float(zero[i]), lowest=float(lowest[i]),
            )
            for i, name in enumerate(names)
        },
    )  # fmt: skip


def alike(means: Floats, covariance: Floats) -> float:
    """The p-value of Cochran's Q (1954, Biometrics 10), generalised to means that move together."""
    inverse = np.linalg.pinv(covariance)
    total = float(inverse.sum())
    centre = float(inverse.sum(axis=0) @ means) / total
    away = means - centre
    return float(chi2.sf(float(away @ inverse @ away), len(means) - 1))


class MomentFit(Record):
    """The spread of groups by the method of moments, and what it makes of their mean."""

    q: float
    tau2: float
    mean: float
    se: float


def dersimonian_laird(means: Sequence[float], variances: Sequence[float]) -> MomentFit:
    """tau^2 by moments from independent means with known variances (DerSimonian & Laird 1986, Controlled Clinical
    Trials 7): quick, and 0 where the groups differ by no more than their noise.
    """
    y, v = np.asarray(means, dtype=np.float64), np.asarray(variances, dtype=np.float64)
    w = 1.0 / v
    centre = float(w @ y / w.sum())
    q = float(w @ (y - centre) ** 2)
    tau2 = max(0.0, (q - (len(y) - 1)) / float(w.sum() - (w**2).sum() / w.sum()))
    again = 1.0 / (v + tau2)
    return MomentFit(q=q, tau2=tau2, mean=float(again @ y / again.sum()), se=float(again.sum()) ** -0.5)


def _grid(y: Floats, covariance: Floats, scale: float | None) -> Floats:
    """Values of tau, denser towards 0, as far out as anything speaks for."""
    reach = float(np.ptp(y)) + 3.0 * float(np.sqrt(np.diag(covariance)).max())
    top = 6.0 * reach if scale is None else min(6.0 * reach, 6.0 * scale) or 6.0 * scale
    return np.asarray(top * np.linspace(0.0, 1.0, _STEPS) ** 2)


def _posterior(
    y: Floats, covariance: Floats, taus: Floats, scale: float | None
) -> tuple[Floats, Floats, Floats, Floats, Floats]:
    """Over the grid: its weights (T), each theta's mean and sd (T, k), and those of mu (T)."""
    k = len(y)
    ones = np.ones(k)
    logs, centres, spreads, mus, mu_sds = [], [], [], [], []
    for tau in taus.tolist():
        total = covariance + tau**2 * np.eye(k)
        inverse = np.linalg.inv(total)
        known = float(ones @ inverse @ ones)
        mu = float(ones @ inverse @ y) / known
        away = y - mu
        _, size = np.linalg.slogdet(total)
        log = -0.5 * (size + float(np.log(known)) + float(away @ inverse @ away))
        logs.append(log if scale is None else log - 0.5 * (tau / scale) ** 2)
        kept = tau**2 * inverse
        left = ones - kept @ ones
        centres.append(mu + kept @ away)
        variance = tau**2 - np.diag(tau**2 * kept) + left**2 / known
        spreads.append(np.sqrt(np.maximum(variance, 1e-18)))
        mus.append(mu)
        mu_sds.append(known**-0.5)
    steps = np.gradient(taus)
    weights = np.exp(np.array(logs) - max(logs)) * steps
    return (
        np.asarray(weights / weights.sum()), np.array(centres), np.array(spreads), np.array(mus), np.array(mu_sds)
    )  # fmt: skip


def _quantile(weights: Floats, centres: Floats, spreads: Floats, level: float) -> Floats:
    """(k,): of mixtures of normals, by bisection."""
    low = (centres - 10 * spreads).min(axis=0)
    high = (centres + 10 * spreads).max(axis=0)
    for _ in range(60):
        middle = (low + high) / 2
        under = weights @ ndtr((middle - centres) / spreads) < level
        low, high = np.where(under, middle, low), np.where(under, high, middle)
    return np.asarray((low + high) / 2)


def _lowest(y: Floats, covariance: Floats, taus: Floats, weights: Floats, seed: int) -> Floats:
    """(k,): how often each group is the lowest, over draws of all groups together."""
    rng = np.random.default_rng(seed)
    k = len(y)
    counts = np.zeros(k)
    for index, times in zip(
        *np.unique(rng.choice(len(taus), _DRAWS, p=weights), return_counts=True), strict=True
    ):
        tau = float(taus[index])
        inverse = np.linalg.inv(covariance + tau**2 * np.eye(k))
        known = float(inverse.sum())
        mu = float(inverse.sum(axis=0) @ y) / known
        kept = tau**2 * inverse
        left = np.ones(k) - kept @ np.ones(k)
        spread = tau**2 * np.eye(k) - tau**2 * kept + np.outer(left, left) / known
        drawn = rng.multivariate_normal(mu + kept @ (y - mu), spread, size=int(times), method="eigh")
        # Groups that are pooled into one share the lowest place by chance.
        drawn += 1e-12 * rng.normal(size=drawn.shape)
        counts += np.bincount(drawn.argmin(axis=1), minlength=k)
    return np.asarray(counts / _DRAWS)
