"""Texts and whole calls out of a run's rows."""

from ...models.records import CallRecord
from ...store.reading import Reading
from ...store.texts import resolved, unpacked


def find_text(db: Reading, digest: str) -> str | None:
    """A text of a run's database by its digest; None where it isn't there."""
    row = db.execute("SELECT packed, body FROM texts WHERE digest = ?", (digest,)).fetchone()
    return None if row is None else unpacked(*row)


def whole_call(db: Reading, body: str, texts: str | None) -> CallRecord:
    """A call with its prompt's parts and raw reply, out of a row of the calls."""
    brief = CallRecord.model_validate_json(body)
    if texts is None:
        return brief
    return brief.model_copy(update=resolved(texts, lambda digest: find_text(db, digest) or ""))
