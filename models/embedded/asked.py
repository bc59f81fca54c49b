"""The data of prompt parts, as the embedded reader takes it. What a part has beyond this is ignored."""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter, ValidationError

from ...errors import CallFailed
from ..protocol import Request


class _Data(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class SectionData(_Data):
    id: str
    title: str = ""
    level: int = 1
    authority: str | None = None
    text: str = ""


class EntryData(_Data):
    """A section as the outline shows it to the router."""

    id: str
    title: str = ""
    level: int = 1
    covers: str = ""

    @property
    def section(self) -> SectionData:
        return SectionData(id=self.id, title=self.title, level=self.level, text=self.covers)


class ThemeData(_Data):
    title: str = ""


class ThemedSectionData(_Data):
    id: str = ""
    found: tuple[ThemeData, ...] = ()


class TaskData(_Data):
    """What a scenario writer is asked for."""

    count: int = 1
    topics: tuple[str, ...] = ()
    seeds: tuple[str, ...] = ()
    taken: tuple[str, ...] = ()


class OpinionData(_Data):
    opinion: str = ""


class MessageData(_Data):
    role: str = "user"
    content: str = ""


class ConversationData(_Data):
    id: str = ""
    key: str = ""
    messages: tuple[MessageData, ...] = ()


class ResponseData(_Data):
    label: str
    text: str = ""


class PersonData(_Data):
    ranking: str = ""
    rationale: str = ""


class CaseData(_Data):
    id: str = ""
    key: str = ""
    messages: tuple[MessageData, ...] = ()
    responses: tuple[ResponseData, ...] = ()
    people: tuple[PersonData, ...] = ()
    sections: tuple[str, ...] = ()


class TriedData(_Data):
    section: str = ""
    intent: str = ""
    outcome: str = ""


class EditData(_Data):
    op: str
    section: str = ""
    anchor: str = ""
    text: str = ""


class ProposalData(_Data):
    id: str = ""
    intent: str = ""
    kind: str = ""
    edits: tuple[EditData, ...] = ()


class ChangeData(_Data):
    """A change as the finder of conflicts is shown it."""

    sections: tuple[SectionData, ...] = ()
    sentences: tuple[str, ...] = ()


class PassageData(_Data):
    what: str = "section"
    section: str = ""
    label: str = ""
    text: str = ""


class CriterionData(_Data):
    key: str
    text: str = ""


class JustificationData(_Data):
    key: str
    text: str = ""
    ranking: str = ""


SECTION = TypeAdapter(SectionData)
TASK = TypeAdapter(TaskData)
OPINION = TypeAdapter(OpinionData)
SECTIONS: TypeAdapter[Sequence[SectionData]] = TypeAdapter(tuple[SectionData, ...])
CONVERSATION = TypeAdapter(ConversationData)
CONVERSATIONS: TypeAdapter[Sequence[ConversationData]] = TypeAdapter(tuple[ConversationData, ...])
RESPONSES: TypeAdapter[Sequence[ResponseData]] = TypeAdapter(tuple[ResponseData, ...])
CRITERIA: TypeAdapter[Sequence[CriterionData]] = TypeAdapter(tuple[CriterionData, ...])
CASES: TypeAdapter[Sequence[CaseData]] = TypeAdapter(tuple[CaseData, ...])
TRIED: TypeAdapter[Sequence[TriedData]] = TypeAdapter(tuple[TriedData, ...])
PROPOSAL = TypeAdapter(ProposalData)
PROPOSALS: TypeAdapter[Sequence[ProposalData]] = TypeAdapter(tuple[ProposalData, ...])
CHANGE = TypeAdapter(ChangeData)
PASSAGE = TypeAdapter(PassageData)
ENTRIES: TypeAdapter[Sequence[EntryData]] = TypeAdapter(tuple[EntryData, ...])
THEMED_SECTION = TypeAdapter(ThemedSectionData)
JUSTIFICATIONS: TypeAdapter[Sequence[JustificationData]] = TypeAdapter(tuple[JustificationData, ...])

T = TypeVar("T")


def part(request: Request, name: str, shape: TypeAdapter[T], default: JsonValue = None) -> T:
    """The data of a part. Raises CallFailed for a part that isn't there, or is of another shape."""
    try:
        value = request.data(name)
    except KeyError:
        raise CallFailed(
            f"the embedded model found no part {name!r} in a request for the {request.role}"
        ) from None
    try:
        return shape.validate_python(default if value is None else value)
    except ValidationError as problem:
        first = problem.errors()[0]
        path = ".".join(str(step) for step in (name, *first["loc"]))
        raise CallFailed(
            f"the embedded model can't read {path} for the {request.role}: {first['msg']}"
        ) from None
