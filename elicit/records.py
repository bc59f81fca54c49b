"""What a study is: what people are shown, what they are asked, and who sees what."""

from collections.abc import Mapping
from typing import Literal

from pydantic import Field, JsonValue, field_validator, model_validator

from ..panel.records import BlockName, Conversation
from ..records import Record

Status = Literal["open", "paused", "closed"]

LONGEST_TEXT = 20_000
"""Characters that one text field takes."""


class Provenance(Record):
    """Where a response came from."""

    model: str = ""
    """Name of the base model; empty: written or brought by a person."""
    opinion: str = ""
    """The opinion that it was asked to embody; empty: none was asked for."""
    call: str = ""
    """Id of the call that wrote it."""


class RubricItem(Record):
    """One sentence that a good response should meet."""

    id: str
    criterion: str


class Item(Record):
    """One thing that a person is asked about: a conversation, or what another kind of step shows."""

    id: str
    kind: str = "conversation"
    conversation: Conversation | None = None
    section: str = ""
    """The section that the scenario was written for; empty where none was named."""
    language: str = ""
    """Of the prompt, as in HTML's `lang` (`en`, `pt-BR`); empty: not told."""
    sources: Mapping[str, Provenance] = {}
    """Response label to where it came from."""
    rubrics: tuple[RubricItem, ...] = ()
    content: Mapping[str, JsonValue] = {}
    """What another kind than `conversation` shows."""

    @model_validator(mode="after")
    def _has_what_it_shows(self) -> "Item":
        if self.kind == "conversation" and self.conversation is None:
            raise ValueError("an item of kind 'conversation' needs one")
        return self


class Question(Record):
    """One question with a few choices, or with free text where there are none. None has to be answered."""

    id: str = Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")
    ask: str = Field(min_length=1, max_length=500)
    choices: tuple[str, ...] = ()
    long: bool = False
    """Free text of several lines."""

    @field_validator("choices")
    @classmethod
    def _told_apart(cls, choices: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(choices)) != len(choices) or not all(choice.strip() for choice in choices):
            raise ValueError("choices are not empty, and each stands once")
        return choices


class Assignment(Record):
    """Who sees what: how much each person does, and how many people rank each conversation."""

    per_person: int = Field(10, ge=1, le=50)
    """Prompts that one person sees. The study's people saw 5 to 20."""
    raters: int = Field(5, ge=1)
    """People wanted for each conversation that isn't shown to all."""
    shared: int = Field(2, ge=0)
    """Conversations that everybody sees."""
    seed: int = 0

    @model_validator(mode="after")
    def _leaves_room(self) -> "Assignment":
        if self.shared > self.per_person:
            raise ValueError("shared is more than per_person")
        return self


class Study(Record):
    """Everything that people are shown and asked. It doesn't change once the first person is invited."""

    id: str
    title: str = "How should an AI assistant answer?"
    consent: str = ""
    """Plain text; blank lines part paragraphs. Empty: nobody is asked for consent."""
    contact: str = ""
    """Whom to ask, shown on every page; empty: nobody is named."""
    about: tuple[Question, ...] = ()
    """Asked once, at the beginning."""
    opinions: tuple[Question, ...] = ()
    """Asked about each prompt, e.g. how important a good answer is."""
    blocks: tuple[BlockName, ...] = Field(("world",), min_length=1, max_length=2)
    """The first is asked for every prompt."""
    second_for: int = Field(5, ge=0)
    """For how many of a person's first prompts the second block is asked too."""
    own_rubrics: bool = True
    """Whether people may write rubric items of their own."""
    minutes_per_prompt: float = Field(3.0, gt=0, le=120)
    """A first guess for the time left, until a person's own pace is known."""
    assignment: Assignment = Assignment()
    items: tuple[Item, ...] = Field((), repr=False)
    synthetic: bool = False
    """Whether the answers come from no people: the data says so wherever it is read."""

    @field_validator("items")
    @classmethod
    def _ids_once(cls, items: tuple[Item, ...]) -> tuple[Item, ...]:
        if len({item.id for item in items}) != len(items):
            raise ValueError("two items have one id")
        return items

    @field_validator("blocks")
    @classmethod
    def _blocks_once(cls, blocks: tuple[BlockName, ...]) -> tuple[BlockName, ...]:
        if len(set(blocks)) != len(blocks):
            raise ValueError("a block stands twice")
        return blocks

    def item(self, id: str) -> Item:
        """Raises KeyError."""
        for item in self.items:
            if item.id == id:
                return item
        raise KeyError(id)
