"""A study's prompts and responses as a person reviews them: one line a prompt in `items.jsonl`, there to be edited."""

import json
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field, ValidationError

from ..errors import DataError
from ..panel.records import Conversation, Message, Response
from ..records import Record, content_id
from ..store.runs import write_atomically
from .records import Item, Provenance, RubricItem
from .spread import Spread

ITEMS = "items.jsonl"
MOST_RESPONSES = 8


class PreparedResponse(Record):
    """One response. `drop` leaves it out; its text may be edited."""

    label: str = Field(min_length=1, max_length=8, pattern=r"^[^<>=\s]+$")
    text: str = Field(min_length=1)
    opinion: str = ""
    """What it was asked to embody; empty for a plain answer, or for what a person brought."""
    model: str = ""
    call: str = ""
    edited: bool = False
    """Set where a person changed the text."""
    drop: bool = False
    note: str = ""


class PreparedItem(Record):
    """One prompt. `drop` leaves it out."""

    id: str = Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9][A-Za-z0-9_.:-]*$")
    drop: bool = False
    note: str = ""
    """What a reviewer should look at, such as `nearly the same as …`."""
    section: str = ""
    language: str = Field("", max_length=35, pattern=r"^[A-Za-z0-9-]*$")
    messages: tuple[Message, ...] = Field(min_length=1)
    stake: str = ""
    """What people would disagree about."""
    call: str = ""
    """The call that wrote the prompt."""
    responses: tuple[PreparedResponse, ...]
    rubrics: tuple[str, ...] = ()
    """Sentences for people to score."""
    spread: Spread | None = None

    @property
    def kept(self) -> tuple[PreparedResponse, ...]:
        return tuple(each for each in self.responses if not each.drop)

    @property
    def usable(self) -> bool:
        return not self.drop and len(self.kept) >= 2

    def conversation(self) -> Conversation:
        """Of the responses that are kept."""
        return Conversation(
            id=self.id,
            messages=self.messages,
            responses=tuple(
                Response(
                    label=each.label,
                    messages=(Message(role="assistant", content=each.text),),
                    origin=each.model,
                )
                for each in self.kept
            ),
        )

    def item(self) -> Item:
        """As people are shown it."""
        return Item(
            id=self.id, conversation=self.conversation(), section=self.section, language=self.language,
            sources={each.label: Provenance(model=each.model, opinion=each.opinion, call=each.call) for each in self.kept},
            rubrics=tuple(
                RubricItem(id=content_id("rubric", self.id, criterion), criterion=criterion)
                for criterion in dict.fromkeys(self.rubrics)
            ),
        )  # fmt: skip


def write_items(folder: Path, items: Sequence[PreparedItem]) -> None:
    lines = [json.dumps(item.model_dump(mode="json"), ensure_ascii=False) + "\n" for item in items]
    write_atomically(folder / ITEMS, "".join(lines))


def read_items(folder: Path) -> tuple[PreparedItem, ...]:
    """Every line of the review file, dropped ones included. Raises DataError that names the line."""
    path = folder / ITEMS
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as problem:
        raise DataError(f"{path}: can't be read ({problem.strerror})") from None
    items: list[PreparedItem] = []
    known: set[str] = set()
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            item = PreparedItem.model_validate_json(line)
        except ValidationError as problem:
            first = problem.errors()[0]
            place = ".".join(map(str, first["loc"])) or "the line"
            raise DataError(f"{path}:{number}: {place}: {first['msg'].lower()}") from None
        if item.id in known:
            raise DataError(f"{path}:{number}: the id {item.id!r} stands twice; give each prompt its own")
        _check(item, f"{path}:{number}")
        known.add(item.id)
        items.append(item)
    return tuple(items)


def _check(item: PreparedItem, where: str) -> None:
    if item.drop:
        return
    labels = [each.label for each in item.kept]
    if len(labels) < 2:
        raise DataError(
            f"{where}: prompt {item.id!r} has fewer than two responses left; write drop: true for it"
        )
    if len(labels) > MOST_RESPONSES:
        raise DataError(
            f"{where}: prompt {item.id!r} has {len(labels)} responses; people can rank {MOST_RESPONSES}"
        )
    if len(set(labels)) != len(labels):
        raise DataError(f"{where}: two responses of prompt {item.id!r} have one label")
