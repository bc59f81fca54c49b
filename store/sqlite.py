"""A run's records in one SQLite file: WAL, so that a trace can be read while the run writes."""

import json
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from pydantic import JsonValue

from ..errors import RunError
from ..records import Record, canonical_json
from .kinds import Kind
from .schema import bring_up, indexes_of, lacking, table_of
from .tables import Row, TableRepository
from .texts import packed
from .write_behind import WriteBehind

T = TypeVar("T", bound=Record)

DATABASE = "run.db"

_VARIABLES = 500
"""Values that are looked for in one statement."""


class Database(WriteBehind):
    """The connection that the repositories of one run share (store.tables.Tables), and what waits to be written.

    One lock guards it, so that nodes may run in threads.
    """

    def __init__(self, path: Path, *, flush_every: int = 200, flush_after: float = 2.0) -> None:
        super().__init__(RLock(), flush_every=flush_every, flush_after=flush_after)
        self.path = path
        self.writable = _writable(path)
        self.db = _connected(path, writable=self.writable)
        try:
            self.db.execute("PRAGMA busy_timeout = 30000")
            if self.writable:
                self.db.execute("PRAGMA journal_mode = WAL")
                self.db.execute("PRAGMA synchronous = NORMAL")
            self.db.execute("PRAGMA cache_size = -16384")
            bring_up(self.db, path, writable=self.writable)
            self.dated = "changed" in {row[1] for row in self.db.execute("PRAGMA table_info(notes)")}
        except sqlite3.DatabaseError as problem:
            self.db.close()
            raise RunError(
                f"{path} can't be read as a run's database ({problem}): choose another run"
            ) from None
        except RunError:
            self.db.close()
            raise

    def join(self, writer: TableRepository[Any], kind: Kind[Any]) -> None:
        """Take in a repository, whose table is made where it isn't there.

        The table of an earlier version gets the columns that it lacks, filled from the records' bodies.
        """
        with self.lock, self.sound():
            new = lacking(self.db, kind)
            if new is None:
                made = table_of(kind)
                if not self.writable:
                    made = [made[0].replace("CREATE TABLE", "CREATE TEMP TABLE", 1)]
                for statement in made:
                    self.db.execute(statement)
            elif new and self.writable:
                self._widen(writer, kind, new)
            self.writers.append(writer)

    def _widen(self, writer: TableRepository[Any], kind: Kind[Any], new: Sequence[str]) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        with self.db:
            for column in lacking(self.db, kind) or ():
                self.db.execute(f'ALTER TABLE {kind.name} ADD COLUMN "{column}"')
            rows = self.db.execute(f"SELECT seq, body FROM {kind.name}").fetchall()
            places = [kind.columns.index(column) for column in new]
            filled = [([writer.columns_of(body)[place] for place in places], seq) for seq, body in rows]
            named = ", ".join(f'"{column}" = ?' for column in new)
            self.db.executemany(
                f"UPDATE {kind.name} SET {named} WHERE seq = ?", [(*values, seq) for values, seq in filled]
            )
            for statement in indexes_of(kind):
                self.db.execute(statement)

    def select(self, kind: Kind[Any], what: str, equal: Mapping[str, str | int], tail: str = "") -> list[Row]:
        where = " AND ".join(f'"{name}" = ?' for name in equal)
        sql = f"SELECT {what} FROM {kind.name}{' WHERE ' + where if where else ''} {tail}"
        with self.sound():
            return self.db.execute(sql, list(equal.values())).fetchall()

    def known(self, kind: Kind[Any], keys: Sequence[str]) -> set[str]:
        found: set[str] = set()
        with self.sound():
            for start in range(0, len(keys), _VARIABLES):
                some = keys[start : start + _VARIABLES]
                marks = ", ".join("?" * len(some))
                rows = self.db.execute(f"SELECT id FROM {kind.name} WHERE id IN ({marks})", some)
                found.update(key for (key,) in rows)
        return found

    def upsert(self, kind: Kind[Any], rows: Iterable[Row]) -> None:
        columns = ("id", *kind.columns, "final", "body", "texts")
        named = ", ".join(f'"{column}"' for column in columns)
        changed = ", ".join(f'"{column}" = excluded."{column}"' for column in columns[1:])
        self.db.executemany(
            f"INSERT INTO {kind.name} ({named}) VALUES ({', '.join('?' * len(columns))}) "
            f"ON CONFLICT (id) DO UPDATE SET {changed} WHERE NOT {kind.name}.final",
            rows,
        )

    @contextmanager
    def sound(self) -> Iterator[None]:
        """Turns what SQLite raises into a RunError: one sentence for a file that is damaged or can't be used."""
        try:
            yield
        except sqlite3.OperationalError as problem:
            raise RunError(
                f"{self.path} can't be {'written' if self.writable else 'used'} ({problem}): see to the disk and "
                "resume the run; what was paid for is in the call cache"
            ) from None
        except sqlite3.DatabaseError as problem:
            raise self.damaged(str(problem)) from None

    def damaged(self, what: str) -> RunError:
        """The error to raise for a file that something else wrote into, or that lost a part."""
        return RunError(
            f"{self.path} is damaged ({what}): bring back a copy of it, or start a new run (answers that were "
            "paid for are in the call cache)"
        )

    def write(self) -> None:
        with self.sound():
            self._write()

    def _write(self) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        with self.db:
            for writer in self.writers:
                writer.write()
            self.db.executemany(
                "INSERT OR IGNORE INTO texts VALUES (?, ?, ?)",
                [(digest, *packed(text)) for digest, text in self.texts.items()],
            )

    def kept_text(self, digest: str) -> tuple[int, bytes] | None:
        with self.sound():
            row: tuple[int, bytes] | None = self.db.execute(
                "SELECT packed, body FROM texts WHERE digest = ?", (digest,)
            ).fetchone()
        return row

    def close(self) -> None:
        with self.lock:
            try:
                self.flush()
            finally:
                self.db.close()


