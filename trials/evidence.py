"""What a trial leaves behind for the decisions over a whole run."""

from math import sqrt

from pydantic import Field

from ..agreement.intervals import two_way
from ..records import Record
from .differences import Differences
from .two_way import clusters_of


class Evidence(Record):
    """One trial's evidence on one proposal."""

    proposal: str
    mean: float
    """The mean difference, within [-1, 1]."""
    se: float = Field(ge=0.0)
    """Its standard error, conversations and people both taken as drawn."""
    df: float = Field(gt=0.0)
    """Degrees of freedom of the standard error."""
    p_value: float = Field(ge=0.0, le=1.0)
    """Of H0: the expected difference is at most 0 (`SequentialTest.p_value`). 1.0 where the trial was given up."""
    company_p: float | None = Field(default=None, ge=0.0, le=1.0)
    """The same in the company of clear edits (`max_drop.company_drop`); None: no other than `p_value`."""
    n: int = Field(ge=1)
    """Items with a difference."""
    weight: float = Field(default=1.0, gt=0.0)
    """Its weight among the run's trials, fixed before its first call (`weights`); 1 in the mean."""

    @property
    def p_in_company(self) -> float:
        return self.p_value if self.company_p is None else self.company_p


LEAST_SD = 0.05
"""Standard deviations under this are not believed of a few differences (as in `futility`)."""


def evidence_of(
    proposal: str,
    differences: Differences,
    *,
    p_value: float,
    company_p: float | None = None,
    weight: float = 1.0,
) -> Evidence | None:
    """The evidence in a trial's differences, whole or stopped on the way; None for fewer than two.

    The standard error is the two-way cluster one where people are known, else that of the items' mean.
    """
    n = len(differences)
    if n < 2:
        return None
    mean = differences.mean
    se, df = float(differences.values.std(ddof=1)) / sqrt(n), n - 1.0
    clusters = clusters_of(differences)
    if clusters is not None and differences.cell is not None:
        spread = two_way(differences.cell, clusters.macro_shares(), clusters)
        if spread is not None and spread.variance > se * se:
            se, df = sqrt(spread.variance), spread.freedom
    se = max(se, LEAST_SD / sqrt(n))
    return Evidence(
        proposal=proposal, mean=mean, se=se, df=df, p_value=p_value, company_p=company_p, n=n, weight=weight
    )
