"""What stands in an agent's rendered prompt, typed: the views that `prompt_reader` reads prompts into."""

from dataclasses import dataclass

from .prompt_instructions import Instructions


@dataclass(frozen=True, slots=True)
class Said:
    """One message of a conversation."""

    role: str
    content: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A section. `text` is its source, what an outline says of it, or empty; changed sentences are quoted apart."""

    id: str
    text: str = ""
    authority: str | None = None
    level: int | None = None
    title: str = ""
    changed: tuple[str, ...] = ()
    before: str | None = None
    """Where a proposal is shown: its text before and after, None where it is new, or taken out."""
    after: str | None = None


@dataclass(frozen=True, slots=True)
class ShownResponse:
    label: str
    text: str
    rank: int | None = None


@dataclass(frozen=True, slots=True)
class Spoken:
    """A conversation under its key; the ranker's has none."""

    key: str
    messages: tuple[Said, ...]
    responses: tuple[ShownResponse, ...] = ()
    """In the order shown."""


@dataclass(frozen=True, slots=True)
class Person:
    ranking: str
    rationale: str


@dataclass(frozen=True, slots=True)
class ReadCase:
    """A conversation as a proposer is shown it."""

    conversation: Spoken
    sections: tuple[str, ...]
    ranker: str
    explanation: str
    people: int
    aggregate: str
    counts: tuple[tuple[str, int], ...]
    """(ranking, people who gave it)."""
    shown: tuple[Person, ...]
    criteria: tuple[tuple[str, str], ...] = ()
    """(counts, text) of criteria that people scored."""


@dataclass(frozen=True, slots=True)
class Tried:
    section: str
    intent: str
    outcome: str
    closed: bool
    note: str


@dataclass(frozen=True, slots=True)
class Note:
    """A justification. `ranking` is written where no responses are shown."""

    key: str
    text: str
    ranking: str
    messages: tuple[Said, ...] = ()
    responses: tuple[ShownResponse, ...] = ()
    criteria: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Edited:
    """A proposal: its intent with the sections it changes, or with its edits as (op, section, anchor, text)."""

    intent: str
    kind: str = ""
    sections: tuple[Shown, ...] = ()
    edits: tuple[tuple[str, str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Prompt:
    """What stands in a prompt; fields that its role doesn't have are empty."""

    instructions: Instructions
    outline: tuple[Shown, ...] = ()
    sections: tuple[Shown, ...] = ()
    conversations: tuple[Spoken, ...] = ()
    labels: tuple[str, ...] = ()
    """Ranker: the labels to rank."""
    cases: tuple[ReadCase, ...] = ()
    keeping: tuple[ReadCase, ...] = ()
    tried: tuple[Tried, ...] = ()
    most: int = 0
    """Proposers: the most changes to answer with; the scenario writer: how many are wanted."""
    proposals: tuple[Edited, ...] = ()
    justifications: tuple[Note, ...] = ()
    passage: str = ""
    """Conflict: the other passage's text."""
    criteria: tuple[tuple[str, str], ...] = ()
    """Rubric: key and text of each criterion."""
    themes: tuple[tuple[str, str], ...] = ()
    """Themes found before: (title, about)."""
    texts: tuple[tuple[str, str], ...] = ()
    """The writers: (name, text) of what they are told beside section and conversation, in order."""

    @property
    def role(self) -> str:
        return self.instructions.role
