"""Opens a run for people to read, its index brought up to date."""

from ..api.home import home
from ..review.reading.building import build
from ..review.reading.run import RunReading
from ..store.runs import find_run


def open_reading(run: str) -> RunReading:
    """The run of this folder or id. Raises RunError."""
    reading = RunReading(find_run(run, home()), home() / "indexes")
    build(reading.index)
    return reading
