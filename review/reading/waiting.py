"""What a paused run asks a reviewer."""

from ...records import Record
from .source import RunSource

_ASKED, _FILED = "asked", "filed"
"""The notes in which a run keeps what it waits on, and the answer that somebody filed for it at a terminal."""


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
    overlays: tuple[str, ...] = ()
    """The groups whose overlays it would come into; empty: the common text."""


class Filed(Record):
    """An answer that was given with `concord decide`: the loop takes it when the run goes on."""

    proposal: str
    decision: str
    name: str
    note: str


def filed_answer(source: RunSource) -> Filed | None:
    """None where nobody filed one."""
    note = source.note(_FILED)
    note = note.get("answer") if isinstance(note, dict) else None
    if not isinstance(note, dict):
        return None
    return Filed.model_validate({name: str(note.get(name, "")) for name in Filed.model_fields})


def question(source: RunSource) -> Asked | None:
    """None where the run is finished, or waits for nobody."""
    if source.finished:
        return None
    note = source.note(_ASKED)
    if not isinstance(note, dict):
        return None
    return Asked.model_validate({name: note[name] for name in Asked.model_fields if name in note})
