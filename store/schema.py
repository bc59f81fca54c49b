"""The tables of a run's database, made and brought up to date by small numbered steps."""

import sqlite3
from collections.abc import Callable
from pathlib import Path

from ..errors import RunError
from .records import SCHEMA_VERSION

Step = Callable[[sqlite3.Connection], None]
_STEPS: dict[int, Step] = {}

CALL_COLUMNS = ("round", "node", "subject", "role", "status")


def step(version: int) -> Callable[[Step], Step]:
    """Marks the function that brings a database from `version - 1` to `version`."""

    def mark(function: Step) -> Step:
        _STEPS[version] = function
        return function

    return mark


@step(1)
def _first_tables(db: sqlite3.Connection) -> None:
    db.execute("CREATE TABLE texts (digest TEXT PRIMARY KEY, packed INTEGER NOT NULL, body BLOB NOT NULL)")
    db.execute("CREATE TABLE notes (name TEXT PRIMARY KEY, value TEXT NOT NULL)")
    db.execute(
        "CREATE TABLE calls (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, round INTEGER, node TEXT, "
        "subject TEXT, role TEXT, status TEXT, failed INTEGER, cached INTEGER, attempts INTEGER, "
        "input_tokens INTEGER, cached_tokens INTEGER, output_tokens INTEGER, reasoning_tokens INTEGER, "
        "usd REAL, latency REAL, body TEXT NOT NULL, parts TEXT NOT NULL, packed INTEGER, raw BLOB)"
    )
    db.execute("CREATE INDEX calls_by_place ON calls (round, node, subject)")
    db.execute("CREATE INDEX calls_by_subject ON calls (subject)")
    db.execute("CREATE INDEX calls_by_role ON calls (role, status)")
    for table, columns in {
        "rankings": ("conversation", "spec", "call", "question"),
        "proposals": ("origin", "kind", "base"),
        "trials": ("proposal", "round", "stage", "outcome"),
        "verdicts": ("proposal", "participant", "stance", "source"),
        "decisions": ("proposal", "round", "by", "decision", "reason"),
    }.items():
        listed = ", ".join(f'"{column}"' for column in columns)
        db.execute(
            f"CREATE TABLE {table} (seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, {listed}, "
            "body TEXT NOT NULL)"
        )
        for column in columns:
            db.execute(f'CREATE INDEX {table}_by_{column} ON {table} ("{column}")')


def bring_up_to_date(db: sqlite3.Connection, path: Path) -> None:
    """Run the missing steps in one transaction; raises RunError for a database of a later version."""
    (version,) = db.execute("PRAGMA user_version").fetchone()
    if version > SCHEMA_VERSION:
        raise RunError(
            f"{path} was written by a later Concord (schema {version}, this one reads up to "
            f"{SCHEMA_VERSION}): open it with that version, or start another run"
        )
    if version == SCHEMA_VERSION:
        return
    db.execute("BEGIN IMMEDIATE")
    with db:
        (version,) = db.execute("PRAGMA user_version").fetchone()  # another process may have been faster
        for number in range(version + 1, SCHEMA_VERSION + 1):
            _STEPS[number](db)
        db.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")
