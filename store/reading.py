"""Reading a run's rows without its repositories, beside whoever writes them: for pages and traces.

The SQL is the same for a file and for a shared store: `?` for values, a kind's name for its table, and `texts` and
`notes` besides. A shared store shows the rows of the one run only.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from ..errors import RunError
from .address import Pointer, need_driver
from .schema import check_version

if TYPE_CHECKING:
    from .postgres.rows import PostgresRows

Stamp = tuple[int, ...]


class Rows(Protocol):
    """What a question brought."""

    def fetchone(self) -> Any: ...

    def fetchall(self) -> list[Any]: ...

    def fetchmany(self, size: int = ..., /) -> list[Any]: ...

    def __iter__(self) -> Iterator[Any]: ...


class Reading(Protocol):
    """A connection that only reads."""

    def execute(self, sql: str, values: Sequence[Any] = ..., /) -> Rows: ...


class FileRows:
    """The rows of a run in a file. Every opening is a connection of its own, so that threads may share it."""

    def __init__(self, database: Path) -> None:
        """Raises RunError for a file of another schema version, or one that is no database."""
        self.database = database
        with self.open() as db:
            check_version(db, database)

    @contextmanager
    def open(self) -> Iterator[sqlite3.Connection]:
        """A read-only connection. Raises RunError where the file is no database."""
        db = connect(self.database)
        try:
            yield db
        except sqlite3.DatabaseError as problem:
            raise RunError(f"{self.database} can't be read as a run's database ({problem})") from None
        finally:
            db.close()

    def has(self, table: str) -> bool:
        """Whether there is a table of this name."""
        with self.open() as db:
            found = db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone()
        return found is not None

    def stamp(self) -> Stamp:
        """Changes whenever any row did."""
        found: list[int] = []
        for path in (self.database, self._log):
            try:
                stat = path.stat()
                found += [stat.st_mtime_ns, stat.st_size]
            except FileNotFoundError:
                found += [0, 0]
        return tuple(found)

    def held(self) -> bool:
        """Whether a process seems to be at work on the run: it leaves no log behind when it ends."""
        return self._log.exists() and self._log.stat().st_size > 0

    @property
    def _log(self) -> Path:
        return self.database.with_name(self.database.name + "-wal")


def open_rows(database: Path, pointer: Pointer | None) -> "FileRows | PostgresRows":
    """The rows of a run in a file, or in the shared store that its folder names. Raises RunError."""
    if pointer is None:
        return FileRows(database)
    need_driver()
    from .postgres.rows import PostgresRows

    return PostgresRows(pointer.address, pointer.run)


def connect(path: Path) -> sqlite3.Connection:
    """A read-only connection: immutable where nobody writes, beside the writer else."""
    wal = path.with_name(path.name + "-wal")
    try:
        writing = wal.stat().st_size > 0
    except FileNotFoundError:
        writing = False
    mode = "mode=ro" if writing else "immutable=1"
    try:
        db = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, check_same_thread=False)
        db.execute("PRAGMA busy_timeout = 5000")
    except sqlite3.DatabaseError as problem:
        raise RunError(f"{path} can't be read as a run's database ({problem})") from None
    return db
