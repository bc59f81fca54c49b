"""The table of behaviours: what the embedded reader can see in a text. Read from TOML, checked as it is read."""

import hashlib
import re
import tomllib
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files
from pathlib import Path

from pydantic import Field, ValidationError

from ...errors import ModelError
from ...records import Record
from .wording import normal, phrases, sentences

_MOST = 64


class _Row(Record):
    name: str = Field(min_length=1, max_length=40)
    does: str = Field(min_length=3, max_length=120)
    cues: tuple[str, ...] = Field(min_length=1)
    words: tuple[str, ...] = Field(min_length=1)
    negations: tuple[str, ...] = ()


class _File(Record):
    version: str = "1"
    behaviour: tuple[_Row, ...] = Field(min_length=1, max_length=_MOST)


@dataclass(frozen=True)
class Behaviour:
    """Something a response does or doesn't do. `does` completes "The assistant should …"."""

    name: str
    does: str
    cues: re.Pattern[str] = field(repr=False)
    words: re.Pattern[str] = field(repr=False)
    negations: re.Pattern[str] = field(repr=False)
    phrases: tuple[str, ...] = ()
    """Its cues as they are written."""


@dataclass(frozen=True, eq=False)
class Table:
    """All behaviours, in the order of the file. `digest` tells two tables apart."""

    behaviours: tuple[Behaviour, ...]
    version: str
    digest: str

    @cached_property
    def by_name(self) -> dict[str, Behaviour]:
        return {behaviour.name: behaviour for behaviour in self.behaviours}

    @cached_property
    def _shown(self) -> dict[str, frozenset[str]]:
        return {}

    def shown(self, response: str) -> frozenset[str]:
        """Names of the behaviours that a response shows."""
        known = self._shown
        if response not in known:
            if len(known) > 20_000:
                known.clear()
            found: set[str] = set()
            for sentence in sentences(response):
                text = normal(sentence.text)
                found.update(
                    one.name
                    for one in self.behaviours
                    if one.name not in found and one.cues.search(text) and not one.negations.search(text)
                )
            known[response] = frozenset(found)
        return known[response]

    def named(self, text: str) -> list[tuple[int, int, str]]:
        """Behaviours named in normalised text: (start, end, name), by position."""
        found = [
            (match.start(), match.end(), one.name)
            for one in self.behaviours
            for match in one.words.finditer(text)
        ]
        return sorted(found)


def shipped_table() -> Table:
    """The table that comes with Concord."""
    source = files(__package__).joinpath("behaviours.toml").read_bytes()
    return parse_table(source, "behaviours.toml")


def load_table(path: Path) -> Table:
    """A table of one's own. Raises ModelError for a file that can't be read or holds no valid table."""
    try:
        source = path.read_bytes()
    except OSError as problem:
        reason = problem.strerror or type(problem).__name__
        raise ModelError(f"the table of behaviours {path} can't be read: {reason}") from None
    return parse_table(source, str(path))


def parse_table(source: bytes, name: str) -> Table:
    """`source` is TOML. Raises ModelError naming the key and what to do."""
    try:
        content = _File.model_validate(tomllib.loads(source.decode("utf-8")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as problem:
        raise ModelError(f"{name} is no TOML file in UTF-8: {problem}") from None
    except ValidationError as problem:
        first = problem.errors()[0]
        path = ".".join(str(step) for step in first["loc"])
        raise ModelError(f"{name}: {path}: {first['msg']}; see the shipped behaviours.toml") from None
    names = [row.name for row in content.behaviour]
    if twice := sorted({one for one in names if names.count(one) > 1}):
        raise ModelError(f"{name} has two behaviours called {', '.join(twice)}; give each a name of its own")
    for row in content.behaviour:
        if not all(normal(one).rstrip("* ") for one in (*row.cues, *row.words, *row.negations)):
            raise ModelError(f"{name}: the behaviour {row.name!r} has an empty phrase; delete it")
    table = Table(
        behaviours=tuple(
            Behaviour(
                name=row.name,
                does=" ".join(row.does.split()),
                cues=phrases(row.cues),
                words=phrases(row.words),
                negations=phrases(row.negations),
                phrases=row.cues,
            )
            for row in content.behaviour
        ),
        version=content.version,
        digest=hashlib.sha256(source).hexdigest(),
    )
    for one in table.behaviours:
        read = {found for _, _, found in table.named(normal(one.does))}
        if read != {one.name}:
            others = ", ".join(sorted(read)) or "nothing"
            raise ModelError(
                f"{name}: the phrase {one.does!r} of {one.name!r} is read as {others}; "
                "it must hold one of that behaviour's words and no other's"
            )
    return table