def _writable(path: Path) -> bool:
    """Whether the database may be written: SQLite needs the folder too, for what it keeps beside the file."""
    return os.access(path.parent, os.W_OK) and (not path.exists() or os.access(path, os.W_OK))


def _connected(path: Path, *, writable: bool) -> sqlite3.Connection:
    """A finished run in a folder that can't be written is read as it lies, without locks."""
    name = path.absolute().as_uri() + ("" if writable else "?immutable=1")
    return sqlite3.connect(name, uri=True, timeout=30.0, isolation_level=None, check_same_thread=False)


class SqliteStore:
    """Everything of one run in `folder/run.db`. Use `create` for a new run, `open` for one that exists."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._repositories: dict[str, TableRepository[Any]] = {}

    @classmethod
    def create(cls, folder: Path) -> "SqliteStore":
        """A new store in `folder`, which is made if need be. Raises RunError if one is there already."""
        path = folder / DATABASE
        if path.exists():
            raise RunError(f"{folder} already holds a run: resume it, or choose another folder")
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            folder.chmod(0o700)
            return cls(Database(path))
        except (OSError, sqlite3.OperationalError) as problem:
            raise RunError(f"no run can be kept in {folder}: {problem}") from None

    @classmethod
    def open(cls, folder: Path) -> "SqliteStore":
        """The store in `folder`. Raises RunError for a folder without one, or of another schema version."""
        path = folder / DATABASE
        if not path.is_file():
            raise RunError(f"{folder} is not a run: it has no {DATABASE}")
        return cls(Database(path))

    def repository(self, kind: Kind[T]) -> TableRepository[T]:
        if kind.name not in self._repositories:
            self._repositories[kind.name] = TableRepository(self._database, kind)
        return self._repositories[kind.name]

    def put_text(self, text: str) -> str:
        return self._database.put_text(text)

    def text(self, digest: str) -> str:
        return self._database.text(digest)

    def put_note(self, name: str, value: JsonValue) -> None:
        written = canonical_json(value).decode("utf-8", "surrogatepass")
        now = datetime.now(UTC).isoformat(timespec="seconds")
        with self._database.lock, self._database.sound():
            self._database.db.execute(
                "INSERT INTO notes (name, value, changed) VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET "
                "value = excluded.value, changed = excluded.changed",
                (name, written, now),
            )

    def note_changed(self, name: str) -> datetime | None:
        if not self._database.dated:
            return None
        with self._database.lock, self._database.sound():
            row = self._database.db.execute("SELECT changed FROM notes WHERE name = ?", (name,)).fetchone()
        return datetime.fromisoformat(row[0]) if row is not None and row[0] else None

    def note(self, name: str) -> JsonValue:
        with self._database.lock, self._database.sound():
            row = self._database.db.execute("SELECT value FROM notes WHERE name = ?", (name,)).fetchone()
        value: JsonValue = None if row is None else json.loads(row[0])
        return value

    def notes(self, prefix: str = "") -> Iterator[tuple[str, JsonValue]]:
        with self._database.lock, self._database.sound():
            rows = self._database.db.execute(
                "SELECT name, value FROM notes WHERE substr(name, 1, ?) = ? ORDER BY name",
                (len(prefix), prefix),
            ).fetchall()
        for name, value in rows:
            yield name, json.loads(value)

    def flush(self) -> None:
        self._database.flush()

    def close(self) -> None:
        self._database.close()
