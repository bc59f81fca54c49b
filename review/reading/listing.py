"""The list of runs, the newest first, each told in a line."""

import json
from collections.abc import Sequence

from ...store.runs import RunFolder
from .overview import RunRow, figure_of


def run_rows(folders: Sequence[RunFolder], *, limit: int, offset: int) -> tuple[list[RunRow], int]:
    """A page of runs and how many there are. A run whose files can't be read is listed as such."""
    return [_row(folder) for folder in folders[offset : offset + limit]], len(folders)


def _row(folder: RunFolder) -> RunRow:
    changed = folder.kept.stat().st_mtime
    try:
        models = json.loads(folder.config.read_bytes())["models"]
        model = ", ".join(dict.fromkeys(str(uri) for uri in models.values() if uri))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return RunRow(id=folder.id, state="can't be read", model="", adopted=None, gain=None, changed=changed)
    try:
        summary = json.loads(folder.summary.read_bytes())
        gain = figure_of((summary.get("sealed_test") or {}).get("gain"))
        adopted = len(summary["adopted"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return RunRow(
            id=folder.id, state="not finished", model=model, adopted=None, gain=None, changed=changed
        )
    return RunRow(id=folder.id, state="finished", model=model, adopted=adopted, gain=gain, changed=changed)
