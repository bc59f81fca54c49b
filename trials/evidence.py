"""What a trial leaves behind for the decisions over a whole run."""

from math import sqrt

import numpy as np
from pydantic import Field

from ..agreement.intervals import two_way
from ..records import Record
from .deep_falls import deep_falls
from .differences import Differences
from .records import AtDrop, Trial
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
    at_drops: tuple[AtDrop, ...] = ()
    """The same where a difference is reckoned to fall less far, the least far first (`company`)."""
    deep_falls: tuple[int, ...] | None = None
    """How many items fell by each of `deep_falls.DEPTHS`; None: it doesn't count."""
    deepest: float = Field(default=1.0, ge=0.0, le=1.0)
    """The mean of the deepest eighth of its possible falls (`max_drop.deepest`)."""
    planned: int = Field(default=0, ge=0)
    """Items of its set as it was fixed; 0: `n`."""
    n: int = Field(ge=1)
    """Items with a difference."""
    weight: float = Field(default=1.0, gt=0.0)
    """Its weight among the run's trials, fixed before its first call (`weights`); 1 in the mean."""

    @property
    def least_p(self) -> float:
        """In the best of company."""
        return self.at_drops[0].p_value if self.at_drops else self.p_value

    def p_at(self, drop: float) -> float:
        """The p-value where a difference may fall by `drop`; the trial's own where that is further than it reckons with."""
        return next((each.p_value for each in self.at_drops if each.drop >= drop - 1e-12), self.p_value)


LEAST_SD = 0.05
"""Standard deviations under this are not believed of a few differences (as in `futility`)."""


def evidence_of(
    proposal: str,
    differences: Differences,
    *,
    p_value: float,
    at_drops: tuple[AtDrop, ...] = (),
    deepest: float = 1.0,
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
        proposal=proposal,
        mean=mean,
        se=se,
        df=df,
        p_value=p_value,
        at_drops=at_drops,
        deep_falls=deep_falls(differences.values),
        deepest=deepest,
        n=n,
        weight=weight,
    )


def evidence_of_trial(trial: Trial, *, weight: float = 1.0) -> Evidence | None:
    """What a trial on record leaves behind; None for fewer than two differences."""
    known = [value for value in trial.differences if value is not None]
    if len(known) < 2 or trial.mean is None or trial.se is None or trial.df is None:
        return None
    return Evidence(
        proposal=trial.proposal, mean=trial.mean, se=trial.se, df=trial.df, p_value=trial.p_value or 0.0,
        at_drops=trial.at_drops, deep_falls=deep_falls(np.array(known)), deepest=trial.deepest,
        planned=len(trial.planned), n=len(known), weight=weight,
    )  # fmt: skip
