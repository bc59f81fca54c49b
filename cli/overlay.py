"""The joined text of a group: a run's common text with the group's overlay on it."""

from ..api.home import home
from ..api.runs import read_summary
from ..graph.run_records import RunRecords
from ..review.overlays import joined_text
from ..spec import Spec
from ..store.runs import find_run


def overlay_text(run: str, name: str) -> Spec:
    """`name` is the group's, or that of its files. Raises RunError."""
    folder = find_run(run, home())
    summary = read_summary(folder)
    records = RunRecords.open(folder.path)
    try:
        return joined_text(records, summary, name)
    finally:
        records.close()
