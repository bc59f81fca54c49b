"""The answer schema of each agent. Base models answer through these, whatever their wire."""

from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, model_validator

from ..errors import DataError
from ..models.protocol import Answer
from ..panel.ranking import Ranking
from ..spec.records import Kind, Operation
from .records import Stance


class RankingAnswer(Answer):
    """The ranker's: every label once, best tier first. `expect`: {"labels": [str, ...]}."""

    explanation: str
    ranking: str

    @model_validator(mode="after")
    def _every_label_once(self, info: ValidationInfo) -> Self:
        if labels := _expected(info, "labels"):
            try:
                Ranking.parse(self.ranking, labels)
            except DataError as problem:
                raise ValueError(str(problem)) from None
        return self


class Grade(Answer):
    conversation: str
    section: str
    grade: Annotated[int, Field(ge=1, le=5)]


class RelevanceAnswer(Answer):
    """The relevance grader's: pairs graded 3 or more are listed, what is not listed counts 1.

    `expect`: {"conversations": [key, ...], "sections": [id, ...]}.
    """

    grades: tuple[Grade, ...]

    @model_validator(mode="after")
    def _known_names(self, info: ValidationInfo) -> Self:
        for field in ("conversation", "section"):
            known = set(_expected(info, f"{field}s"))
            if known and (unknown := {getattr(grade, field) for grade in self.grades} - known):
                raise ValueError(f"no {field} is called {', '.join(sorted(unknown))}")
        return self


class ProposedEdit(Answer):
    op: Operation
    section: str
    anchor: str
    text: str


class ProposedChange(Answer):
    intent: str
    kind: Kind
    edits: tuple[ProposedEdit, ...]


class ProposerAnswer(Answer):
    """Both proposers': any number of changes, none is a fine answer."""

    proposals: tuple[ProposedChange, ...]


class JudgedJustification(Answer):
    justification: str
    stance: Stance


class ValidatorAnswer(Answer):
    """The validator's: one stance for every justification. `expect`: {"justifications": [key, ...]}."""

    verdicts: tuple[JudgedJustification, ...]

    @model_validator(mode="after")
    def _each_once(self, info: ValidationInfo) -> Self:
        wanted = sorted(_expected(info, "justifications"))
        found = sorted(verdict.justification for verdict in self.verdicts)
        if wanted and wanted != found:
            raise ValueError(f"one verdict each is wanted for {', '.join(wanted)}; got {', '.join(found)}")
        return self


ANSWERS: dict[
    Literal["ranker", "relevance", "batch_proposer", "conversation_proposer", "validator"], type[Answer]
] = {
    "ranker": RankingAnswer,
    "relevance": RelevanceAnswer,
    "batch_proposer": ProposerAnswer,
    "conversation_proposer": ProposerAnswer,
    "validator": ValidatorAnswer,
}


def _expected(info: ValidationInfo, name: str) -> list[str]:
    context: Any = info.context or {}
    return list(context.get(name, ()))
