"""What a trial leaves behind: its looks, its path and its end."""

from typing import Literal

from ..records import Record, content_id
from .group_records import GroupTest

Stage = Literal["screen", "trial", "interaction", "regression"]
Ending = Literal["positive", "futile", "harmful", "ended", "empty"]


class Look(Record):
    """One look of a sequential test at the differences so far."""

    n: int
    mean: float
    statistic: float
    """Evidence against H0 as a power of ten; likewise `threshold`."""
    threshold: float
    outcome: Literal["continue", "positive", "futile", "harmful", "ended"]


class AtDrop(Record):
    """A trial's p-value where a difference is reckoned to fall by `drop` at the most."""

    drop: float
    p_value: float


class Trial(Record):
    """The test of one proposal by re-ranking, with its whole path."""

    proposal: str
    round: int
    stage: Stage
    base: str
    """Digest of the current text; `candidate` that of the text under test."""
    candidate: str
    rule: str
    alpha: float
    """What it may spend; 0 where it spends none."""
    planned: tuple[str, ...]
    """The items, fixed before the first call, in the order of testing."""
    differences: tuple[float | None, ...]
    """Candidate minus current score for the first of `planned`; None where undefined or failed."""
    looks: tuple[Look, ...]
    outcome: Ending
    """`ended`: the set is used up without an answer; `empty`: nothing to test on."""
    calls: int = 0
    failed: int = 0
    """Items of which the candidate's call alone failed: they count as their worst."""
    reason: str = ""
    """One sentence for a reader."""
    fold: int | None = None
    """The fold whose cases the proposal came from; None for a person's."""
    own: tuple[str, ...] = ()
    """Items of its own fold that were looked at as well, where the set spoke for it; with their `own_differences`."""
    own_differences: tuple[float | None, ...] = ()
    draws: int = 1
    beside: tuple[str, ...] = ()
    """Sections of which draws after the first showed one or two more (`ask_both`), in that order."""
    max_drop: float = 0.0
    """How far one difference was taken to fall at the most."""
    likely_drop: float | None = None
    """The same for the likely promise; None: not written down."""
    likely_level: float = 0.0
    """The p-value up to which it may be likely, the part of alpha taken in; it looks at its own fold up to there."""
    p_value: float | None = None
    """Of H0: the expected difference is at most 0; valid for the set as it was planned. None for a screen."""
    at_drops: tuple[AtDrop, ...] = ()
    """The same where a difference is reckoned to fall less far, as other trials of the run may show (`company`); the least
    far first."""
    deepest: float = 1.0
    """The mean of the deepest eighth of its possible falls."""
    mean: float | None = None
    se: float | None = None
    """Standard error of the mean, people and items both drawn anew; with its degrees of freedom `df`."""
    df: float | None = None
    effective_people: float | None = None
    group: str = ""
    """Whose people were asked alone; empty: everybody."""
    groups: tuple[GroupTest, ...] = ()
    """What it says of each group of people, where the run has groups."""

    @property
    def id(self) -> str:
        who = [self.group] if self.group else []
        return content_id("trial", self.proposal, self.round, self.stage, self.base, self.candidate, *who)
