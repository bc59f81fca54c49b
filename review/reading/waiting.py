"""What a paused run asks a reviewer."""

from ...records import Record
from .source import RunSource

_ASKED = "asked"
"""The note in which a run writes down what it waits on."""


class Asked(Record):
    """The question that a run waits with."""

    proposal: str
    intent: str
    reason: str
    number: int = 1
    """This question's among the round's `of`."""
    of: int = 1
    label: str = ""
    """proven or likely."""


def question(source: RunSource) -> Asked | None:
    """None where the run is finished, or waits for nobody."""
    if source.finished:
        return None
    note = source.note(_ASKED)
    if not isinstance(note, dict):
        return None
    return Asked.model_validate({name: note[name] for name in Asked.model_fields if name in note})
