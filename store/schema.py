"""The tables of a run's database: a few that every run has, and one for each kind of record."""

import sqlite3
from pathlib import Path
from typing import Any

from ..errors import RunError
from .kinds import Kind

SCHEMA_VERSION = 2
_WRITTEN_BY = {1: "Concord 0.1"}
"""Released versions, by the schema that they wrote."""


def bring_up(db: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new database. Raises RunError for one of another schema version."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version == SCHEMA_VERSION:
        return
    if version:
        raise RunError(_other_version(path, version))
    db.execute("BEGIN IMMEDIATE")
    with db:
        db.execute(
            "CREATE TABLE IF NOT EXISTS texts "
            "(digest TEXT PRIMARY KEY, packed INTEGER NOT NULL, body BLOB NOT NULL)"
        )
        db.execute("CREATE TABLE IF NOT EXISTS notes (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _other_version(path: Path, version: int) -> str:
    run = path.parent
    if version > SCHEMA_VERSION:
        return (
            f"{run} was written by a later Concord (schema {version}); this version reads schema "
            f"{SCHEMA_VERSION} only: open it with that version, or start a new run"
        )
    by = _WRITTEN_BY.get(version, "an older Concord")
    return (
        f"{run} was written by {by} (schema {version}); this version reads schema {SCHEMA_VERSION} only: "
        "keep the old version for it, or start a new run"
    )


def table_of(kind: Kind[Any]) -> list[str]:
    """The statements that make a kind's table and its indexes, where they aren't there yet."""
    listed = "".join(f'"{column}", ' for column in kind.columns)
    made = [
        f"CREATE TABLE IF NOT EXISTS {kind.name} (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, {listed}"
        "final INTEGER NOT NULL, body TEXT NOT NULL, texts TEXT)"
    ]
    for index in kind.indexes or tuple((column,) for column in kind.indexed):
        columns = ", ".join(f'"{column}"' for column in index)
        made.append(f"CREATE INDEX IF NOT EXISTS {kind.name}_by_{'_'.join(index)} ON {kind.name} ({columns})")
    return made
