"""The repositories of a run: one table a kind, JSON beside the indexed columns.

What is added waits in memory and is written by hundreds; reading by id looks there first, every other
reading writes it out before.
"""

import sqlite3
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from pydantic_core import from_json, to_json

from ..records import Record
from .kinds import CALLS, Kind
from .packing import packed, unpacked
from .records import CallRecord, Spent

if TYPE_CHECKING:
    from .sqlite import Database

T = TypeVar("T", bound=Record)

_SUMMED = ("attempts", "input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens", "usd", "latency")


class SqliteRepository(Generic[T]):
    """Records of one kind in a table of their own."""

    def __init__(self, database: "Database", kind: Kind[T]) -> None:
        self._database = database
        self._kind = kind
        self._columns = tuple(kind.indexed)
        self._waiting: dict[str, T] = {}
        named = ", ".join(f'"{column}"' for column in self._columns)
        self._insert = (
            f"INSERT OR IGNORE INTO {kind.name} (id, {named}, body) "
            f"VALUES ({', '.join('?' * (len(self._columns) + 2))})"
        )
        database.join(self)

    def add(self, records: Sequence[T], /) -> None:
        with self._database.lock:
            before = len(self._waiting)
            for record in records:
                self._waiting.setdefault(self._kind.id(record), record)
            self._database.noted(len(self._waiting) - before)

    def get(self, id: str, /) -> T:
        with self._database.lock:
            row = self._query(f"SELECT body FROM {self._kind.name} WHERE id = ?", (id,)).fetchone()
            if row is not None:
                return self._kind.record.model_validate_json(row[0])
            return self._waiting[id]

    def find(self, **equal: str | int) -> list[T]:
        where, values = self._where(equal)
        rows = self._rows(f"SELECT body FROM {self._kind.name}{where} ORDER BY seq", values)
        return [self._kind.record.model_validate_json(body) for (body,) in rows]

    def count(self, **equal: str | int) -> int:
        where, values = self._where(equal)
        return int(self._rows(f"SELECT count(*) FROM {self._kind.name}{where}", values)[0][0])

    def write(self) -> None:
        """Write what waits, inside the transaction that the caller opened."""
        if self._waiting:
            rows = [
                (
                    id,
                    *(self._kind.indexed[column](record) for column in self._columns),
                    record.model_dump_json(),
                )
                for id, record in self._waiting.items()
            ]
            self._database.db.executemany(self._insert, rows)

    def written(self) -> None:
        self._waiting.clear()

    def _query(self, sql: str, values: Sequence[object]) -> sqlite3.Cursor:
        return self._database.db.execute(sql, values)

    def _rows(self, sql: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        """Every row, what waits included."""
        with self._database.lock:
            self._database.flush()
            return self._query(sql, values).fetchall()

    def _where(self, equal: dict[str, str | int]) -> tuple[str, list[str | int]]:
        for field in equal:
            self._kind.reader(field)
        if not equal:
            return "", []
        return " WHERE " + " AND ".join(f'"{field}" = ?' for field in equal), list(equal.values())


class SqliteCallLog(SqliteRepository[CallRecord]):
    """Calls: the prompts' texts lie in the table of texts, once each; raw replies beside their call."""

    _COLUMNS = (
        "id", *CALLS.indexed, "failed", "cached", *_SUMMED, "body", "parts", "packed", "raw",
    )  # fmt: skip

    def __init__(self, database: "Database") -> None:
        super().__init__(database, CALLS)
        named = ", ".join(self._COLUMNS)
        marks = ", ".join("?" * len(self._COLUMNS))
        changed = ", ".join(f"{column} = excluded.{column}" for column in self._COLUMNS if column != "id")
        self._insert = (
            f"INSERT INTO calls ({named}) VALUES ({marks}) "
            f"ON CONFLICT (id) DO UPDATE SET {changed} WHERE calls.status != 'answered'"
        )

    def add(self, records: Sequence[CallRecord], /) -> None:
        for record in records:
            with self._database.lock:
                if record.id not in self._waiting and not self._exists(record.id):
                    self.put(record)

    def put(self, record: CallRecord, /) -> None:
        with self._database.lock:
            known = self._waiting.get(record.id)
            if known is not None and known.status == "answered":
                return
            self._waiting[record.id] = record
            self._database.noted()

    def get(self, id: str, /) -> CallRecord:
        with self._database.lock:
            self._database.flush()
            row = self._query("SELECT body, parts, packed, raw FROM calls WHERE id = ?", (id,)).fetchone()
            if row is None:
                raise KeyError(id)
            body, parts, is_packed, raw = row
            texts = [(name, self._database.text(digest)) for name, digest in from_json(parts)]
        brief = CallRecord.model_validate_json(body)
        return brief.model_copy(update={"parts": tuple(texts), "raw": unpacked(is_packed, raw)})

    def find(self, **equal: str | int) -> list[CallRecord]:
        where, values = self._where(equal)
        return [self.get(id) for (id,) in self._rows(f"SELECT id FROM calls{where} ORDER BY seq", values)]

    def brief(self, *, limit: int, offset: int = 0, **equal: str | int) -> list[CallRecord]:
        where, values = self._where(equal)
        rows = self._rows(
            f"SELECT body FROM calls{where} ORDER BY seq LIMIT ? OFFSET ?", [*values, limit, offset]
        )
        return [CallRecord.model_validate_json(body) for (body,) in rows]

    def spent(self) -> dict[str, Spent]:
        sums = ", ".join(f"sum({field})" for field in ("failed", "cached", *_SUMMED))
        rows = self._rows(f"SELECT role, count(*), {sums} FROM calls GROUP BY role ORDER BY role", [])
        names = ("calls", "failed", "cached", *_SUMMED)
        return {role: Spent.model_validate(dict(zip(names, row, strict=True))) for role, *row in rows}

    def flush(self) -> None:
        self._database.flush()

    def write(self) -> None:
        if self._waiting:
            self._database.db.executemany(
                self._insert, [self._row(record) for record in self._waiting.values()]
            )

    def _row(self, record: CallRecord) -> tuple[object, ...]:
        body = record.model_dump_json(exclude={"parts", "raw"})[:-1] + ',"parts":[]}'
        parts = [(name, self._database.keep(text)) for name, text in record.parts]
        where = record.where
        return (
            record.id, where.round, where.node, where.subject, record.role, record.status,
            record.status == "failed", record.cached, *(getattr(record, field) for field in _SUMMED),
            body, to_json(parts).decode(), *packed(record.raw),
        )  # fmt: skip

    def _exists(self, id: str) -> bool:
        return self._query("SELECT 1 FROM calls WHERE id = ?", (id,)).fetchone() is not None
