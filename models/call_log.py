"""The log of calls: what the client writes to, and the calls of one run in a store."""

from collections.abc import Sequence
from typing import Protocol

from ..store.memory import MemoryStore
from ..store.protocol import Store
from .records import CALLS, CallRecord, Spent


class CallLog(Protocol):
    """What a client asks of a log."""

    def put(self, record: CallRecord, /) -> None:
        """Add, or replace the record of the same id (planned → submitted → answered); an answered one stays."""
        ...

    def flush(self) -> None:
        """Make all that was put in durable."""
        ...


class StoredCalls:
    """The calls of one run: a CallLog that can be read. Indexed: round, node, subject, role, status."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._calls = store.repository(CALLS)

    @classmethod
    def in_memory(cls, *, texts: bool = True) -> "StoredCalls":
        """A log that is gone with the process; without `texts`, prompts and raw replies are let go at once."""
        return cls(MemoryStore(texts=texts))

    def put(self, record: CallRecord, /) -> None:
        self._calls.put(record)

    def add(self, records: Sequence[CallRecord], /) -> None:
        self._calls.add(records)

    def get(self, key: str, /) -> CallRecord:
        """Raises KeyError."""
        return self._calls.get(key)

    def find(self, **equal: str | int) -> list[CallRecord]:
        return self._calls.find(**equal)

    def page(self, *, limit: int, offset: int = 0, **equal: str | int) -> list[CallRecord]:
        """Calls without their texts (parts, raw): for long traces."""
        return self._calls.page(limit=limit, offset=offset, **equal)

    def count(self, **equal: str | int) -> int:
        return self._calls.count(**equal)

    def spent(self) -> dict[str, Spent]:
        """What the calls of each role took, roles in alphabetical order."""
        return {
            role: Spent.model_validate({"calls": sums.pop("count"), **sums})
            for role, sums in self._calls.sums("role").items()
        }

    def served(self) -> tuple[str, ...]:
        """The names that servers gave the models which answered, in alphabetical order."""
        return tuple(sorted(name for name in self._calls.sums("served") if name))

    def flush(self) -> None:
        self._store.flush()
