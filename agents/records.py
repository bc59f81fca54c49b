"""What agents found: a ranker's answer on a conversation, a validator's on a justification."""

from typing import Literal

from ..agreement.stances import Stance as Stance
from ..panel.ranking import Ranking
from ..records import Record, content_id

Strength = Literal["none", "mentions", "asks"]


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
    """Of the justification; `asked:PARTICIPANT` for one who was asked directly."""
    participant: str
    stance: Stance
    source: str
    """A model's uri, `reviewer:NAME`, or `participant` when asked directly."""
    call: str = ""
    reason: str = ""
    """One sentence on what the words say about what the intent asks."""
    quote: str = ""
    """The words of the justification that decided it; empty when silent, or where nobody quoted."""
    strength: Strength = "none"
    """How firmly the stance is held: said in passing, or asked for."""

    @property
    def by_reviewer(self) -> bool:
        """Whether a person read the justification."""
        return self.source.startswith("reviewer:")

    @property
    def by_participant(self) -> bool:
        """Whether the participant was asked directly."""
        return self.source == "participant"

    @property
    def is_label(self) -> bool:
        """Whether it is a person's word, by which a base model's verdicts are measured and corrected."""
        return self.by_reviewer or self.by_participant

    @property
    def id(self) -> str:
        return content_id("verdict", self.proposal, self.assessment, self.source)
