"""A reviewer's choice on a proposal, from a page or a terminal: on the desk, and of a finished run also among its decisions."""

from ..errors import EditError, OptionError
from ..graph.records import Decision, ReviewerWord
from ..graph.run_records import RunRecords
from ..spec import Edit
from .desk import Choice, Entry
from .reading.run import RunReading
from .wording import wording_of

WORDS: dict[Choice, ReviewerWord] = {"adopt": "adopt", "defer": "defer", "set_aside": "set_aside"}
"""Choices that decide something about a run's own proposal. A wording is tested and becomes one of its own."""


def choose(
    reading: RunReading, proposal: str, choice: str, *, name: str, reason: str, wording: str = "", colleague: str = ""
) -> Entry:  # fmt: skip
    """Write a choice down. `wording` is the text of the changed sections as a reviewer wants it, with `reword`.

    Raises OptionError for what is missing, and EditError for a wording that can't stand there.
    """
    if choice == "end" and reading.source.finished:
        raise OptionError("the run is at its end already: there is nothing to end")
    edits: tuple[Edit, ...] = ()
    if choice == "reword":
        edits = _edits(reading, proposal, wording)
    elif choice == "insist":
        edits = _insisted(reading, proposal)
    entry = reading.desk.choose(
        proposal, choice, name=name, reason=reason, wording=edits, colleague=colleague
    )
    if reading.source.finished and entry.choice in WORDS:
        _record(reading, entry, WORDS[entry.choice], entry.reason)
    return entry


def take_back(reading: RunReading, id: str, *, name: str) -> Entry:
    """Take a choice back. Raises OptionError where it isn't there, or its round has closed."""
    entry = reading.desk.undo(id, name=name)
    if reading.source.finished and entry.choice in WORDS:
        _record(reading, entry, "reopen", f"took back: {entry.choice.replace('_', ' ')}")
    return entry


def _record(reading: RunReading, entry: Entry, word: ReviewerWord, note: str) -> None:
    """Among the run's decisions, as those are that a paused run is answered with."""
    rounds = [
        *(each.round for each in reading.source.rounds()),
        *(each.round for each in reading.known.decisions),
    ]
    records = RunRecords.open(reading.folder.path)
    try:
        records.decisions.put(
            Decision(
                proposal=entry.proposal, round=max(rounds, default=1), by=entry.name, decision=word, note=note
            )
        )
        records.flush()
    finally:
        records.close()


def _edits(reading: RunReading, id: str, text: str) -> tuple[Edit, ...]:
    if not text.strip():
        return ()
    proposal = reading.known.by_id[id]
    base = reading.base_of(proposal)
    if base is None:
        raise EditError("the proposal applies to no text of this run, so it can't be worded anew here")
    return wording_of(proposal, base, text.replace("\r\n", "\n"))


def _insisted(reading: RunReading, id: str) -> tuple[Edit, ...]:
    """The wording that the reviewer had tested."""
    entry = reading.desk.standing().get(id)
    return entry.wording if entry is not None else ()
