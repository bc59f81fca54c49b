"""The repositories of a run in a database: one table a kind, JSON beside the indexed columns.

What is added waits in memory and is written by hundreds; reading by id looks there first, every other
reading writes it out before.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from threading import RLock
from typing import Any, Generic, Protocol, TypeVar

from pydantic import ValidationError

from ..errors import RunError
from ..records import Record
from .kinds import Kind
from .texts import referenced, resolved

T = TypeVar("T", bound=Record)
Row = tuple[Any, ...]


class Tables(Protocol):
    """What the repositories of one run share: a connection, and what waits to be written.

    One lock guards it, so that nodes may run in threads.
    """

    lock: RLock

    def join(self, writer: "TableRepository[Any]", kind: Kind[Any]) -> None:
        """Take in a repository, whose table is made where it isn't there."""
        ...

    def select(self, kind: Kind[Any], what: str, equal: Mapping[str, str | int], tail: str = "") -> list[Row]:
        """`what` of the rows that are written and whose columns equal these."""
        ...

    def known(self, kind: Kind[Any], keys: Sequence[str]) -> set[str]:
        """Those of `keys` under which a record is written."""
        ...

    def upsert(self, kind: Kind[Any], rows: Iterable[Row]) -> None:
        """Write rows (id, columns of the kind, final, body, texts), inside the transaction that is open.

        A row takes the place of one with its id, unless that is final.
        """
        ...

    def noted(self, count: int = 1) -> None:
        """Something waits to be written; often enough, everything is."""
        ...

    def flush(self) -> None: ...

    def keep(self, text: str) -> str:
        """Let `text` be written with the next flush, or the one that is under way; returns its digest."""
        ...

    def text(self, digest: str) -> str:
        """Raises KeyError."""
        ...

    def damaged(self, what: str) -> RunError:
        """The error to raise for rows that something else wrote into, or that lost a part."""
        ...


class TableRepository(Generic[T]):
    """Records of one kind in a table of their own."""

    def __init__(self, tables: Tables, kind: Kind[T]) -> None:
        self._tables = tables
        self._kind = kind
        self._waiting: dict[str, T] = {}
        self._readers = [*kind.indexed.values(), *kind.summed.values()]
        tables.join(self, kind)

    def add(self, records: Sequence[T], /) -> None:
        with self._tables.lock:
            new: dict[str, T] = {}
            for record in records:
                key = self._kind.key(record)
                if key not in self._waiting:
                    new.setdefault(key, record)
            known = self._tables.known(self._kind, list(new)) if new else set()
            added = {key: record for key, record in new.items() if key not in known}
            self._waiting |= added
            self._tables.noted(len(added))

    def put(self, record: T, /) -> None:
        key = self._kind.key(record)
        with self._tables.lock:
            known = self._waiting.get(key)
            if known is not None and self._kind.is_final(known):
                return
            self._waiting[key] = record
            self._tables.noted()

    def get(self, key: str, /) -> T:
        with self._tables.lock:
            if key in self._waiting and (
                self._kind.final is None or not self._tables.known(self._kind, [key])
            ):
                return self._waiting[key]
            rows = self._rows("body, texts", {"id": key})
            if not rows:
                raise KeyError(key)
            return self._whole(*rows[0])

    def find(self, **equal: str | int) -> list[T]:
        rows = self._rows("body, texts", self._checked(equal), "ORDER BY seq")
        return [self._whole(body, texts) for body, texts in rows]

    def page(self, *, limit: int, offset: int = 0, **equal: str | int) -> list[T]:
        tail = f"ORDER BY seq LIMIT {int(limit)} OFFSET {int(offset)}"
        return [self._kept(body) for (body,) in self._rows("body", self._checked(equal), tail)]

    def count(self, **equal: str | int) -> int:
        return int(self._rows("count(*)", self._checked(equal))[0][0])

    def sums(self, by: str) -> dict[str, dict[str, float]]:
        self._kind.reader(by)
        added = "".join(f', coalesce(sum("{column}"), 0) * 1.0' for column in self._kind.summed)
        rows = self._rows(f'"{by}", count(*){added}', {}, f'GROUP BY "{by}"')
        names = ("count", *self._kind.summed)
        totals = {str(value): dict(zip(names, row, strict=True)) for value, *row in rows}
        return {value: totals[value] for value in sorted(totals)}

    def write(self) -> None:
        """Write what waits, inside the transaction that the caller opened."""
        if self._waiting:
            self._tables.upsert(self._kind, [self._row(key, each) for key, each in self._waiting.items()])

    def written(self) -> None:
        self._waiting.clear()

    def columns_of(self, body: str) -> list[str | int | float | None]:
        """The values of the kind's columns, read off a record's body."""
        record = self._kept(body)
        return [read(record) for read in self._readers]

    def _row(self, key: str, record: T) -> Row:
        kind = self._kind
        if kind.texts:
            body = kind.without_texts(record).model_dump_json()
            texts = referenced({name: getattr(record, name) for name in kind.texts}, self._tables.keep)
        else:
            body, texts = record.model_dump_json(), None
        return (key, *(read(record) for read in self._readers), kind.is_final(record), body, texts)

    def _whole(self, body: str, texts: str | None) -> T:
        record = self._kept(body)
        if texts is None:
            return record
        try:
            with self._tables.lock:
                return record.model_copy(update=resolved(texts, self._tables.text))
        except (ValueError, KeyError, TypeError, AttributeError, zlib.error) as problem:
            raise self._tables.damaged(f"a text of {self._kind.name} is missing") from problem

    def _kept(self, body: str) -> T:
        try:
            return self._kind.record.model_validate_json(body)
        except ValidationError as problem:
            raise self._tables.damaged(f"a record of {self._kind.name} can't be read") from problem

    def _rows(self, what: str, equal: Mapping[str, str | int], tail: str = "") -> list[Row]:
        """Rows of what is written, after what waits was written too."""
        with self._tables.lock:
            self._tables.flush()
            return self._tables.select(self._kind, what, equal, tail)

    def _checked(self, equal: dict[str, str | int]) -> dict[str, str | int]:
        for name in equal:
            self._kind.reader(name)
        return equal
