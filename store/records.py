"""What a run keeps: calls, rankings, trials, verdicts and decisions. All ids come from content."""

from collections.abc import Mapping
from typing import Literal

from pydantic import JsonValue

from ..panel.ranking import Ranking
from ..records import Record, content_id

SCHEMA_VERSION = 1

Stance = Literal["support", "refute", "silent"]
Reason = Literal[
    "anchor", "empty", "duplicate", "leak", "screened", "no_evidence", "harmful", "refuted", "silent",
    "conflict", "budget",
]  # fmt: skip
CallStatus = Literal["planned", "submitted", "answered", "failed"]


class Where(Record):
    """Where in a run a call belongs: it makes the tree of a trace."""

    round: int = 0
    node: str = ""
    """A node of the graph: measure, propose, screen, trial, ..."""
    subject: str = ""
    """What it is about, e.g. a proposal's id; empty when none."""


class CallRecord(Record):
    """One request to a base model, with everything needed to see it again."""

    id: str
    """From the request's key, the model's identity and `where`: a resumed run makes the same ids."""
    where: Where
    role: str
    model: str
    template: str
    parts: tuple[tuple[str, str], ...]
    """(name, rendered text) in order."""
    status: CallStatus
    raw: str = ""
    """The last raw reply."""
    answer: JsonValue = None
    """The validated answer; None when the call failed."""
    failure: str = ""
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    usd: float = 0.0
    latency: float = 0.0
    """Seconds spent on the wire over all attempts."""
    attempts: int = 0
    """Requests sent; 0 when the answer came from the cache."""
    cached: bool = False
    tier: str = ""


class Spent(Record):
    """What the calls of one role took together."""

    calls: int = 0
    """Records, the failed and the cached ones included."""
    failed: int = 0
    cached: int = 0
    attempts: int = 0
    """Requests sent, repairs and retries included."""
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    usd: float = 0.0
    latency: float = 0.0
    """Seconds on the wire, summed over calls that ran side by side."""


class Ranked(Record):
    """A ranker's answer on one conversation under one text."""

    call: str
    question: str
    """Equal for equal prompts; a run asks each question once."""
    conversation: str
    spec: str
    """Digest of the spec text; empty for no spec."""
    sections: tuple[str, ...]
    """Ids of the sections that were in the prompt."""
    order: tuple[str, ...]
    """Labels in the order in which they were shown."""
    ranking: Ranking
    explanation: str = ""


class Verdict(Record):
    """One justification against one proposal's intent."""

    proposal: str
    assessment: str
    participant: str
    stance: Stance
    source: str
    """A model's uri, `reviewer:NAME`, or `participant` when asked directly."""
    call: str = ""

    @property
    def id(self) -> str:
        return content_id("verdict", self.proposal, self.assessment, self.source)


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


class Decision(Record):
    """The loop's decision on a proposal, or a reviewer's."""

    proposal: str
    round: int
    by: str
    """`loop` or a reviewer's name."""
    decision: Literal["adopted", "rejected", "adopt", "defer", "set_aside"]
    reason: Reason | None = None
    note: str = ""
    evidence: Mapping[str, JsonValue] = {}

    @property
    def id(self) -> str:
        return content_id("decision", self.proposal, self.round, self.by, self.decision)
