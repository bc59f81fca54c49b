"""The answer schemas of the ranker, the grader, the proposers and the validator, whatever the wire.

Reasons stand before what they lead to. A description is what a base model is told of a field.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from ..errors import DataError
from ..models.protocol import Answer
from ..panel.ranking import Ranking
from ..spec.records import Kind, Operation
from .records import Stance, Strength

RANKING_PATTERN = r"^[^>=]+([>=][^>=]+)*$"


class RankingAnswer(Answer):
    """The ranker's: every label once, best tier first. `expect`: {"labels": [str, ...]}."""

    explanation: str = Field(description="What the sections ask for here, and what in the responses decided.")
    ranking: str = Field(
        description='Every label exactly once, best first, ">" between tiers and "=" between equals: "B>A=D>C".',
        json_schema_extra={"pattern": RANKING_PATTERN},
    )

    @model_validator(mode="after")
    def _every_label_once(self, info: ValidationInfo) -> Self:
        if labels := expected(info, "labels"):
            try:
                Ranking.parse(self.ranking, labels)
            except DataError as problem:
                raise ValueError(str(problem)) from None
        return self


class Grade(Answer):
    conversation: str = Field(description="The conversation's key.")
    section: str = Field(description="The section's id.")
    grade: Annotated[int, Field(ge=4, le=5, description="5: governs the answer; 4: bears on part of it.")]


class RelevanceAnswer(Answer):
    """The relevance grader's: pairs graded 4 or 5, the two grades that are used.

    A pair that isn't listed is below 4. `expect`: {"conversations": [key, ...], "sections": [id, ...]}.
    """

    grades: tuple[Grade, ...] = Field(description="Every pair with grade 4 or 5, and no other.")

    @field_validator("grades", mode="before")
    @classmethod
    def _lower_grades_say_nothing(cls, value: Any) -> Any:
        if not isinstance(value, (list, tuple)):
            return value
        return [one for one in value if not (isinstance(one, Mapping) and one.get("grade") in (1, 2, 3))]

    @model_validator(mode="after")
    def _known_names(self, info: ValidationInfo) -> Self:
        for field in ("conversation", "section"):
            only_known(info, f"{field}s", field, [getattr(grade, field) for grade in self.grades])
        return self


class ProposedEdit(Answer):
    op: Operation = Field(description="What is done to the section.")
    section: str = Field(description="An id out of the outline.")
    anchor: str = Field(description="Existing text of the section, exactly; empty with new_section.")
    text: str = Field(description="The new text; empty with delete.")


class ProposedChange(Answer):
    conversations: tuple[str, ...] = Field(
        min_length=1, description="Keys of the conversations that the change rests on."
    )
    intent: str = Field(description="What the assistant should do differently, in one general sentence.")
    kind: Kind = Field(description="clarification: the principle stands; else change_of_principle.")
    placement: str = Field("", description="Where the new text stands, with which authority, and why.")
    edits: tuple[ProposedEdit, ...] = Field(description="One to three edits.")


class ProposerAnswer(Answer):
    """Both proposers': a diagnosis and any number of changes, none is a fine answer.

    `expect`: {"conversations": [key, ...]}, those that were shown to be studied.
    """

    diagnosis: str = Field("", description="What in the text misled the ranker, and what the people share.")
    proposals: tuple[ProposedChange, ...] = Field(description="The changes; an empty list is a fine answer.")

    @model_validator(mode="after")
    def _known_conversations(self, info: ValidationInfo) -> Self:
        named = [key for change in self.proposals for key in change.conversations]
        only_known(info, "conversations", "conversation to study", named)
        return self


class JudgedJustification(Answer):
    justification: str = Field(description="The justification's key.")
    reason: str = Field(
        description="What the person's words say about what the intent asks, in one sentence."
    )
    quote: str = Field(
        description="The words that decide it, copied from the person's own; empty when silent."
    )
    stance: Stance = Field(description="support, refute, mixed or silent.")
    strength: Strength = Field(description="asks: wants it; mentions: says it in passing; none: silent.")


class ValidatorAnswer(Answer):
    """The validator's: one stance for every justification. `expect`: {"justifications": [key, ...]}."""

    verdicts: tuple[JudgedJustification, ...] = Field(description="One item for every key.")

    @model_validator(mode="after")
    def _each_once(self, info: ValidationInfo) -> Self:
        wanted = sorted(expected(info, "justifications"))
        found = sorted(verdict.justification for verdict in self.verdicts)
        if wanted and wanted != found:
            raise ValueError(f"one verdict each is wanted for {', '.join(wanted)}; got {', '.join(found)}")
        return self


def expected(info: ValidationInfo, name: str) -> list[str]:
    """What the request expects of an answer under `name`; empty where it says nothing of it."""
    context: Any = info.context or {}
    return list(context.get(name, ()))


def only_known(info: ValidationInfo, name: str, noun: str, found: list[str]) -> None:
    """Raises ValueError where `found` names what isn't among the expected `name`."""
    known = set(expected(info, name))
    if known and (unknown := set(found) - known):
        raise ValueError(f"no {noun} is called {', '.join(sorted(unknown))}")
