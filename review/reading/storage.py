"""A run's database as a reader opens it: never written, immutable where nobody else writes it either."""

import sqlite3
from pathlib import Path

from ...errors import RunError
from ...models.records import CallRecord
from ...store.texts import resolved, unpacked


def find_text(db: sqlite3.Connection, digest: str) -> str | None:
    """A text of a run's database by its digest; None where it isn't there."""
    row = db.execute("SELECT packed, body FROM texts WHERE digest = ?", (digest,)).fetchone()
    return None if row is None else unpacked(*row)


def whole_call(db: sqlite3.Connection, body: str, texts: str | None) -> CallRecord:
    """A call with its prompt's parts and raw reply, out of a row of the calls."""
    brief = CallRecord.model_validate_json(body)
    if texts is None:
        return brief
    return brief.model_copy(update=resolved(texts, lambda digest: find_text(db, digest) or ""))


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
