"""Opens a run for people to read, its index brought up to date."""

from ..api.home import home
from ..api.storing import found_run
from ..review.reading.building import build
from ..review.reading.run import RunReading


def open_reading(run: str, store: str | None = None) -> RunReading:
    """The run of this folder or id, here or in a shared store. Raises RunError."""
    reading = RunReading(found_run(run, store), home() / "indexes")
    build(reading.index)
    return reading
