"""A run's records in one SQLite file: WAL, so that a trace can be read while the run writes."""

import json
import os
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from time import monotonic
from typing import Any, TypeVar

from pydantic import JsonValue

from ..errors import RunError
from ..records import Record, canonical_json
from .kinds import Kind
from .schema import bring_up
from .tables import SqliteRepository
from .texts import packed, text_digest, unpacked

T = TypeVar("T", bound=Record)

DATABASE = "run.db"

_REMEMBERED = 100_000
"""How many texts are known to be stored already, without asking the database."""


class Database:
    """The connection that the repositories of one run share, and what waits to be written.

    One lock guards it, so that nodes may run in threads.
    """

    def __init__(self, path: Path, *, flush_every: int = 200, flush_after: float = 2.0) -> None:
        """What is added is written `flush_every` records, or `flush_after` seconds, after the last time."""
        self.lock = RLock()
        self.path = path
        self._flush_every = flush_every
        self._flush_after = flush_after
        self._flushed_at = monotonic()
        self._writers: list[SqliteRepository[Any]] = []
        self._texts: dict[str, str] = {}
        self._stored: set[bytes] = set()
        self._waiting = 0
        self.writable = _writable(path)
        self.db = _connected(path, writable=self.writable)
        try:
            self.db.execute("PRAGMA busy_timeout = 30000")
            if self.writable:
                self.db.execute("PRAGMA journal_mode = WAL")
                self.db.execute("PRAGMA synchronous = NORMAL")
            self.db.execute("PRAGMA cache_size = -16384")
            bring_up(self.db, path)
        except sqlite3.DatabaseError as problem:
            self.db.close()
            raise RunError(
                f"{path} can't be read as a run's database ({problem}): choose another run"
            ) from None
        except RunError:
            self.db.close()
            raise

    def join(self, writer: SqliteRepository[Any], name: str, tables: list[str]) -> None:
        """Take in a repository, whose table of this name is made by these statements where it isn't there."""
        with self.lock, self.sound():
            known = self.db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (name,)).fetchone()
            if known is None:
                made = (
                    tables if self.writable else [tables[0].replace("CREATE TABLE", "CREATE TEMP TABLE", 1)]
                )
                for statement in made:
                    self.db.execute(statement)
            self._writers.append(writer)

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

    def noted(self, count: int = 1) -> None:
        """Something waits to be written; often enough, everything is."""
        self._waiting += count
        if self._waiting >= self._flush_every or monotonic() - self._flushed_at > self._flush_after:
            self.flush()

    def flush(self) -> None:
        with self.lock:
            if not self._waiting:
                return
            with self.sound():
                self._write()
            self._texts.clear()
            for writer in self._writers:
                writer.written()
            self._waiting = 0
            self._flushed_at = monotonic()

    def _write(self) -> None:
        self.db.execute("BEGIN IMMEDIATE")
        with self.db:
            for writer in self._writers:
                writer.write()
            self.db.executemany(
                "INSERT OR IGNORE INTO texts VALUES (?, ?, ?)",
                [(digest, *packed(text)) for digest, text in self._texts.items()],
            )

    def put_text(self, text: str) -> str:
        with self.lock:
            digest = self.keep(text)
            self.noted()
        return digest

    def keep(self, text: str) -> str:
        """Let `text` be written with the next flush, or the one that is under way; returns its digest."""
        digest = text_digest(text)
        known = bytes.fromhex(digest[:32])
        if known not in self._stored:
            if len(self._stored) >= _REMEMBERED:
                self._stored.clear()
            self._stored.add(known)
            self._texts[digest] = text
        return digest

    def text(self, digest: str) -> str:
        with self.lock:
            if (waiting := self._texts.get(digest)) is not None:
                return waiting
            with self.sound():
                row = self.db.execute("SELECT packed, body FROM texts WHERE digest = ?", (digest,)).fetchone()
        if row is None:
            raise KeyError(digest)
        try:
            return unpacked(*row)
        except (zlib.error, UnicodeDecodeError, TypeError):  # something else changed it: as good as gone
            raise KeyError(digest) from None

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
        self._repositories: dict[str, SqliteRepository[Any]] = {}

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

    def repository(self, kind: Kind[T]) -> SqliteRepository[T]:
        if kind.name not in self._repositories:
            self._repositories[kind.name] = SqliteRepository(self._database, kind)
        return self._repositories[kind.name]

    def put_text(self, text: str) -> str:
        return self._database.put_text(text)

    def text(self, digest: str) -> str:
        return self._database.text(digest)

    def put_note(self, name: str, value: JsonValue) -> None:
        with self._database.lock, self._database.sound():
            self._database.db.execute(
                "INSERT INTO notes VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                (name, canonical_json(value).decode("utf-8", "surrogatepass")),
            )

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
