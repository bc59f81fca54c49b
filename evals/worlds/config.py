"""Every knob of a planted world and of the simulated base model that lives in it."""

from collections.abc import Mapping
from typing import Literal, Self

from pydantic import Field, model_validator

from ...errors import OptionError
from ...records import Record

Shape = Literal["small", "ca1"]
MendType = Literal["clarification", "change_of_principle", "missing_rule", "unbacked_rule"]
MEND_TYPES: tuple[MendType, ...] = ("clarification", "change_of_principle", "missing_rule", "unbacked_rule")
Share = float
"""A fraction from 0 to 1."""


class PeopleConfig(Record):
    """How people rank. The defaults come out like CA-1 (see `figures.py` and the tests)."""

    participants: int = Field(100, ge=8)
    raters: int = Field(12, ge=3)
    """Median number of people on a conversation."""
    raters_spread: float = Field(0.22, ge=0)
    """Sd of the logarithm of that number."""
    crowd: bool = False
    """Whether one conversation is judged by every participant, as in CA-1."""
    duplicate_cells: Share = 0.006
    """Share of (conversation, participant) cells that hold 2 or 3 assessments."""
    pair_agreement: Share = 0.69
    """How often two people agree on a pair both rank strictly: the noise is set so that this comes out."""
    tie_step: float = 0.5
    """People tie what lies within such a step of utility (in sd of the common utility), median over people."""
    tie_spread: float = 1.0
    """Sd of the logarithm of the step between assessments: a few people tie everything."""
    top_likeness: float = Field(0.55, ge=0)
    """How much nearer good answers lie to each other than bad ones; 0: not at all."""
    subgroups: int = Field(2, ge=0)
    """Groups, told by a demographic, that want the opposite of some of the rules."""
    subgroup_rules: int = Field(2, ge=0)
    """How many of the true rules each subgroup wants the other way round."""
    states_reason: Share = 0.7
    """How often a justification says which quality moved the person; else it says nothing of use."""


class ModelConfig(Record):
    """The simulated base model: what it reads well, and how it errs."""

    ranker_noise: float = Field(0.42, ge=0)
    """Sd of the ranker's error, in sd of the common utility; redrawn for every exact prompt."""
    ranker_step: float = Field(0.05, ge=0)
    """Utilities within such a step tie."""
    relevance_precision: Share = 0.85
    relevance_recall: Share = 0.9
    hit: Share = 0.3
    """Chance that a change is a true mend, where the cases in view show an open gap."""
    batch_cases: int = Field(3, ge=1)
    """The batch proposer sees a gap when so many cases in view show it; one is enough for the other."""
    batch_changes: int = Field(3, ge=1)
    """Changes in one answer of the batch proposer, true ones included; the other answers with one."""
    paraphrases: Share = 0.4
    """Of the changes that are no true mend: rewordings that change nothing."""
    harms: Share = 0.3
    """Edits that turn a rule which people want, or add one that they don't."""
    validator_accuracy: Share = 0.9

    @property
    def wrong_sections(self) -> float:
        """The rest: what one topic needs, written into the section of another."""
        return 1.0 - self.paraphrases - self.harms

    @model_validator(mode="after")
    def _shares(self) -> Self:
        if self.paraphrases + self.harms > 1 + 1e-9:
            raise OptionError(
                f"paraphrases ({self.paraphrases}) and harms ({self.harms}) are shares and may not exceed 1 together"
            )
        return self


class WorldConfig(Record):
    """A world's size, what is planted in it, its people and its base model."""

    shape: Shape = "small"
    conversations: int = Field(320, ge=40)
    sections: int = Field(12, ge=4)
    """Sections with a topic; chapters come on top."""
    chapter: int = Field(8, ge=1)
    """Sections in a chapter."""
    concerns: tuple[float, float, float] = (0.45, 0.40, 0.15)
    """Share of conversations that concern 1, 2 and 3 topics."""
    second_rules: Share = 0.25
    """Share of sections that hold a second rule."""
    base_quality: float = 0.7
    """Sd of the quality that everyone sees, spec or no spec; a rule's quality has sd 1 unless planted."""
    heaviest: float = 4.0
    """What a planted rule's quality may weigh at most, where the other rules' weigh 1."""
    planted: int = Field(4, ge=0)
    shares: Mapping[MendType, float] = Field(default_factory=lambda: dict.fromkeys(MEND_TYPES, 0.25))
    """Of the planted mends, by type."""
    new_sections: Share = 0.34
    """Share of the missing rules whose topic has no section at all."""
    effect: tuple[float, float] = (16.0, 26.0)
    """Points by which a mend alone moves agreement on what it touches: aimed at, then measured."""
    touches: tuple[float, float] = (0.18, 0.26)
    """Share of the conversations that a planted mend touches, from and to."""
    people: PeopleConfig = PeopleConfig()
    model: ModelConfig = ModelConfig()

    @model_validator(mode="after")
    def _room(self) -> Self:
        if self.planted > self.sections:
            raise OptionError(
                f"{self.planted} planted mends need as many sections; there are {self.sections}"
            )
        if self.planted * sum(self.touches) / 2 > 1.7:
            raise OptionError(
                f"{self.planted} mends that touch {self.touches[0]:.0%} to {self.touches[1]:.0%} of the "
                "conversations need more topics than conversations have: plant fewer or let them touch less"
            )
        return self

    def scaled(self, factor: float) -> "WorldConfig":
        """The same world with `factor` times the conversations and people; mends touch the same share."""
        people = self.people.model_copy(
            update={"participants": max(8, round(self.people.participants * factor))}
        )
        return self.model_copy(
            update={"conversations": max(40, round(self.conversations * factor)), "people": people}
        )


def shaped(shape: Shape) -> WorldConfig:
    """The defaults of a shape: `small` for tests, `ca1` as large as the CA-1 release."""
    if shape == "small":
        return WorldConfig()
    return WorldConfig(
        shape="ca1",
        conversations=1078,
        sections=40,
        planted=10,
        effect=(12.0, 22.0),
        touches=(60 / 1078, 150 / 1078),
        people=PeopleConfig(participants=1012, raters=16, crowd=True),
    )
