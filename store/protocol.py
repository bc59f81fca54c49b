"""What the rest of Concord asks of a store: SQLite, diskcache and files, PostgreSQL, or memory."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol, TypeVar

from pydantic import JsonValue

from ..records import Record
from .kinds import Kind

T = TypeVar("T", bound=Record)


_SHA256_DIGITS = 64


def checked_key(key: str) -> str:
    """A call cache's key. Raises ValueError for what is none."""
    if len(key) != _SHA256_DIGITS:
        raise ValueError(f"a cache key is a SHA-256 in hex, not {key[:80]!r}")
    return key


class CallCache(Protocol):
    """Answers by key. Values are bytes; nothing is ever evicted; a failure is never put in."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, value: bytes) -> None: ...

    def put_many(self, values: Mapping[str, bytes]) -> None:
        """All of them at once: much faster than one by one."""
        ...

    def close(self) -> None: ...


class Repository(Protocol[T]):
    """Records of one kind, by id and by indexed fields (see Kind)."""

    def add(self, records: Sequence[T], /) -> None:
        """Keep these. A record whose id is there already changes nothing."""
        ...

    def put(self, record: T, /) -> None:
        """Add, or replace the record of the same id, unless that one is final."""
        ...

    def get(self, key: str, /) -> T:
        """The record with this id. Raises KeyError."""
        ...

    def find(self, **equal: str | int) -> list[T]:
        """Records whose indexed fields equal these, in the order of adding. No arguments: all."""
        ...

    def page(self, *, limit: int, offset: int = 0, **equal: str | int) -> list[T]:
        """Like `find`, a part of it, and without texts: for long lists."""
        ...

    def count(self, **equal: str | int) -> int: ...

    def sums(self, by: str) -> dict[str, dict[str, float]]:
        """The kind's summed fields, and `count`, for each value of an indexed field, values in order."""
        ...


class Store(Protocol):
    """Everything of one run: a repository for each kind of record, texts by content, named notes."""

    def repository(self, kind: Kind[T]) -> Repository[T]:
        """The records of this kind, always the same repository for a kind's name."""
        ...

    def put_text(self, text: str) -> str:
        """Keep a text; returns its SHA-256 hex digest."""
        ...

    def text(self, digest: str) -> str:
        """Raises KeyError."""
        ...

    def put_note(self, name: str, value: JsonValue) -> None:
        """Keep a small named JSON value; replaces an older one."""
        ...

    def note(self, name: str) -> JsonValue:
        """None when there is none."""
        ...

    def note_changed(self, name: str) -> datetime | None:
        """When a note was last put, in UTC; None when there is none, or where that wasn't kept."""
        ...

    def notes(self, prefix: str = "") -> Iterator[tuple[str, JsonValue]]: ...

    def flush(self) -> None:
        """Make all that was added durable."""
        ...

    def close(self) -> None: ...


Use = Mapping[str, str | int]
"""What was used: data, and for a selection the split's seed."""


class Uses(ABC):
    """How often, over all runs, some data's test split was opened and its selection data used."""

    def record(self, data_digest: str, run: str) -> int:
        """Write down that `run` opened the test split of this data; returns the openings so far, with this.

        A run that was resumed while it concluded has looked once, not twice. Raises RunError for a ledger
        that can't be read or written.
        """
        return self._record(_opening(data_digest), run)

    def openings(self, data_digest: str) -> int:
        """How many runs opened the test split of this data."""
        return len(self._runs(_opening(data_digest)))

    def record_selection(self, data_digest: str, split_seed: int, run: str) -> int:
        """Write down that `run` selects on this split of this data; returns the runs so far, with this one."""
        return self._record(_selection(data_digest, split_seed), run)

    def selections(self, data_digest: str, split_seed: int) -> int:
        """How many runs selected on this split of this data."""
        return len(self._runs(_selection(data_digest, split_seed)))

    @abstractmethod
    def _record(self, use: Use, run: str) -> int:
        """Write a use down, once a run; returns which use of its kind it is, counted from 1."""

    @abstractmethod
    def _runs(self, use: Use) -> list[str]:
        """Runs of this use, in the order of writing."""


def _opening(data_digest: str) -> Use:
    return {"data": data_digest}


def _selection(data_digest: str, split_seed: int) -> Use:
    return {"selection": data_digest, "split_seed": split_seed}
