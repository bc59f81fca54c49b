"""What a paused run asks a reviewer, read from its checkpoint without waking it."""

import sqlite3

from pydantic import JsonValue

from ...graph.launch import plain_serializer
from ...records import Record
from .source import RunSource, connect


class Asked(Record):
    """The question that a run waits with."""

    proposal: str
    intent: str
    reason: str


def question(source: RunSource) -> Asked | None:
    """None where the run is finished, or waits for nobody."""
    if source.finished or not source.folder.checkpoint.is_file():
        return None
    db = connect(source.folder.checkpoint)
    try:
        rows = db.execute(
            "SELECT w.type, w.value, w.task_id FROM writes w WHERE w.channel = '__interrupt__' AND w.checkpoint_id = "
            "(SELECT max(checkpoint_id) FROM checkpoints WHERE checkpoint_ns = '') AND NOT EXISTS (SELECT 1 FROM writes r "
            "WHERE r.checkpoint_id = w.checkpoint_id AND r.task_id = w.task_id AND r.channel NOT IN ('__interrupt__', '__resume__'))"
        ).fetchall()
    except sqlite3.DatabaseError:
        return None
    finally:
        db.close()
    for kind, value, _ in reversed(rows):
        for found in plain_serializer().loads_typed((kind, value)):
            asked: JsonValue = found.value
            if isinstance(asked, dict):
                return Asked.model_validate({name: str(asked.get(name, "")) for name in Asked.model_fields})
    return None
