"""What a spec is made of: the document, its sections, edits to it, and proposals."""

from typing import Literal

from pydantic import Field

from ..records import Record, content_id

Authority = Literal["root", "platform", "system", "developer", "user", "guideline"]
Operation = Literal["replace", "insert", "delete", "new_section"]
Kind = Literal["clarification", "change_of_principle"]
Origin = Literal["batch", "conversation", "human"]


class Section(Record):
    """One heading with the text below it, up to the next heading of any level.

    Offsets count characters of `Spec.text`: `start` is the heading's first character, `body` the first
    character after the heading, `end` the start of the next heading or the end of the text. So the
    sections, after the text before the first heading, tile the document.
    """

    id: str
    title: str
    level: int = Field(ge=1, le=6)
    authority: Authority | None = None
    parent: str | None = None
    start: int
    body: int
    end: int


class Example(Record):
    """A labelled example response that the spec itself carries."""

    section: str
    messages: tuple[tuple[str, str], ...]
    """(role, content) of what comes before the response."""
    response: str
    label: Literal["GOOD", "OK", "BAD"] | None
    note: str = ""
    group: int
    """Responses with the same group stand in one `<comparison>`."""


class Edit(Record):
    """One change to one section, anchored on exact existing text.

    - replace: `anchor` (once in the section's heading or body) becomes `text`
    - insert: `text` is placed directly after `anchor`; an empty anchor means the end of the section
    - delete: `anchor` is removed
    - new_section: `text` (Markdown that begins with a heading) is placed after `section` and all below it;
      with the end of the section's own text as `anchor`, directly below it, before the sections there
    """

    op: Operation
    section: str
    anchor: str = ""
    text: str = ""


class Proposal(Record):
    """One or a few edits with an intent."""

    edits: tuple[Edit, ...] = Field(min_length=1)
    intent: str
    kind: Kind
    origin: Origin
    conversations: tuple[str, ...] = ()
    """Ids of the conversations that gave rise to it."""
    base: str = ""
    """Digest of the spec text it was written against."""
    author: str = ""
    """A person's name for human proposals, else empty."""
    diagnosis: str = ""
    """What in the text misled the ranker and what the people share, as the proposer saw it."""
    placement: str = ""
    """Where the new text stands, with which authority, and why, in the proposer's words."""

    @property
    def id(self) -> str:
        return content_id("proposal", self.base, self.edits, self.intent, self.kind)
