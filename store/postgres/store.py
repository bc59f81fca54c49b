"""A run's records on PostgreSQL, by the same repositories as in a file."""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, TypeVar

from pydantic import JsonValue

from ...errors import RunError
from ...records import Record, canonical_json
from ..address import Address
from ..kinds import Kind
from ..tables import Row, TableRepository
from ..texts import packed
from ..write_behind import WriteBehind
from .lease import Lease
from .link import Connection, Link, number_of
from .schema import as_column, bring_up, column_type, make_table, plain_text, table

T = TypeVar("T", bound=Record)

_AT_ONCE = 1000
"""Rows that are filled in one go."""


class PostgresTables(WriteBehind):
    """What the repositories of one run share (store.tables.Tables).

    With a `lease`, every write checks in its own transaction that this process still holds the run: one that was
    stopped for longer than its lease, and was replaced, writes nothing any more.
    """

    def __init__(
        self,
        link: Link,
        run: int,
        lease: Lease | None = None,
        *,
        flush_every: int = 500,
        flush_after: float = 2.0,
    ) -> None:
        super().__init__(link.lock, flush_every=flush_every, flush_after=flush_after)
        self.link = link
        self.run = run
        self.lease = lease
        self._open: Connection | None = None

    def join(self, writer: TableRepository[Any], kind: Kind[Any]) -> None:
        """Take in a repository, whose table is made where it isn't there, and widened where it is an earlier version's."""

        def fill(db: Connection, new: list[str]) -> None:
            _fill(db, writer, kind, new)

        with self.lock:
            make_table(self.link, kind, fill)
            self.writers.append(writer)

    def select(self, kind: Kind[Any], what: str, equal: Mapping[str, str | int], tail: str = "") -> list[Row]:
        where = "".join(f' AND "{name}" = %s' for name in equal)
        sql = f"SELECT {what} FROM {table(kind)} WHERE run = %s{where} {tail}"
        values = [
            as_column(value, "text" if name == "id" else column_type(kind, name))
            for name, value in equal.items()
        ]
        return self.link.work(lambda db: db.execute(sql, [self.run, *values]).fetchall())

    def known(self, kind: Kind[Any], keys: Sequence[str]) -> set[str]:
        columns = {plain_text(key): key for key in keys}
        sql = f"SELECT id FROM {table(kind)} WHERE run = %s AND id = ANY(%s)"
        rows = self.link.work(lambda db: db.execute(sql, (self.run, list(columns))).fetchall())
        return {columns[str(found)] for (found,) in rows}

    def upsert(self, kind: Kind[Any], rows: Iterable[Row]) -> None:
        columns = ("id", *kind.columns, "final", "body", "texts")
        types = ["text", *(column_type(kind, name) for name in kind.columns)]
        named = ", ".join(f'"{column}"' for column in columns)
        changed = ", ".join(f'"{column}" = excluded."{column}"' for column in columns[1:])
        assert self._open is not None, "rows are written inside a flush"
        with self._open.cursor() as cursor:
            cursor.executemany(
                f"INSERT INTO {table(kind)} AS kept (run, {named}) VALUES (%s{', %s' * len(columns)}) "
                f"ON CONFLICT (run, id) DO UPDATE SET {changed} WHERE NOT kept.final",
                [
                    (
                        self.run,
                        *(as_column(value, type_) for value, type_ in zip(row, types, strict=False)),
                        *row[len(types) :],
                    )
                    for row in rows
                ],
            )

    def changing(self, db: Connection) -> None:
        """Inside a transaction that writes: this process may, and readers learn of it."""
        if self.lease is not None:
            self.lease.check(db)
        db.execute("UPDATE concord.runs SET changes = changes + 1 WHERE run = %s", (self.run,))

    def write(self) -> None:
        """Raises RunError, also where the run was taken over."""
        self.link.work(self._write)

    def _write(self, db: Connection) -> None:
        with db.transaction():
            self.changing(db)
            self._open = db
            try:
                for writer in self.writers:
                    writer.write()
            finally:
                self._open = None
            with db.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO concord.texts VALUES (%s, %s, %s, %s) ON CONFLICT DO NOTHING",
                    [(self.run, digest, *packed(text)) for digest, text in self.texts.items()],
                )

    def kept_text(self, digest: str) -> tuple[int, bytes] | None:
        sql = "SELECT packed, body FROM concord.texts WHERE run = %s AND digest = %s"
        row = self.link.work(lambda db: db.execute(sql, (self.run, plain_text(digest))).fetchone())
        return None if row is None else (int(str(row[0])), bytes(row[1]))  # type: ignore[call-overload]  # bytea

    def damaged(self, what: str) -> RunError:
        return RunError(
            f"the run's records in {self.link.address.safe} are damaged ({what}): bring back a copy of the database, or "
            "start a new run (answers that were paid for are in the call cache)"
        )


