"""What the loop remembers of a run, by kind. Each record is written once and never parsed out of a name."""

from collections.abc import Mapping
from typing import Literal

from ..agents.proposers import Attempt
from ..agents.validation import Consistency
from ..agreement.intervals import Estimate
from ..agreement.support import Support, SupportShare
from ..records import Record, content_id
from ..spec import Kind, Proposal
from ..trials.outcomes import Effect, Label, Outcome, Reason

ReviewerWord = Literal["adopt", "defer", "set_aside", "stop", "end_sealed", "reopen"]


class Figure(Record):
    """A fraction from 0 to 1 (or a difference of two) with its two-sided 95 % interval."""

    estimate: float | None
    low: float | None
    high: float | None

    @classmethod
    def of(cls, estimate: Estimate) -> "Figure":
        return cls(
            estimate=rounded(estimate.estimate), low=rounded(estimate.low), high=rounded(estimate.high)
        )


def rounded(value: float | None) -> float | None:
    """To six places: what a summary prints is the same on every machine."""
    return None if value is None else round(value, 6)


class Decision(Record):
    """The loop's decision on a proposal, or a reviewer's."""

    proposal: str
    round: int
    by: str
    """`loop` or a reviewer's name."""
    decision: Literal["adopted", "rejected"] | ReviewerWord
    """adopted, rejected: the loop's. The others are a reviewer's: `stop` and `end_sealed` end the run and decide
    nothing on the proposals that wait; `reopen` takes back a `set_aside`."""
    reason: Reason | None = None
    note: str = ""
    label: Label | None = None
    effect: Effect | None = None
    overlays: tuple[str, ...] = ()
    """The groups in whose overlays it was adopted; empty: the common text."""

    @property
    def id(self) -> str:
        return content_id("decision", self.proposal, self.round, self.by, self.decision)


class GroupMeasure(Record):
    """Where a group stands: under the common text, and under its own where it has an overlay."""

    people: int
    agreement: Figure
    """Under the text with its overlay."""
    text: str
    """Digest of that text."""
    scores: Mapping[str, float]
    """Conversation id to its people's mean agreement under that text."""
    common: Mapping[str, float]
    """The same under the common text."""


class MeasureRecord(Record):
    """Where a text stands with the people, on all open conversations."""

    round: int
    text: str
    """Digest."""
    agreement: Figure
    by_fold: Mapping[str, Figure]
    scores: Mapping[str, float]
    """Conversation id to the ranker's mean agreement with its people."""
    failed: int
    """Conversations whose call failed."""
    groups: Mapping[str, GroupMeasure] = {}

    @property
    def id(self) -> str:
        return content_id("measure", self.round, self.text)


class Batch(Record):
    """What one call of a proposer is to look at: conversations of one fold."""

    fold: int
    cases: tuple[str, ...]
    group: str = ""
    """Whose people are shown; empty: everybody."""


class SelectionRecord(Record):
    """What a round's proposers are shown."""

    round: int
    text: str
    batches: tuple[Batch, ...] = ()
    singles: tuple[Batch, ...] = ()
    """One conversation each."""
    themes: tuple[str, ...] = ()
    """The themes shown: ids of sections; empty for conversations that no section covers."""
    tried: tuple[Attempt, ...] = ()
    """What proposers are shown of earlier tries: words, no figures."""

    @property
    def id(self) -> str:
        return content_id("selection", self.round)


class ProposedRecord(Record):
    """What one branch of propose made."""

    round: int
    origin: Literal["batch", "conversation"]
    fold: int
    batches: tuple[tuple[str, ...], ...]
    proposals: tuple[Proposal, ...]
    group: str = ""
    """Whose people it was shown; empty: everybody."""

    @property
    def id(self) -> str:
        who = [self.group] if self.group else []
        return content_id("proposed", self.round, self.origin, self.fold, self.batches, *who)


