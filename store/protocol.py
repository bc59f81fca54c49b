"""What the rest of Concord asks of a store. SQLite and diskcache now; a server later."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from pydantic import JsonValue

from ..records import Record
from ..spec.records import Proposal
from .records import CallRecord, Decision, Ranked, Spent, Trial, Verdict

T = TypeVar("T", bound=Record)


class CallCache(Protocol):
    """Answers by key. Values are bytes; nothing is ever evicted; a failure is never put in."""

    def get(self, key: str) -> bytes | None: ...

    def put(self, key: str, value: bytes) -> None: ...

    def put_many(self, values: Mapping[str, bytes]) -> None:
        """All of them at once: much faster than one by one."""
        ...

    def close(self) -> None: ...


class Repository(Protocol[T]):
    """Records of one kind. Adding a record whose id is there already changes nothing."""

    def add(self, records: Sequence[T], /) -> None: ...

    def get(self, id: str, /) -> T:
        """Raises KeyError."""
        ...

    def find(self, **equal: str | int) -> list[T]:
        """Records whose indexed fields equal these, in the order of adding. No arguments: all."""
        ...

    def count(self, **equal: str | int) -> int: ...


class CallLog(Repository[CallRecord], Protocol):
    """Calls, with texts stored once by content. Indexed: round, node, subject, role, status."""

    def put(self, record: CallRecord, /) -> None:
        """Add, or replace a record of the same id (planned → submitted → answered).

        An answered record is final: a resumed run that reads the answer from the cache leaves it, with what
        it cost, as it is.
        """
        ...

    def brief(self, *, limit: int, offset: int = 0, **equal: str | int) -> list[CallRecord]:
        """A page of calls without their texts (parts, raw): for long traces."""
        ...

    def spent(self) -> dict[str, Spent]:
        """What the calls of each role took, from all records."""
        ...

    def flush(self) -> None:
        """Make all that was added durable."""
        ...


class RunStore(Protocol):
    """Everything of one run, on disk. `flush` makes all that was added durable."""

    @property
    def calls(self) -> CallLog: ...

    @property
    def rankings(self) -> Repository[Ranked]:
        """Indexed: conversation, spec, call, question. Id: the call's."""
        ...

    @property
    def proposals(self) -> Repository[Proposal]:
        """Indexed: origin, kind, base."""
        ...

    @property
    def trials(self) -> Repository[Trial]:
        """Indexed: proposal, round, stage, outcome."""
        ...

    @property
    def verdicts(self) -> Repository[Verdict]:
        """Indexed: proposal, participant, stance, source."""
        ...

    @property
    def decisions(self) -> Repository[Decision]:
        """Indexed: proposal, round, by, decision, reason."""
        ...

    def put_text(self, text: str) -> str:
        """Keep a text; returns its SHA-256 hex digest."""
        ...

    def text(self, digest: str) -> str:
        """Raises KeyError."""
        ...

    def put_note(self, name: str, value: JsonValue) -> None:
        """Keep a small named JSON value (a round's figures, the run's config); replaces an older one."""
        ...

    def note(self, name: str) -> JsonValue:
        """None when there is none."""
        ...

    def notes(self, prefix: str = "") -> Iterator[tuple[str, JsonValue]]: ...

    def flush(self) -> None: ...

    def close(self) -> None: ...
