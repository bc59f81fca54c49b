"""What goes through the acceptance engine and what comes out: candidates, outcomes, and the run's evidence."""

from typing import Literal

from ..records import Record
from .evidence import Evidence
from .group_records import GroupTest
from .ledger import AlphaLedger
from .records import Ending, Trial

Label = Literal["proven", "likely"]
Status = Literal["queued", "retry", "deferred", "passed", "accepted", "rejected"]
Reason = Literal[
    "anchor", "empty", "leak", "duplicate", "superseded", "other_wording", "retries_exhausted", "screened",
    "not_asked_for", "no_evidence", "harmful", "refuted", "silent", "not_bridged", "divided", "conflict",
    "protected", "set_aside", "budget", "alpha_spent",
]  # fmt: skip
"""Why a proposal was rejected.

anchor: an edit doesn't apply. empty: it changes nothing. leak: it copies words out of the data. duplicate: it
repeats another. superseded: another wording of the change was adopted. other_wording: another wording had its
last trial. retries_exhausted: its own trials are used up. screened: no promise on its own fold. not_asked_for:
none of the people asked for it. no_evidence: its trial did not bear it out. harmful: it does harm. refuted,
silent: people's justifications speak against it, or don't speak for it. not_bridged: most speak for it, but not
those of every group, where bridging was asked for. divided: some groups gain by it and others don't, and it isn't
shown for any group alone. conflict: it doesn't fit or adds nothing beside another.
protected: a section that the loop may not change. set_aside: a reviewer's word. budget: the budget ended.
alpha_spent: no alpha was left for its trial.
"""


class Candidate(Record):
    """A proposal on its way through the engine."""

    proposal: str
    fold: int | None = None
    """The fold of open items that its cases came from; None: a person's, tested on all open items."""
    wording: str = ""
    """Proposals with one key are wordings of one change: at most one of them is tried at a time. Empty: its own."""
    group: str = ""
    """The group of people that it was written for, whose people its screen asks; empty: everybody."""

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
    """What the run knows of one proposal: small, so that it may live in a graph's state."""

    proposal: str
    wording: str
    fold: int | None
    screen_gain: float = 0.0
    """Mean difference of its screen, over `screened` items."""
    screened: int = 0
    asked: float | None = None
    """Supporters less opponents among the people of its own fold who were asked before the screen, as a share of them."""
    tries: int = 0
    """Trials made."""
    spent: float = 0.0
    """What they took of the alpha for the most promising: passed on where a proven edit stays."""
    proven: bool = False
    outcome: Ending = "empty"
    """Of the last trial; likewise `stopped_early`, `mean` and `items`."""
    stopped_early: bool = False
    mean: float = 0.0
    items: int = 0
    closed: bool = False
    """Whether its last word is spoken: accepted or rejected."""
    accepted: bool = False


class EvidenceLedger(Record):
    """What a run has spent and found. A pure record: each step of the engine returns the next one."""

    alpha: AlphaLedger
    made: int = 0
    """Trials so far."""
    entries: tuple[Entry, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    """Of every trial, in the order in which they ended."""
    groups: tuple[GroupTest, ...] = ()
    """Every group's test of every trial, in the same order."""

    def entry(self, proposal: str) -> Entry | None:
        return next((entry for entry in self.entries if entry.proposal == proposal), None)

    def put(self, *entries: Entry) -> "EvidenceLedger":
        """With these in place of the entries of the same proposals."""
        merged = {entry.proposal: entry for entry in (*self.entries, *entries)}
        return self.model_copy(update={"entries": tuple(merged.values())})

    def smallest_p(self, proposal: str) -> float:
        """Over its trials; 1 where it had none."""
        return min((each.least_p for each in self.evidence if each.proposal == proposal), default=1.0)


class Outcome(Record):
    """What became of one proposal in one step."""

    proposal: str
    status: Status
    label: Label | None = None
    reason: Reason | None = None
    note: str = ""
    """One sentence for a reader."""
    effect: Effect | None = None
    overlays: tuple[str, ...] = ()
    """The groups in whose overlays it belongs; empty: the common text."""


class StageResult(Record):
    """What a step of the engine comes to."""

    outcomes: tuple[Outcome, ...]
    """One per candidate, in their order; then one per `added`."""
    ledger: EvidenceLedger
    added: tuple[Candidate, ...] = ()
    """Candidates that the step made: what a screened proposal is without the parts that earn nothing."""
    trials: tuple[Trial, ...] = ()
    text: str = ""
    """Digest of the text with every accepted edit."""
    budget_ended: str = ""
    """The sentence that says so, where the budget ended on the way."""

    def with_status(self, *status: Status) -> tuple[Outcome, ...]:
        return tuple(outcome for outcome in self.outcomes if outcome.status in status)
