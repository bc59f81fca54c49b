"""How large the regression check must be to see a stated harm, elsewhere and in the whole text."""

from math import ceil, sqrt

from pydantic import Field
from scipy.special import ndtri
from scipy.stats import nct
from scipy.stats import t as student

from ..records import Record
from .policy import LEVEL, POWER


class Harm(Record):
    """A harm worth finding: `points` in agreement (0 to 1) on a share `touches` of the conversations looked at."""

    points: float = Field(gt=0.0, le=1.0)
    touches: float = Field(default=1.0, gt=0.0, le=1.0)

    @property
    def overall(self) -> float:
        return self.points * self.touches

    def spread(self, sd: float) -> float:
        """The standard deviation over all conversations looked at, of `sd` on those touched and 0 elsewhere."""
        return sqrt(self.touches * (sd**2 + self.points**2 * (1.0 - self.touches)))


EDIT_HARM = Harm(points=0.05)
"""Per edit: 5 points on the conversations that it touches outside its set."""
TEXT_HARM = Harm(points=0.01)
"""For the whole text at the end: 1 point overall."""


def sample_size(harm: Harm, *, sd: float = 0.144, level: float = LEVEL, power: float = POWER) -> int:
    """Conversations that a one-sided t test at `level` needs to see `harm` with a chance of `power`.

    `sd` is that of a conversation's difference where it is touched (0.144 for one draw, 0.121 for the mean of two).
    Draw them from those whose prompt the change alters: the others differ by exactly 0, and looking there costs size.
    Source: Student's noncentral t, as in Cohen 1988, Statistical Power Analysis, chapter 2.
    """
    ratio = harm.overall / harm.spread(sd)
    size = max(3, ceil(((float(ndtri(1.0 - level)) + float(ndtri(power))) / ratio) ** 2))
    while _power(size, ratio, level) < power:
        size += 1
    return size


def harm_seen(size: int, *, sd: float = 0.144, level: float = LEVEL, power: float = POWER) -> float:
    """The harm in agreement, on what is looked at, that `size` conversations see with a chance of `power`.

    For the report, where there are fewer conversations than `sample_size` asks for. 1.0 for fewer than two.
    """
    if size < 2:
        return 1.0
    low, high = 0.0, 20.0
    while high - low > 1e-4:
        middle = (low + high) / 2
        low, high = (low, middle) if _power(size, middle, level) >= power else (middle, high)
    return min(1.0, high * sd)


def _power(size: int, ratio: float, level: float) -> float:
    return float(nct.sf(student.ppf(1.0 - level, size - 1), size - 1, ratio * sqrt(size)))
