"""How the error of one sequential trial is spent over its looks."""

from scipy.special import ndtr, ndtri


def obrien_fleming(alpha: float, fraction: float) -> float:
    """Error spent by the time `fraction` of the set has been seen: `2 - 2 Phi(z(1 - alpha/2) / sqrt(fraction))`.

    Next to nothing at first and nearly everything at the end, so that stopping early costs little power.
    `alpha` within (0, 1), `fraction` is cut to [0, 1]. Source: Lan & DeMets 1983, Biometrika 70, alpha*_1.
    """
    if fraction <= 0.0:
        return 0.0
    if fraction >= 1.0:
        return alpha
    return min(alpha, float(2.0 * ndtr(ndtri(alpha / 2.0) / fraction**0.5)))
