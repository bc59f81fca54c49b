"""Partial pooling of groups, against values that others worked out."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from concord.agreement.pooling import alike, dersimonian_laird, pooled
from concord.errors import OptionError

SCHOOLS = dict(zip("ABCDEFGH", (28.0, 8.0, -3.0, 7.0, -1.0, 1.0, 18.0, 12.0), strict=True))
SCHOOL_SDS = (15.0, 10.0, 16.0, 11.0, 9.0, 11.0, 10.0, 18.0)
"""The eight schools of Rubin 1981, as in Bayesian Data Analysis, table 5.2."""
VACCINE = (
    (4, 119, 11, 128), (6, 300, 29, 274), (3, 228, 11, 209), (62, 13536, 248, 12619), (33, 5036, 47, 5761),
    (180, 1361, 372, 1079), (8, 2537, 10, 619), (505, 87886, 499, 87892), (29, 7470, 45, 7232), (17, 1699, 65, 1600),
    (186, 50448, 141, 27197), (5, 2493, 3, 2338), (27, 16886, 29, 17825),
)  # fmt: skip
"""Trials of the BCG vaccine (Colditz et al. 1994): cases and others, vaccinated and not."""


def test_the_eight_schools_come_out_as_in_the_book() -> None:
    found = pooled(SCHOOLS, np.diag(np.square(SCHOOL_SDS)), scale=None)
    # Table 5.3 tells the median and the ends of 95 % intervals from 200 draws: to within a few points.
    medians = {"A": 10, "B": 8, "C": 7, "D": 8, "E": 5, "F": 6, "G": 10, "H": 8}
    for name, median in medians.items():
        assert found.groups[name].estimate == pytest.approx(median, abs=1.6)
    assert (found.groups["A"].low, found.groups["A"].high) == pytest.approx((-2, 31), abs=3)
    assert found.mean == pytest.approx(8, abs=0.3)
    assert max(found.groups, key=lambda name: found.groups[name].lowest) == "E"


def test_two_groups_agree_with_an_integral_worked_out_another_way() -> None:
    y, sds, scale = (0.70, 0.60), (0.02, 0.05), 0.1

    # With mu integrated out, theta_1 - theta_2 alone is informed: d ~ N(y1 - y2, s1^2 + s2^2), prior N(0, 2 tau^2).
    def of_tau(tau: float, power: int) -> float:
        seen = sds[0] ** 2 + sds[1] ** 2
        density = norm.pdf(y[0] - y[1], scale=(seen + 2 * tau**2) ** 0.5) * norm.pdf(tau, scale=scale)
        kept = 2 * tau**2 / (seen + 2 * tau**2)
        return float(density * (kept * (y[0] - y[1])) ** power)

    difference = quad(of_tau, 0, 1, args=(1,))[0] / quad(of_tau, 0, 1, args=(0,))[0]
    found = pooled(dict(zip("ab", y, strict=True)), np.diag(np.square(sds)), scale=scale)
    assert found.groups["a"].estimate - found.groups["b"].estimate == pytest.approx(difference, rel=0.01)


def test_the_vaccine_trials_give_the_published_moments() -> None:
    means = [np.log(a / (a + b)) - np.log(c / (c + d)) for a, b, c, d in VACCINE]
    variances = [1 / a - 1 / (a + b) + 1 / c - 1 / (c + d) for a, b, c, d in VACCINE]
    found = dersimonian_laird(means, variances)
    # As printed by the R package metafor (Viechtbauer 2010), method DL.
    assert found.q == pytest.approx(152.2330, abs=1e-3)
    assert found.tau2 == pytest.approx(0.3088, abs=5e-5)
    assert (found.mean, found.se) == pytest.approx((-0.7141, 0.1787), abs=5e-5)


def test_a_small_group_is_drawn_in_further_than_a_large_one() -> None:
    means = {"large": 0.60, "small": 0.60, "rest": 0.70, "other": 0.72}
    found = pooled(means, np.diag(np.square([0.01, 0.08, 0.01, 0.02]))).groups
    assert found["large"].estimate < 0.61
    assert found["small"].estimate > 0.63
    assert found["small"].high - found["small"].low < 2 * 1.96 * 0.08


def test_groups_that_differ_by_noise_alone_are_said_to_be_alike_at_the_stated_rate() -> None:
    rng = np.random.default_rng(5)
    shared = np.full((4, 4), 0.02**2) + np.diag(np.square([0.01, 0.02, 0.03, 0.04]))
    told = [alike(rng.multivariate_normal(np.full(4, 0.6), shared), shared) for _ in range(2000)]
    assert np.mean(np.array(told) < 0.05) == pytest.approx(0.05, abs=0.015)


def test_what_groups_share_is_not_taken_for_a_difference() -> None:
    means = {"a": 0.65, "b": 0.60}
    own = np.diag([0.01**2, 0.01**2])
    apart = pooled(means, own + np.diag([0.05**2, 0.05**2]))
    together = pooled(means, own + 0.05**2)
    assert together.p_value < 0.001 < apart.p_value
    gap = together.groups["a"].estimate - together.groups["b"].estimate
    assert gap > apart.groups["a"].estimate - apart.groups["b"].estimate


@pytest.mark.parametrize(
    ("means", "covariance"), [({"a": 0.5}, np.eye(1)), ({"a": 0.5, "b": 0.6}, np.zeros((2, 2)))]
)
def test_what_can_t_be_pooled_is_refused(means: dict[str, float], covariance: np.ndarray) -> None:
    with pytest.raises(OptionError):
        pooled(means, covariance)
