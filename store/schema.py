"""The tables of a run's database: a few that every run has, and one for each kind of record.

A database of an older schema is brought up step by step; each step has the number of the schema that it leads to.
"""

import sqlite3
from pathlib import Path
from typing import Any

from ..errors import RunError
from .kinds import Kind

OLDEST = 2
"""The oldest schema that is brought up; what Concord 0.1 wrote (schema 1) had other records."""
_FIRST = (
    "CREATE TABLE IF NOT EXISTS texts (digest TEXT PRIMARY KEY, packed INTEGER NOT NULL, body BLOB NOT NULL)",
    "CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
)
_STEPS: dict[int, tuple[str, ...]] = {3: ("ALTER TABLE notes ADD COLUMN changed TEXT",)}
SCHEMA_VERSION = max(_STEPS)
_WRITTEN_BY = {1: "Concord 0.1"}
"""Released versions, by the schema that they wrote."""


def bring_up(
    db: sqlite3.Connection, path: Path, *, writable: bool = True, upto: int = SCHEMA_VERSION
) -> None:
    """Make the tables of a new database, or take the steps that an older one lacks: all of them or none.

    What can't be written is read as it is. `upto` stops early, for tests of older schemas. Raises RunError for a
    database of a schema that this version can't read.
    """
    if _readable(db, path, upto) or not writable:
        return
    db.execute("BEGIN IMMEDIATE")
    with db:
        version = _version(db)  # another process may have been here in between
        if not version:
            for statement in _FIRST:
                db.execute(statement)
        for number, statements in _STEPS.items():
            if max(version, OLDEST) < number <= upto:
                for statement in statements:
                    db.execute(statement)
        db.execute(f"PRAGMA user_version = {max(version, upto)}")


def check_version(db: sqlite3.Connection, path: Path) -> None:
    """Raises RunError for a database of a schema that this version can't read."""
    _readable(db, path, SCHEMA_VERSION)


def _readable(db: sqlite3.Connection, path: Path, upto: int) -> bool:
    """Whether nothing is left to be done."""
    version = _version(db)
    if version and not OLDEST <= version <= SCHEMA_VERSION:
        raise RunError(_other_version(path, version))
    return version >= upto


def _version(db: sqlite3.Connection) -> int:
    (version,) = db.execute("PRAGMA user_version").fetchone()
    return int(version)


def _other_version(path: Path, version: int) -> str:
    run = path.parent
    if version > SCHEMA_VERSION:
        return (
            f"{run} was written by a later Concord (schema {version}); this version reads schemas {OLDEST} to "
            f"{SCHEMA_VERSION}: open it with that version, or start a new run"
        )
    by = _WRITTEN_BY.get(version, "an older Concord")
    return (
        f"{run} was written by {by} (schema {version}); this version reads schemas {OLDEST} to {SCHEMA_VERSION}: "
        "keep the old version for it, or start a new run"
    )


def table_of(kind: Kind[Any]) -> list[str]:
    """The statements that make a kind's table and its indexes, where they aren't there yet."""
    listed = "".join(f'"{column}", ' for column in kind.columns)
    return [
        f"CREATE TABLE IF NOT EXISTS {kind.name} (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, {listed}"
        "final INTEGER NOT NULL, body TEXT NOT NULL, texts TEXT)",
        *indexes_of(kind),
    ]


def indexes_of(kind: Kind[Any]) -> list[str]:
    made: list[str] = []
    for index in kind.indexes or tuple((column,) for column in kind.indexed):
        columns = ", ".join(f'"{column}"' for column in index)
        made.append(f"CREATE INDEX IF NOT EXISTS {kind.name}_by_{'_'.join(index)} ON {kind.name} ({columns})")
    return made


def lacking(db: sqlite3.Connection, kind: Kind[Any]) -> list[str] | None:
    """Columns of a kind that its table, made by an earlier version, hasn't; None where there is no table."""
    had = {row[1] for row in db.execute(f"PRAGMA table_info({kind.name})")}
    return [column for column in kind.columns if column not in had] if had else None