def _fill(db: Connection, writer: TableRepository[Any], kind: Kind[Any], new: Sequence[str]) -> None:
    """Give columns that an earlier version's table lacked their values, in every run, from the records' bodies."""
    places = [(kind.columns.index(column), column_type(kind, column)) for column in new]
    named = ", ".join(f'"{column}" = %s' for column in new)
    last = 0
    while rows := db.execute(
        f"SELECT seq, run, id, body FROM {table(kind)} WHERE seq > %s ORDER BY seq LIMIT %s".encode(),
        (last, _AT_ONCE),
    ).fetchall():
        filled = []
        for seq, run, id_, body in rows:
            values = writer.columns_of(str(body))
            filled.append((*(as_column(values[place], type_) for place, type_ in places), run, id_))
            last = int(str(seq))
        with db.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {table(kind)} SET {named} WHERE run = %s AND id = %s".encode(), filled
            )


class PostgresStore:
    """Everything of one run in a shared store. Use `Catalogue` to make one or find one."""

    def __init__(self, tables: PostgresTables) -> None:
        self._tables = tables
        self._repositories: dict[str, TableRepository[Any]] = {}

    @classmethod
    def open(cls, address: Address, run: str, lease: Lease | None = None) -> "PostgresStore":
        """The run of this name. Raises RunError where there is none, or the store can't be used."""
        link = Link(address)
        try:
            bring_up(link)
            number = number_of(link, run)
        except RunError:
            link.close()
            raise
        return cls(PostgresTables(link, number, lease))

    def repository(self, kind: Kind[T]) -> TableRepository[T]:
        if kind.name not in self._repositories:
            self._repositories[kind.name] = TableRepository(self._tables, kind)
        return self._repositories[kind.name]

    def put_text(self, text: str) -> str:
        return self._tables.put_text(text)

    def text(self, digest: str) -> str:
        return self._tables.text(digest)

    def put_note(self, name: str, value: JsonValue) -> None:
        written = json.dumps(json.loads(canonical_json(value)), sort_keys=True)  # ASCII: any text fits

        def put(db: Connection) -> None:
            with db.transaction():
                self._tables.changing(db)
                db.execute(
                    "INSERT INTO concord.notes (run, name, value, changed) VALUES (%s, %s, %s, now()) ON CONFLICT "
                    "(run, name) DO UPDATE SET value = excluded.value, changed = excluded.changed",
                    (self._tables.run, plain_text(name), written),
                )

        self._tables.link.work(put)

    def note(self, name: str) -> JsonValue:
        row = self._note("value", name)
        value: JsonValue = None if row is None else json.loads(str(row[0]))
        return value

    def note_changed(self, name: str) -> datetime | None:
        row = self._note("changed", name)
        return row[0].astimezone(UTC) if row is not None and isinstance(row[0], datetime) else None

    def notes(self, prefix: str = "") -> Iterator[tuple[str, JsonValue]]:
        rows = self._tables.link.work(
            lambda db: db.execute(
                "SELECT name, value FROM concord.notes WHERE run = %s AND starts_with(name, %s) "
                'ORDER BY name COLLATE "C"',
                (self._tables.run, prefix),
            ).fetchall()
        )
        for name, value in rows:
            yield str(name), json.loads(str(value))

    def _note(self, what: str, name: str) -> Row | None:
        sql = f"SELECT {what} FROM concord.notes WHERE run = %s AND name = %s"
        return self._tables.link.work(
            lambda db: db.execute(sql, (self._tables.run, plain_text(name))).fetchone()
        )

    def flush(self) -> None:
        self._tables.flush()

    def close(self) -> None:
        try:
            self._tables.flush()
        finally:
            self._tables.link.close()
