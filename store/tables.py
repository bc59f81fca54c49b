"""The repositories of a run: one table a kind, JSON beside the indexed columns.

What is added waits in memory and is written by hundreds; reading by id looks there first, every other
reading writes it out before.
"""

import sqlite3
import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic import ValidationError

from ..records import Record
from .kinds import Kind
from .schema import table_of
from .texts import referenced, resolved

if TYPE_CHECKING:
    from .sqlite import Database

T = TypeVar("T", bound=Record)


class SqliteRepository(Generic[T]):
    """Records of one kind in a table of their own."""

    def __init__(self, database: "Database", kind: Kind[T]) -> None:
        self._database = database
        self._kind = kind
        self._waiting: dict[str, T] = {}
        self._readers = [*kind.indexed.values(), *kind.summed.values()]
        columns = ("id", *kind.columns, "final", "body", "texts")
        named = ", ".join(f'"{column}"' for column in columns)
        changed = ", ".join(f'"{column}" = excluded."{column}"' for column in columns[1:])
        self._upsert = (
            f"INSERT INTO {kind.name} ({named}) VALUES ({', '.join('?' * len(columns))}) "
            f"ON CONFLICT (id) DO UPDATE SET {changed} WHERE NOT {kind.name}.final"
        )
        database.join(self, kind.name, table_of(kind))

    def add(self, records: Sequence[T], /) -> None:
        with self._database.lock:
            before = len(self._waiting)
            for record in records:
                key = self._kind.key(record)
                if key not in self._waiting and not self._exists(key):
                    self._waiting[key] = record
            self._database.noted(len(self._waiting) - before)

    def put(self, record: T, /) -> None:
        key = self._kind.key(record)
        with self._database.lock:
            known = self._waiting.get(key)
            if known is not None and self._kind.is_final(known):
                return
            self._waiting[key] = record
            self._database.noted()

    def get(self, key: str, /) -> T:
        with self._database.lock:
            if key in self._waiting and (self._kind.final is None or not self._exists(key)):
                return self._waiting[key]
            rows = self._rows(f"SELECT body, texts FROM {self._kind.name} WHERE id = ?", [key])
            if not rows:
                raise KeyError(key)
            return self._whole(*rows[0])

    def find(self, **equal: str | int) -> list[T]:
        where, values = self._where(equal)
        rows = self._rows(f"SELECT body, texts FROM {self._kind.name}{where} ORDER BY seq", values)
        return [self._whole(body, texts) for body, texts in rows]

    def page(self, *, limit: int, offset: int = 0, **equal: str | int) -> list[T]:
        where, values = self._where(equal)
        rows = self._rows(
            f"SELECT body FROM {self._kind.name}{where} ORDER BY seq LIMIT ? OFFSET ?",
            [*values, limit, offset],
        )
        return [self._kept(body) for (body,) in rows]

    def count(self, **equal: str | int) -> int:
        where, values = self._where(equal)
        return int(self._rows(f"SELECT count(*) FROM {self._kind.name}{where}", values)[0][0])

    def sums(self, by: str) -> dict[str, dict[str, float]]:
        self._kind.reader(by)
        added = "".join(f', total("{column}")' for column in self._kind.summed)
        rows = self._rows(
            f'SELECT "{by}", count(*){added} FROM {self._kind.name} GROUP BY "{by}" ORDER BY "{by}"', []
        )
        names = ("count", *self._kind.summed)
        return {str(value): dict(zip(names, row, strict=True)) for value, *row in rows}

    def write(self) -> None:
        """Write what waits, inside the transaction that the caller opened."""
        if self._waiting:
            rows = [self._row(key, record) for key, record in self._waiting.items()]
            self._database.db.executemany(self._upsert, rows)

    def written(self) -> None:
        self._waiting.clear()

    def _row(self, key: str, record: T) -> tuple[object, ...]:
        kind = self._kind
        if kind.texts:
            body = kind.without_texts(record).model_dump_json()
            texts = referenced({name: getattr(record, name) for name in kind.texts}, self._database.keep)
        else:
            body, texts = record.model_dump_json(), None
        return (key, *(read(record) for read in self._readers), kind.is_final(record), body, texts)

    def _whole(self, body: str, texts: str | None) -> T:
        record = self._kept(body)
        if texts is None:
            return record
        try:
            with self._database.lock:
                return record.model_copy(update=resolved(texts, self._database.text))
        except (ValueError, KeyError, TypeError, AttributeError, zlib.error) as problem:
            raise self._database.damaged(f"a text of {self._kind.name} is missing") from problem

    def _kept(self, body: str) -> T:
        try:
            return self._kind.record.model_validate_json(body)
        except ValidationError as problem:
            raise self._database.damaged(f"a record of {self._kind.name} can't be read") from problem

    def _exists(self, key: str) -> bool:
        with self._database.sound():
            found = self._query(f"SELECT 1 FROM {self._kind.name} WHERE id = ?", (key,)).fetchone()
        return found is not None

    def _query(self, sql: str, values: Sequence[object]) -> sqlite3.Cursor:
        return self._database.db.execute(sql, values)

    def _rows(self, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        """Every row, what waits included."""
        with self._database.lock:
            self._database.flush()
            with self._database.sound():
                return self._query(sql, values).fetchall()

    def _where(self, equal: dict[str, str | int]) -> tuple[str, list[str | int]]:
        for name in equal:
            self._kind.reader(name)
        if not equal:
            return "", []
        return " WHERE " + " AND ".join(f'"{name}" = ?' for name in equal), list(equal.values())
