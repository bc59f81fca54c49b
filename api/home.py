"""Where runs, call cache and ledger are kept."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..review.reading.run import RunReading


def home() -> Path:
    """$CONCORD_HOME, or `runs` here."""
    return Path(os.environ.get("CONCORD_HOME") or "runs")


def open_reading(run: str) -> "RunReading":
    """A run to be read by people, its index up to date. Raises RunError."""
    from ..review.reading.building import build
    from ..review.reading.run import RunReading
    from ..store.runs import find_run

    reading = RunReading(find_run(run, home()), home() / "indexes")
    build(reading.index)
    return reading
