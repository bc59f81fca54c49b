"""A run's records and answers in memory: for experiments and tests. Same contract as the ones on disk."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from pydantic import JsonValue

from ..records import Record
from .kinds import Kind
from .texts import text_digest

T = TypeVar("T", bound=Record)
Value = str | int | float | None


class MemoryCallCache:
    """Answers by key, gone with the process."""

    def __init__(self) -> None:
        self._values: dict[str, bytes] = {}

    def get(self, key: str) -> bytes | None:
        return self._values.get(key)

    def put(self, key: str, value: bytes) -> None:
        self._values[key] = value

    def put_many(self, values: Mapping[str, bytes]) -> None:
        self._values.update(values)

    def close(self) -> None:
        pass

    @property
    def size(self) -> int:
        return len(self._values)


class MemoryRepository(Generic[T]):
    """Records of one kind by id. An indexed field costs nothing until somebody looks by it.

    With `texts` false, long texts are let go at once.
    """

    def __init__(self, kind: Kind[T], *, texts: bool = True) -> None:
        self._kind = kind
        self._texts = texts
        self._records: dict[str, T] = {}
        self._indexes: dict[str, dict[Value, dict[str, None]]] = {}

    def add(self, records: Sequence[T], /) -> None:
        for record in records:
            key = self._kind.key(record)
            if key not in self._records:
                self._set(key, record)

    def put(self, record: T, /) -> None:
        key = self._kind.key(record)
        known = self._records.get(key)
        if known is None or not self._kind.is_final(known):
            self._set(key, record)

    def get(self, key: str, /) -> T:
        return self._records[key]

    def find(self, **equal: str | int) -> list[T]:
        return [self._records[key] for key in self._keys(equal)]

    def page(self, *, limit: int, offset: int = 0, **equal: str | int) -> list[T]:
        keys = self._keys(equal)[offset : offset + limit]
        return [self._kind.without_texts(self._records[key]) for key in keys]

    def count(self, **equal: str | int) -> int:
        return len(self._keys(equal)) if equal else len(self._records)

    def sums(self, by: str) -> dict[str, dict[str, float]]:
        group = self._kind.reader(by)
        totals: dict[str, dict[str, float]] = {}
        for record in self._records.values():
            row = totals.setdefault(str(group(record)), dict.fromkeys(("count", *self._kind.summed), 0))
            row["count"] += 1
            for name, read in self._kind.summed.items():
                row[name] += float(read(record) or 0)
        return {value: totals[value] for value in sorted(totals)}

    def _keys(self, equal: dict[str, str | int]) -> list[str]:
        if not equal:
            return list(self._records)
        found = [self._index(name).get(value, {}) for name, value in equal.items()]
        if len(found) == 1:
            return list(found[0])
        smallest = min(found, key=len)
        return [key for key in smallest if all(key in other for other in found)]

    def _index(self, name: str) -> dict[Value, dict[str, None]]:
        read = self._kind.reader(name)
        if name not in self._indexes:
            index: dict[Value, dict[str, None]] = {}
            for key, record in self._records.items():
                index.setdefault(read(record), {})[key] = None
            self._indexes[name] = index
        return self._indexes[name]

    def _set(self, key: str, record: T) -> None:
        old = self._records.get(key)
        self._records[key] = record if self._texts else self._kind.without_texts(record)
        for name, index in list(self._indexes.items()):
            read: Callable[[T], Value] = self._kind.reader(name)
            if old is None:
                index.setdefault(read(record), {})[key] = None
            elif read(old) != read(record):
                del self._indexes[
                    name
                ]  # a replaced record would change its position: order is that of adding


class MemoryStore:
    """Everything of one run, gone with the process.

    `texts=False` keeps calls without prompts and raw replies: an experiment of a million calls in little
    memory.
    """

    def __init__(self, *, texts: bool = True) -> None:
        self._keep_texts = texts
        self._repositories: dict[str, MemoryRepository[Any]] = {}
        self._texts: dict[str, str] = {}
        self._notes: dict[str, JsonValue] = {}
        self._changed: dict[str, datetime] = {}

    def repository(self, kind: Kind[T]) -> MemoryRepository[T]:
        if kind.name not in self._repositories:
            self._repositories[kind.name] = MemoryRepository(kind, texts=self._keep_texts)
        return self._repositories[kind.name]

    def put_text(self, text: str) -> str:
        key = text_digest(text)
        self._texts[key] = text
        return key

    def text(self, digest: str) -> str:
        return self._texts[digest]

    def put_note(self, name: str, value: JsonValue) -> None:
        self._notes[name] = value
        self._changed[name] = datetime.now(UTC)

    def note(self, name: str) -> JsonValue:
        return self._notes.get(name)

    def note_changed(self, name: str) -> datetime | None:
        return self._changed.get(name)

    def notes(self, prefix: str = "") -> Iterator[tuple[str, JsonValue]]:
        for name in sorted(self._notes):
            if name.startswith(prefix):
                yield name, self._notes[name]

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass
