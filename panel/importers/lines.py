"""JSON lines from a file that may hold anything, and the notes taken on what is wrong with them."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NoReturn

from ...errors import DataError
from ..records import Problem

Fields = Mapping[str, Any]


@dataclass(slots=True)
class Notes:
    """The problems of a reading, in the order of the files."""

    problems: list[Problem] = field(default_factory=list)

    def add(self, kind: str, place: "Place", subject: str, message: str, *, dropped: bool) -> None:
        self.problems.append(
            Problem(
                kind=kind, file=place.file, line=place.line, subject=subject, message=message, dropped=dropped
            )
        )


@dataclass(slots=True)
class CountedNotes(Notes):
    """Counts problems by kind, and keeps the first of each alone: for data of any size."""

    counts: Counter[str] = field(default_factory=Counter)

    def add(self, kind: str, place: "Place", subject: str, message: str, *, dropped: bool) -> None:
        self.counts[kind] += 1
        if self.counts[kind] == 1:
            Notes.add(self, kind, place, subject, message, dropped=dropped)


@dataclass(frozen=True, slots=True)
class Place:
    """One line of one file, where problems are noted."""

    file: str
    line: int
    notes: Notes

    def note(self, kind: str, subject: str, message: str, *, dropped: bool = False) -> None:
        self.notes.add(kind, self, subject, message, dropped=dropped)


def read_lines(path: Path, notes: Notes) -> Iterator[tuple[Place, Fields]]:
    """The JSON objects of a file, line by line; blank lines are passed over, other lines noted and dropped.

    Lines end at `\\n` only. Raises DataError for a file that can't be opened.
    """
    try:
        with path.open("rb") as file:
            for number, raw in enumerate(file, start=1):
                place = Place(path.name, number, notes)
                if raw.strip() and (fields := _object(raw, place)) is not None:
                    yield place, fields
    except OSError as problem:
        raise DataError(f"{path}: can't be read ({problem.strerror or problem})") from None


def text_of(value: object, place: Place, subject: str) -> str:
    """A field that should be text: null is empty, numbers and truth values are written out, anything else is noted.

    Half a surrogate pair is no character: it becomes U+FFFD, and is noted.
    """
    if value is None:
        return ""
    if isinstance(value, (int, float)):
        return str(value)
    if not isinstance(value, str):
        place.note("not_text", subject, f"{type(value).__name__} stands where text is expected", dropped=True)
        return ""
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        place.note("broken_character", subject, "half a surrogate pair was replaced by U+FFFD")
        return value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def objects_of(value: object, place: Place, subject: str) -> list[Fields]:
    """The JSON objects of a list; null is an empty list, anything that is no object is noted and dropped."""
    if value is None:
        return []
    entries = value if isinstance(value, list) else [value]
    objects: list[Fields] = (
        [each for each in entries if isinstance(each, dict)] if isinstance(value, list) else []
    )
    if len(objects) < len(entries):
        message = f"{len(entries) - len(objects)} of {len(entries)} entries of a list are no JSON objects"
        if not isinstance(value, list):
            message = f"{type(value).__name__} stands where a list of JSON objects is expected"
        place.note("not_an_object", subject, message, dropped=True)
    return objects


def _object(raw: bytes, place: Place) -> Fields | None:
    try:
        value = json.loads(raw.decode("utf-8-sig" if place.line == 1 else "utf-8"), parse_constant=_refuse)
    except UnicodeDecodeError:
        wrong = "not UTF-8"
    except json.JSONDecodeError as problem:
        wrong = f"not JSON ({problem.msg} at character {problem.pos + 1})"
    except ValueError as problem:
        wrong = f"not JSON ({problem})"
    except RecursionError:
        wrong = "nested too deeply"
    else:
        if isinstance(value, dict):
            return value
        wrong = "no JSON object"
    place.note("malformed_line", "", f"the line is {wrong}", dropped=True)
    return None


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON number")
