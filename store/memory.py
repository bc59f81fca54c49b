"""A run's records and answers in memory: for experiments and tests. Same contract as the ones on disk."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Generic, TypeVar

from pydantic import JsonValue

from ..records import Record
from ..spec.records import Proposal
from .kinds import CALLS, DECISIONS, PROPOSALS, RANKINGS, TRIALS, VERDICTS, Kind, text_digest
from .records import CallRecord, Decision, Ranked, Spent, Trial, Verdict
from .spending import add_up

T = TypeVar("T", bound=Record)


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
    """Records of one kind by id. An indexed field costs nothing until somebody looks by it."""

    def __init__(self, kind: Kind[T]) -> None:
        self._kind = kind
        self._records: dict[str, T] = {}
        self._indexes: dict[str, dict[str | int | None, dict[str, None]]] = {}

    def add(self, records: Sequence[T], /) -> None:
        for record in records:
            id = self._kind.id(record)
            if id not in self._records:
                self._set(id, record)

    def get(self, id: str, /) -> T:
        return self._records[id]

    def find(self, **equal: str | int) -> list[T]:
        return [self._records[id] for id in self._ids(equal)]

    def count(self, **equal: str | int) -> int:
        return len(self._ids(equal)) if equal else len(self._records)

    def _ids(self, equal: dict[str, str | int]) -> list[str]:
        if not equal:
            return list(self._records)
        found = [self._index(field).get(value, {}) for field, value in equal.items()]
        if len(found) == 1:
            return list(found[0])
        smallest = min(found, key=len)
        return [id for id in smallest if all(id in other for other in found)]

    def _index(self, field: str) -> dict[str | int | None, dict[str, None]]:
        read = self._kind.reader(field)
        if field not in self._indexes:
            index: dict[str | int | None, dict[str, None]] = {}
            for id, record in self._records.items():
                index.setdefault(read(record), {})[id] = None
            self._indexes[field] = index
        return self._indexes[field]

    def _set(self, id: str, record: T) -> None:
        old = self._records.get(id)
        self._records[id] = record
        for field, index in list(self._indexes.items()):
            read: Callable[[T], str | int | None] = self._kind.reader(field)
            if old is None:
                index.setdefault(read(record), {})[id] = None
            elif read(old) != read(record):
                del self._indexes[field]  # a replaced record would lose its place: order is that of adding


class MemoryCallLog(MemoryRepository[CallRecord]):
    """Calls in memory. With `texts` false, prompts and raw replies are let go at once."""

    def __init__(self, *, texts: bool = True) -> None:
        super().__init__(CALLS)
        self._texts = texts

    def put(self, record: CallRecord, /) -> None:
        known = self._records.get(record.id)
        if known is None or known.status != "answered":
            self._set(record.id, record)

    def _set(self, id: str, record: CallRecord) -> None:
        super()._set(id, record if self._texts else _without_texts(record))

    def brief(self, *, limit: int, offset: int = 0, **equal: str | int) -> list[CallRecord]:
        page = self._ids(equal)[offset : offset + limit]
        return [_without_texts(self._records[id]) for id in page]

    def spent(self) -> dict[str, Spent]:
        return add_up(self._records.values())

    def flush(self) -> None:
        pass


def _without_texts(record: CallRecord) -> CallRecord:
    return record.model_copy(update={"parts": (), "raw": ""})


class MemoryRunStore:
    """Everything of one run, gone with the process.

    `texts=False` keeps calls without prompts and raw replies: an experiment of a million calls in little
    memory.
    """

    def __init__(self, *, texts: bool = True) -> None:
        self.calls = MemoryCallLog(texts=texts)
        self.rankings: MemoryRepository[Ranked] = MemoryRepository(RANKINGS)
        self.proposals: MemoryRepository[Proposal] = MemoryRepository(PROPOSALS)
        self.trials: MemoryRepository[Trial] = MemoryRepository(TRIALS)
        self.verdicts: MemoryRepository[Verdict] = MemoryRepository(VERDICTS)
        self.decisions: MemoryRepository[Decision] = MemoryRepository(DECISIONS)
        self._texts: dict[str, str] = {}
        self._notes: dict[str, JsonValue] = {}

    def put_text(self, text: str) -> str:
        key = text_digest(text)
        self._texts[key] = text
        return key

    def text(self, digest: str) -> str:
        return self._texts[digest]

    def put_note(self, name: str, value: JsonValue) -> None:
        self._notes[name] = value

    def note(self, name: str) -> JsonValue:
        return self._notes.get(name)

    def notes(self, prefix: str = "") -> Iterator[tuple[str, JsonValue]]:
        for name in sorted(self._notes):
            if name.startswith(prefix):
                yield name, self._notes[name]

    def flush(self) -> None:
        pass

    def close(self) -> None:
        pass
