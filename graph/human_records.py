"""What is known of a person's proposal: kind, people's words, the trial's path, and which parts carry it."""

from collections.abc import Mapping

from ..agents.records import Stance, Strength
from ..agents.validation import Consistency
from ..agreement.bridging import Bridge, GroupVoice
from ..agreement.support import Support, SupportShare
from ..panel.records import BlockName
from ..records import Record
from ..spec import Proposal
from ..trials.outcomes import Outcome
from ..trials.records import Trial
from .conflict_records import ConflictRecord
from .policies.authority import Needs
from .records import KindRecord


class Quoted(Record):
    """One justification with the verdict on it."""

    assessment: str
    participant: str
    conversation: str
    stance: Stance
    strength: Strength
    quote: str
    """The words that decided it."""
    text: str
    """All that the person wrote there, cut to a readable length."""
    reason: str


class Moved(Record):
    """What the proposal changes on one conversation of its trial: agreement after minus before."""

    conversation: str
    difference: float


class PartEffect(Record):
    """What one part of a proposal brings: agreement with the whole, minus agreement without this part."""

    part: int
    """From 1."""
    text: str
    mean: float | None
    """None where the proposal doesn't stand without it, or nothing was answered."""
    low: float | None = None
    high: float | None = None
    """Two-sided 95 % interval over conversations and people."""
    items: int = 0


class ProposalReport(Record):
    """One proposal with all that was found on it."""

    proposal: Proposal
    outcome: Outcome
    kind: KindRecord
    needs: Needs
    """What its section's authority asks for before adoption."""
    support: SupportShare | None
    """People, not texts. None where the budget ended before they were asked."""
    asked: int
    """Justifications that were asked about, on conversations that it bears on."""
    unanswered: int = 0
    """Justifications whose call failed, here and elsewhere."""
    elsewhere: Support | None = None
    """People asked about on other conversations, drawn at random: who takes a side there shows a missed theme."""
    elsewhere_words: tuple[Quoted, ...] = ()
    """The clearest words of those who take a side there."""
    consistency: Consistency | None = None
    """How often the validator said the same in another order."""
    bridge: Bridge | None = None
    """Where bridging was asked for."""
    refuting: Mapping[str, tuple[GroupVoice, ...]] = {}
    """Attribute to groups that firmly refute what most people support."""
    to_label: tuple[str, ...] = ()
    """Assessments whose labels would tell how the validator leans, drawn at random, the first to be labelled first."""
    supporting_words: tuple[Quoted, ...] = ()
    """The clearest first; likewise `refuting_words`."""
    refuting_words: tuple[Quoted, ...] = ()
    conflicts: ConflictRecord | None = None
    """What it contradicts in the rest of the spec; None where that wasn't asked: its trial didn't bear it out."""
    trials: tuple[Trial, ...] = ()
    better: tuple[Moved, ...] = ()
    """Conversations of the trial that got better, the furthest first; likewise `worse`."""
    worse: tuple[Moved, ...] = ()
    parts: tuple[PartEffect, ...] = ()
    """Empty for a proposal of one part, or one that had no trial."""

    @property
    def trial(self) -> Trial | None:
        """The test that decides; None before it."""
        found = [trial for trial in self.trials if trial.stage == "trial"]
        return found[-1] if found else None


class ProposalResult(Record):
    """What became of one file of proposals."""

    base: str
    """Digest of the text that they were tested on."""
    round: int
    """Of the run whose docket they are on."""
    reports: tuple[ProposalReport, ...]
    alpha_left: float
    """What the ledger has left for trials to come."""
    trials_left: int
    budget_ended: str = ""
    """The sentence that says so, where the budget ended on the way."""
    block: BlockName = "world"
    """The ranking block that the justifications were written for."""
    notice: str = ""
