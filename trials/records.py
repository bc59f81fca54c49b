"""The test of one proposal, with its whole path."""

from typing import Literal

from ..records import Record, content_id


class Look(Record):
    """One look of a sequential test at the differences so far."""

    n: int
    mean: float
    statistic: float
    threshold: float
    outcome: Literal["continue", "positive", "futile", "harmful", "ended"]


class Trial(Record):
    """The test of one proposal by re-ranking, with its whole path."""

    proposal: str
    round: int
    stage: Literal["screen", "trial", "retest", "outside"]
    base: str
    """Digest of the current spec text; `candidate` that of the text under test."""
    candidate: str
    rule: str
    alpha: float
    """What it may spend; 0 for a screen."""
    planned: tuple[str, ...]
    """The set of conversations, fixed before the first call, in the order of testing."""
    differences: tuple[float | None, ...]
    """Candidate minus current agreement for the first of `planned`; None where undefined or failed."""
    looks: tuple[Look, ...]
    outcome: Literal["positive", "futile", "harmful", "ended", "empty"]
    """`ended`: the set is used up without an answer; `empty`: nothing to test on."""
    calls: int = 0
    reason: str = ""
    """One sentence for a reader."""

    @property
    def id(self) -> str:
        return content_id("trial", self.proposal, self.round, self.stage, self.base, self.candidate)
