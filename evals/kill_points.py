"""Where a run can be killed, and the process that kills itself there: the entry of a process of its own.

Points are counted while the run works: the third end of `trial`, the fortieth write of a database. A process
that dies of a real signal at such a point leaves just what a power cut at that moment would.
"""

import os
import runpy
import signal
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Literal

from ..records import Record

Signal = Literal["KILL", "TERM", "HUP"]
WRITES = ("store", "checkpoint", "step", "cache", "ledger", "file")
"""Kinds of write: the run's records, a checkpoint, a task's result before its checkpoint, the call cache, the
ledger, and a file of the run's folder."""


class KillPoint(Record):
    """The `number`th time (from 1) that a run comes by `place`."""

    place: str
    """`NODE begins`, `NODE ends`, or `KIND write`."""
    number: int = 1
    signal: Signal = "KILL"


class Trap:
    """Counts places, and sends this process its signal at one of them."""

    def __init__(self, point: KillPoint | None) -> None:
        self.point = point
        self.passed: Counter[str] = Counter()

    def passes(self, place: str) -> None:
        self.passed[place] += 1
        if self.point and (place, self.passed[place]) == (self.point.place, self.point.number):
            os.kill(os.getpid(), getattr(signal, f"SIG{self.point.signal}"))

    def set(self) -> None:
        """Let the machine's nodes and everything that writes pass by here. For a process that does nothing else."""
        from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

        from ..api.progress import Tracker
        from ..review import exports
        from ..store import runs
        from ..store.cache import DiskCallCache
        from ..store.ledger import Ledger
        from ..store.sqlite import Database

        begins, ends, last = Tracker.begins, Tracker.ends, [""]

        def begun(tracker: Tracker, round_: int, node: str) -> None:
            begins(tracker, round_, node)
            last[0] = node
            self.passes(f"{node} begins")

        def ended(tracker: Tracker, note: str = "") -> None:
            ends(tracker, note)
            self.passes(f"{last[0]} ends")

        Tracker.begins = begun  # type: ignore[method-assign,assignment]  # put around it
        Tracker.ends = ended  # type: ignore[method-assign,assignment]  # put around it
        self._around(Database, "_write", "store")
        self._around(AsyncSqliteSaver, "aput", "checkpoint")
        self._around(AsyncSqliteSaver, "aput_writes", "step")
        for name in ("put", "put_many"):
            self._around(DiskCallCache, name, "cache")
        self._around(Ledger, "_append", "ledger")
        self._around(runs, "write_atomically", "file")
        for name in ("write_spec", "write_patch"):
            self._around(exports, name, "file")

    def _around(self, owner: Any, name: str, kind: str) -> None:
        """Pass by before each write of this kind; the next pass is after it."""
        written: Callable[..., Any] = getattr(owner, name)

        def write(*args: Any, **named: Any) -> Any:
            self.passes(f"{kind} write")
            return written(*args, **named)

        setattr(owner, name, write)


def run_concord(
    arguments: Sequence[str], home: Path, output: Path, point: KillPoint | None, counted: Path | None
) -> None:
    """`concord` with these arguments, in this process, killed at `point`.

    Prints into `output`. Writes how often each place was passed into `counted`, where the process lives that long.
    """
    os.setsid()
    os.environ["CONCORD_HOME"] = str(home)
    printed = os.open(output, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for stream, handle in ((0, nothing), (1, printed), (2, printed)):
        os.dup2(handle, stream)
    trap = Trap(point)
    trap.set()
    sys.argv = ["concord", *arguments]
    try:
        runpy.run_module("concord", run_name="__main__")
    finally:
        sys.stdout.flush()
        if counted is not None:
            counted.write_text("\n".join(f"{count} {place}" for place, count in trap.passed.items()))
