"""What the pages are served from: the runs, their indexes, and the way to let a paused run go on."""

import subprocess
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from time import monotonic

from ...errors import ConcordError, RunError
from ...store.protocol import Uses
from ...store.runs import RunFolder, list_runs
from ..closing import GoOn, Handed
from ..reading.run import RunReading
from ..wording import waiting
from .access import Access, Tokens
from .live import Streams

WORKING = ("going", "testing")
BETWEEN_BUILDS = 3.0
"""Seconds between two builds of the index of a run that goes on."""


class Indexer:
    """Builds indexes in processes of their own, one at a time for a run."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._running: dict[Path, subprocess.Popen[bytes]] = {}
        self._started: dict[Path, float] = {}
        self._lock = Lock()

    def ensure(self, reading: RunReading) -> None:
        """Begin to bring the run's index up to date, where it isn't and nobody does."""
        if reading.index.current():
            return
        path = reading.folder.path
        with self._lock:
            running = self._running.get(path)
            if running is not None and running.poll() is None:
                return
            if monotonic() - self._started.get(path, -BETWEEN_BUILDS) < BETWEEN_BUILDS:
                return
            self._started[path] = monotonic()
            self._running[path] = subprocess.Popen(
                [sys.executable, "-m", "concord.review.reading.building", str(path), str(self.folder)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
            )

    def close(self) -> None:
        """End what still builds: an index is never half written, a stage is there or isn't."""
        with self._lock:
            for process in self._running.values():
                if process.poll() is None:
                    process.terminate()
                process.wait()
            self._running.clear()


@dataclass
class Site:
    """Everything that the pages need. `only` shows one run, wherever it lies; else all runs under `root`."""

    root: Path
    indexes: Path
    access: Access
    only: RunFolder | None = None
    ledger: Uses | None = None
    go_on: GoOn | None = None
    test: Callable[[RunFolder], None] | None = None
    """Tests the wordings that wait on a run's desk."""
    tokens: Tokens = field(default_factory=Tokens)
    streams: Streams = field(default_factory=Streams)
    indexer: Indexer = field(init=False)

    def __post_init__(self) -> None:
        self.indexer = Indexer(self.indexes)
        self._readings: dict[str, RunReading] = {}
        self._going: dict[str, tuple[str, Future[None]]] = {}
        self._lock = Lock()
        self._pool = ThreadPoolExecutor(max_workers=2, thread_name_prefix="go-on")

    def folders(self) -> list[RunFolder]:
        """The newest first."""
        if self.only is not None:
            others = [run for run in list_runs(self.root) if run.path.resolve() != self.only.path.resolve()]
            return [self.only, *reversed(others)]
        return list(reversed(list_runs(self.root)))

    def reading(self, id: str) -> RunReading:
        """The run of this id, its index seen to. Raises RunError where there is none."""
        with self._lock:
            reading = self._readings.get(id)
        if reading is None or not reading.folder.kept.is_file():
            folder = next((each for each in self.folders() if each.id == id), None)
            if folder is None:
                raise RunError(f"there is no run {id!r} here")
            reading = RunReading(folder, self.indexes)
            with self._lock:
                self._readings[id] = reading
        self.indexer.ensure(reading)
        return reading

    def start(self, reading: RunReading, answers: Mapping[str, Handed]) -> None:
        """Let a paused run go on in the background. Raises RunError where that can't be done from here."""
        if self.go_on is None:
            raise RunError(
                "these pages only look: go on in a terminal with `concord run --resume RUN --approve`"
            )
        if self.going(reading.id) == "going":
            raise RunError("the run is going on already")
        if self.going(reading.id) == "testing":
            raise RunError("a reviewer's wording is being tested: close the round when that has ended")
        self._going[reading.id] = ("going", self._pool.submit(self.go_on, reading.folder, answers))

    def try_wordings(self, reading: RunReading) -> None:
        """Begin to test the wordings that wait on the run's desk, where it stands still; else they are tested when it
        goes on."""
        if (
            self.test is None
            or self.going(reading.id) in WORKING
            or reading.state() not in ("paused", "finished")
        ):
            return
        self._going[reading.id] = ("testing", self._pool.submit(self._tested, reading))

    def _tested(self, reading: RunReading) -> None:
        """What was reworded meanwhile has its turn too."""
        assert self.test is not None
        before = -1
        while 0 < (left := len(waiting(reading.desk.standing(), reading.known.wordings))) != before:
            before = left
            self.test(reading.folder)

    def going(self, id: str) -> str:
        """`going` while the loop works in this process, `testing` while a wording is tested; else what stopped it, empty
        for nothing."""
        what, future = self._going.get(id, ("", None))
        if future is None:
            return ""
        if not future.done():
            return what
        problem = future.exception()
        if problem is None:
            return ""
        return str(problem) if isinstance(problem, ConcordError) else f"{type(problem).__name__}: {problem}"

    def openings(self, reading: RunReading) -> int:
        """How often the sealed test of this run's data was opened so far."""
        return self.ledger.openings(reading.source.launched.data_digest) if self.ledger else 0

    def close(self) -> None:
        self.indexer.close()
        self._pool.shutdown(wait=False, cancel_futures=True)
