"""What the acceptance engine keeps: looks, trials, what became of each proposal, and the run's evidence."""

from typing import Literal

from pydantic import Field

from ..records import Record, content_id
from .ledger import AlphaLedger

Stage = Literal["screen", "trial", "interaction", "regression"]
Ending = Literal["positive", "futile", "harmful", "ended", "empty"]
Label = Literal["proven", "likely"]
Status = Literal["queued", "retry", "deferred", "passed", "accepted", "rejected"]
Reason = Literal[
    "anchor", "empty", "leak", "duplicate", "superseded", "other_wording", "retries_exhausted", "screened",
    "not_asked_for", "no_evidence", "harmful", "refuted", "silent", "conflict", "protected", "set_aside",
    "budget",
]  # fmt: skip
"""Why a proposal was rejected.

anchor: an edit doesn't apply. empty: it changes nothing. leak: it copies words out of the data. duplicate: it
repeats another. superseded: another wording of the change was adopted. other_wording: another wording had its
last trial. retries_exhausted: its own trials are used up. screened: no promise on its own fold. not_asked_for:
none of the people asked for it. no_evidence: its trial did not bear it out. harmful: it does harm. refuted,
silent: people's justifications speak against it, or don't speak for it. conflict: it doesn't fit or adds
nothing beside another. protected: a section that the loop may not change. set_aside: a reviewer's word.
budget: the budget ended.
"""


class Look(Record):
    """One look of a sequential test at the differences so far."""

    n: int
    mean: float
    statistic: float
    """Evidence against H0 as a power of ten; likewise `threshold`."""
    threshold: float
    outcome: Literal["continue", "positive", "futile", "harmful", "ended"]


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
    draws: int = 1
    max_drop: float = 0.0
    """How far one difference was taken to fall at the most."""
    p_value: float | None = None
    """Of H0: the expected difference is at most 0; valid for the set as it was planned. None for a screen."""
    mean: float | None = None
    se: float | None = None
    """Standard error of the mean, people and items both drawn anew; with its degrees of freedom `df`."""
    df: float | None = None
    effective_people: float | None = None

    @property
    def id(self) -> str:
        return content_id("trial", self.proposal, self.round, self.stage, self.base, self.candidate)


class Candidate(Record):
    """A proposal on its way through the engine."""

    proposal: str
    fold: int | None = None
    """The fold of open items that its cases came from; None: a person's, tested on all open items."""
    wording: str = ""
    """Proposals with one key are wordings of one change: at most one of them is tried at a time. Empty: its own."""

    @property
    def key(self) -> str:
        return self.wording or self.proposal


class Effect(Record):
    """What an edit does, as fractions of agreement on what it touches, shrunken by all that the run tried."""

    mean: float
    low: float
    high: float
    no_improvement: float
    """The probability that it brings nothing or does harm."""
    items: int
    """Of the trial."""


class Entry(Record):
    """What the run knows of one proposal that was tried: small, so that it may live in a graph's state."""

    proposal: str
    wording: str
    fold: int | None
    tries: int = 0
    """Trials made."""
    shares: int = 0
    """Shares of alpha they took, and `spent` the alpha itself."""
    spent: float = 0.0
    proven: bool = False
    outcome: Ending = "empty"
    stopped_early: bool = False
    statistic: float = 0.0
    """Of its last look: evidence as a power of ten."""
    mean: float = 0.0
    se: float = Field(default=1.0, ge=0.0)
    df: float = 1.0
    items: int = 0
    p_value: float = 1.0
    """Over all its trials (the smallest times their number)."""
    closed: bool = False
    """Whether its last word is spoken: accepted or rejected."""
    accepted: bool = False


class EvidenceLedger(Record):
    """What a run has spent and found. A pure record: each step of the engine returns the next one."""

    alpha: AlphaLedger
    entries: tuple[Entry, ...] = ()

    def entry(self, proposal: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.proposal == proposal), None)

    def put(self, *entries: Entry) -> "EvidenceLedger":
        """With these in place of the entries of the same proposals."""
        merged = {entry.proposal: entry for entry in (*self.entries, *entries)}
        return self.model_copy(update={"entries": tuple(merged.values())})


class Outcome(Record):
    """What became of one proposal in one step."""

    proposal: str
    status: Status
    label: Label | None = None
    reason: Reason | None = None
    note: str = ""
    """One sentence for a reader."""
    effect: Effect | None = None


class StageResult(Record):
    """What a step of the engine comes to."""

    outcomes: tuple[Outcome, ...]
    """One per candidate, in their order."""
    ledger: EvidenceLedger
    trials: tuple[Trial, ...] = ()
    text: str = ""
    """Digest of the text with every accepted edit."""
    budget_ended: str = ""
    """The sentence that says so, where the budget ended on the way."""

    def with_status(self, *status: Status) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.status in status)
