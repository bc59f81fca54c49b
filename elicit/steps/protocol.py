"""What a kind of step is: which steps it adds to a person's walk, what it shows, and what it makes of a form.

Another kind is one class and one template: hand it to `study_app(kinds=...)`, its template in a folder of `templates`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from pydantic import JsonValue

from ..answers import Seat
from ..records import LONGEST_TEXT, Item, Study

Where = Literal["opening", "item"]


@dataclass(frozen=True, slots=True)
class Step:
    """One page that a person fills in."""

    kind: str
    item: str = ""
    """Id of the item that it is about; empty for what isn't about one."""

    @property
    def id(self) -> str:
        return f"{self.kind}/{self.item}" if self.item else self.kind


@dataclass(frozen=True, slots=True)
class Asked:
    """One step of one person."""

    study: Study
    step: Step
    seat: Seat
    item: Item | None
    given: Mapping[str, JsonValue]
    """What stands for this step, half an answer included; empty where nothing does, and while a form is read."""

    @property
    def order(self) -> tuple[str, ...]:
        """Labels of the item's responses in the order drawn for this person."""
        assert self.item is not None
        return self.seat.orders.get(self.item.id, ())


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form as sent: any text, any number of times."""

    fields: Mapping[str, Sequence[str]]

    def text(self, name: str, most: int = LONGEST_TEXT) -> str:
        """The last value of a field, its lines ended by LF, without blanks around it, cut at `most` characters."""
        values = self.fields.get(name, ())
        text = (
            values[-1].replace("\r\n", "\n").replace("\r", "\n").replace("\x00", "").strip() if values else ""
        )
        return text[:most]

    def choice(self, name: str, choices: Sequence[str]) -> str:
        """The value of a field if it is one of `choices`, else empty."""
        found = self.text(name, 500)
        return found if found in choices else ""


@dataclass(frozen=True, slots=True)
class Given:
    """What a step makes of a form."""

    value: Mapping[str, JsonValue]
    missing: str = ""
    """One sentence on what is still to be done; empty: the step is complete. What was given is kept either way."""
    skipped: bool = False
    """Whether the person would rather not answer: the item's other steps are passed over too."""


class StepKind(Protocol):
    """A kind of step. It keeps nothing between calls."""

    @property
    def name(self) -> str:
        """A plain word; it stands in the data."""
        ...

    @property
    def title(self) -> str:
        """A few words for lists, as the person reads them: `your ranking`."""
        ...

    @property
    def template(self) -> str:
        """File name of its template, which extends `step.html`."""
        ...

    @property
    def where(self) -> Where:
        """`opening`: once, before the items; `item`: after an item's other steps, for the items it takes."""
        ...

    def takes(self, study: Study, item: Item | None, place: int) -> bool:
        """Whether there is such a step for the item at this place (from 0) of a person's list; None: the opening."""
        ...

    def view(self, asked: Asked) -> Mapping[str, Any]:
        """What the template shows beside `study`, `step`, `item` and `given`; everything is escaped there."""
        ...

    def read(self, asked: Asked, form: Form) -> Given:
        """What the form says. It never raises for what somebody sent: what can't be used is left out."""
        ...
