"""What reviewers said about a run: choices with name and reason, kept with the run, added to and never erased.

Until a round closes a choice can be undone; closing hands the choices on to the loop. A run that is finished keeps
them for its export.
"""

import json
import os
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from ..errors import OptionError, RunError
from ..records import Record, canonical_json, content_id
from ..spec import Edit, visible
from ..store.lines import open_lines

Choice = Literal["adopt", "reword", "insist", "defer", "set_aside", "ask", "end"]
CHOICES: tuple[Choice, ...] = ("adopt", "reword", "insist", "defer", "set_aside", "ask", "end")
LONGEST = 20_000
"""Characters of a reason or a wording."""


class Entry(Record):
    """One thing that a reviewer said, or took back."""

    id: str
    at: str
    """Time in UTC, ISO 8601."""
    name: str
    proposal: str
    choice: Choice
    reason: str
    wording: tuple[Edit, ...] = ()
    """The reviewer's own edits, with `reword` and `insist`."""
    colleague: str = ""
    """Whose answer is waited for, with `ask`."""
    undoes: str = ""
    """Id of the entry that this one takes back."""
    closed: bool = Field(default=False)
    """Handed on to the loop: it can't be undone."""


class Desk:
    """The reviewers' entries of one run. Several processes may add to it at once."""

    FILE = "reviews.jsonl"

    def __init__(self, folder: Path) -> None:
        self._lines = open_lines(folder, self.FILE)

    def stamp(self) -> int:
        """Changes whenever somebody decided."""
        return self._lines.stamp()

    def entries(self) -> list[Entry]:
        """Everything, the oldest first. Raises RunError where it can't be read."""
        try:
            return [Entry.model_validate_json(line) for line in self._lines.read()]
        except ValidationError:
            raise RunError(f"{self._lines.place}: not a list of reviewers' decisions; restore it") from None

    def standing(self) -> dict[str, Entry]:
        """Proposal to the choice that holds: the last that was not taken back."""
        entries = self.entries()
        undone = {entry.undoes for entry in entries if entry.undoes}
        closed = {entry.id for entry in entries if entry.closed}
        found: dict[str, Entry] = {}
        for entry in entries:
            if not entry.undoes and not entry.closed and entry.id not in undone:
                found[entry.proposal] = entry.model_copy(update={"closed": entry.id in closed})
        return found

    def choose(
        self,
        proposal: str,
        choice: str,
        *,
        name: str,
        reason: str,
        wording: Iterable[Edit] = (),
        colleague: str = "",
    ) -> Entry:
        """Write a choice down. Raises OptionError where name or reason is missing, or what the choice needs."""
        entry = Entry(
            id="", at=_now(), name=checked_name(name), proposal=proposal, choice=_choice(choice),
            reason=_said(reason, "a reason"), wording=tuple(wording), colleague=colleague.strip(),
        )  # fmt: skip
        if entry.choice == "reword" and not entry.wording:
            raise OptionError("adopting in your own wording needs the wording: edit the section's text")
        if entry.choice == "insist" and not entry.wording:
            raise OptionError("to insist on a wording, adopt the proposal in your wording first")
        if entry.choice == "ask" and not entry.colleague:
            raise OptionError("asking a colleague needs a name: say who is to answer")
        return self._add(entry)

    def undo(self, id: str, *, name: str) -> Entry:
        """Take a choice back. Raises OptionError where it isn't there, or its round has closed."""
        for entry in self.standing().values():
            if entry.id == id:
                if entry.closed:
                    raise OptionError("this choice was handed on to the loop: the round has closed")
                update = {"id": "", "at": _now(), "name": checked_name(name), "undoes": id, "wording": ()}
                return self._add(entry.model_copy(update=update))
        raise OptionError(f"no choice {id!r} stands: it was taken back, or replaced")

    def close(self, entries: Iterable[Entry]) -> None:
        """Say that these were handed on to the loop."""
        for entry in entries:
            self._write(entry.model_copy(update={"closed": True}))

    def _add(self, entry: Entry) -> Entry:
        entry = entry.model_copy(update={"id": content_id("review", entry, os.urandom(8).hex())})
        self._write(entry)
        return entry

    def _write(self, entry: Entry) -> None:
        self._lines.add(canonical_json(json.loads(entry.model_dump_json())))


def checked_name(name: str) -> str:
    """A reviewer's name, fit for a record. Raises OptionError for none, or for the loop's own."""
    name = " ".join(visible(name).split())[:120]
    if not name:
        raise OptionError("a decision carries a name: say who decides")
    if name == "loop":
        raise OptionError("the name 'loop' is the machine's own: give yours")
    return name


def _choice(choice: str) -> Choice:
    for known in CHOICES:
        if choice == known:
            return known
    raise OptionError(f"a decision is one of {', '.join(CHOICES)}, not {choice!r}")


def _said(text: str, what: str) -> str:
    if not text.strip():
        raise OptionError(f"a decision needs {what}: say why, in a sentence")
    return text.strip()[:LONGEST]


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
