"""The people's side: conversations, participants and what they said."""

from collections.abc import Mapping
from functools import cached_property
from typing import Literal

from pydantic import ConfigDict, Field

from ..records import Record, digest
from .ranking import Ranking

BlockName = Literal["world", "personal"]


class Message(Record):
    role: str
    content: str


class Response(Record):
    label: str
    messages: tuple[Message, ...]
    origin: str = ""
    """Where the response came from (a model's name, a person), empty when unknown."""

    @property
    def text(self) -> str:
        return "\n\n".join(message.content for message in self.messages)


class Conversation(Record):
    """A prompt with its labelled candidate responses."""

    id: str
    messages: tuple[Message, ...]
    responses: tuple[Response, ...] = Field(min_length=2)

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(response.label for response in self.responses)


class Participant(Record):
    id: str
    demographics: Mapping[str, str] = {}


class Judgement(Record):
    """One ranking block of one assessment: a weak order and the reason written for it."""

    ranking: Ranking
    rationale: str = ""


class Unacceptable(Record):
    """What a person who was asked for unacceptable responses flagged; no labels means: asked, flagged none."""

    labels: tuple[str, ...]
    rationale: str = ""


class Assessment(Record):
    """One person's evidence on one conversation. `id` is unique in a panel, duplicates of a cell included."""

    id: str
    conversation: str
    participant: str
    world: Judgement | None = None
    personal: Judgement | None = None
    unacceptable: Unacceptable | None = None
    """None: never asked."""
    importance: str = ""
    representativeness: str = ""
    subjectivity: str = ""

    def judgement(self, block: BlockName) -> Judgement | None:
        return self.world if block == "world" else self.personal


class RubricItem(Record):
    """A criterion for the responses to one conversation, with the weight that each person gives it.

    A score is in points from -10 to 10: above 0 the response should meet the criterion, below 0 it should not,
    0 is indifference (the scale of the CoVal release).
    """

    id: str
    """Unique in a panel."""
    conversation: str
    criterion: str
    author: str = ""
    """Id of the participant who wrote it; empty where a researcher did, or where nobody says."""
    scores: Mapping[str, float] = {}
    """Participant id to points; none for a criterion that was distilled from others."""
    core: bool = False
    """Whether it stands in the release's short list of compatible criteria."""


class Problem(Record):
    """Something in the data that could not be used, or that a reader should know of."""

    kind: str
    """e.g. unparsable_ranking, unknown_label, duplicate_cell, tie_all, empty_rationale, no_demographics."""
    file: str
    line: int
    subject: str
    """The id concerned."""
    message: str
    dropped: bool
    """Whether the item was left out."""


class Panel(Record):
    """Everything that was read, indexed by id, in the order of the files."""

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    conversations: Mapping[str, Conversation]
    participants: Mapping[str, Participant]
    assessments: tuple[Assessment, ...]
    rubrics: tuple[RubricItem, ...] = ()
    """Criteria for the conversations' responses, with people's scores, in the order of the files."""
    problems: tuple[Problem, ...] = ()
    notice: str = ""
    """E.g. that the data is synthetic; printed by every output."""

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content that counts (not of problems or file names)."""
        content: list[object] = [self.conversations, self.participants, list(self.assessments)]
        # A panel without rubrics keeps the digest that the ledger of openings knows it by.
        return digest([*content, list(self.rubrics)] if self.rubrics else content)


class Lens(Record):
    """Which evidence counts and how. Every statistic takes one."""

    block: BlockName = "world"
    group: Mapping[str, tuple[str, ...]] = {}
    """Demographic key to the allowed values; empty: everybody."""
    weights: Mapping[str, float] = {}
    """Participant id to weight; absent ids weigh 1."""
    people: Literal["all", "open", "reserved"] = "all"
    """With a split seed: everybody, or only those (not) in the participants' reserve."""
    split_seed: int = 0
    participants: tuple[str, ...] | None = None
    """Ids of the only participants who count; None: no such list."""