class OverlapRecord(Record):
    """How far the proposers of a round came to the same changes."""

    round: int
    proposals: int
    changes: int
    """Different changes among them, rewordings counted once."""
    by_both: int
    """Changes that proposers of more than one origin made: batch, conversation, human."""
    same_text: tuple[tuple[str, str], ...] = ()
    """Pairs of proposals of different origin whose edits read the same."""
    rewordings: tuple[tuple[str, str], ...] = ()
    """Pairs of different origin that say the same in other words."""

    @property
    def id(self) -> str:
        return content_id("overlap", self.round)


class OutcomeRecord(Record):
    """What one step of the engine found on one proposal."""

    round: int
    node: str
    outcome: Outcome

    @property
    def proposal(self) -> str:
        return self.outcome.proposal

    @property
    def id(self) -> str:
        return content_id("outcome", self.round, self.node, self.outcome.proposal)


class SupportRecord(Record):
    """What people's justifications say to a proposal. One person counts once."""

    proposal: str
    round: int
    support: SupportShare
    """Everybody's who was asked; of a change for overlays, that of their groups' people."""
    groups: Mapping[str, SupportShare] = {}
    """The same in each group of the run."""
    asked: int
    """Justifications that were classified."""
    elsewhere: Support | None = None
    """People whose words on other conversations were asked about, drawn at random: silence is expected there."""
    elsewhere_asked: tuple[str, ...] = ()
    """The assessments there that were asked about."""
    unanswered: int = 0
    """Of all that were asked about, those whose call failed."""
    void: int = 0
    """Of them, those whose verdict quoted words that don't stand there: left out."""
    consistency: Consistency | None = None
    """How often the validator said the same in another order; None where it wasn't asked."""
    to_label: tuple[str, ...] = ()
    """Assessments, in a drawn order, whose labels would tell how the validator leans: the next to be labelled first."""

    @property
    def id(self) -> str:
        return content_id("support", self.proposal, self.round)


class KindRecord(Record):
    """What kind of change a proposal is: as its proposer claims, and as an agent that didn't write it says."""

    proposal: str
    claimed: Kind | None
    """None: left open."""
    found: Kind | None
    """None: the call failed."""
    sentence: str = ""
    """Of the spec: what the change clarifies or departs from."""
    reason: str = ""
    call: str = ""

    @property
    def id(self) -> str:
        return content_id("kind", self.proposal)

    @property
    def agrees(self) -> bool | None:
        """None where either is missing."""
        return None if self.claimed is None or self.found is None else self.claimed == self.found


class SamePair(Record):
    """Two proposals of different origin that ask for the same in the same section."""

    first: str
    second: str
    same_text: bool
    """Whether their edits read the same; otherwise the model said so in both orders."""
    reason: str = ""


class OriginsRecord(Record):
    """The overlap of origins over a docket. A change is one or several proposals that say the same."""

    round: int
    changes: Mapping[str, int]
    """Origin to the different changes that it made."""
    shared: Mapping[str, int]
    """Two origins, as `batch + human`, to the changes that both made; all three in `batch + conversation + human`."""
    total: int
    """Different changes over all origins."""
    share: float | None
    """Of them, those that two origins or more made; None without changes."""
    pairs: tuple[SamePair, ...] = ()
    compared: int = 0
    """Pairs that the model was asked about, each in both orders."""
    torn: int = 0
    """Of them, those that it called the same in one order only: counted as different."""
    unanswered: int = 0
    not_compared: int = 0
    """Pairs in one section that were too many, and less alike than those compared."""

    @property
    def id(self) -> str:
        return content_id("origins", self.round)


class RoundRecord(Record):
    """What a round came to."""

    round: int
    current: str
    proven: str
    adopted: tuple[str, ...]
    fruitful: tuple[str, ...]
    """Themes shown in this round that an adopted edit came of."""
    stop: str | None

    @property
    def id(self) -> str:
        return content_id("round", self.round)


class GradesRecord(Record):
    """Relevance of the open conversations to one section's text."""

    section: str
    """Key of the section's text (agents.relevance.section_key)."""
    parents: tuple[str, ...] = ()
    """Keys of the texts that it was made from."""
    grades: Mapping[str, int] = {}
    """Conversation id to a grade above 1; its parents' where it was not graded itself."""
    graded: bool = False
    """Whether the grader was asked about this text."""
