"""Signs of life of long work: bars on a terminal, a plain line every few seconds where there is none."""

import threading
from types import TracebackType

from rich.console import Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, TaskID, TextColumn
from rich.progress import Progress as Bars
from rich.text import Text

from ..api.progress import Progress, Tracker
from ..models.protocol import Role
from ..review.terminal import Terminal

TITLES: dict[Role, str] = {
    "relevance": "relevance grader",
    "ranker": "ranker",
    "batch_proposer": "batch proposer",
    "conversation_proposer": "single-conversation proposer",
    "validator": "validator",
    "scenario_writer": "scenario writer",
    "opinion_writer": "opinion writer",
    "plain_answer": "plain answer",
}
EVERY = 5.0
"""Seconds between two plain lines."""
FIRST = 1.0
"""Seconds before the first of them."""
OFTEN = 0.25
"""Seconds between two pictures on a terminal."""


class Display:
    """Shows what a tracker knows while it is entered. Its thread tells also while the work itself is silent."""

    def __init__(self, console: Terminal, tracker: Tracker, *, quiet: bool = False) -> None:
        self.console = console
        self.tracker = tracker
        self.quiet = quiet
        self._live = (
            Live(console=console, transient=True, auto_refresh=False) if console.is_terminal else None
        )
        self._stop = threading.Event()
        self._paused = threading.Event()
        self._thread: threading.Thread | None = None
        self._said = 0
        self._bars = Bars(
            TextColumn("{task.description}", markup=False), BarColumn(), MofNCompleteColumn(), console=console
        )
        self._tasks: dict[Role, TaskID] = {}

    def __enter__(self) -> "Display":
        if not self.quiet:
            if self._live:
                self._live.start()
            self._thread = threading.Thread(target=self._show_on, name="progress", daemon=True)
            self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        if self._thread:
            self._thread.join()
        if self._live and not self.quiet:
            self._live.stop()

    def pause(self) -> None:
        """Leave the terminal alone, for a question to a person."""
        self._paused.set()
        if self._live:
            self._live.stop()

    def go_on(self) -> None:
        if self._live and not self.quiet:
            self._live.start()
        self._paused.clear()

    def _show_on(self) -> None:
        wait = OFTEN if self._live else FIRST
        while not self._stop.wait(wait):
            wait = OFTEN if self._live else EVERY
            if not self._paused.is_set():
                self._show()

    def _show(self) -> None:
        now = self.tracker.now
        if self._live is None:
            self.console.print(now.line())
            return
        lines = self.tracker.lines
        for line in lines[self._said : -1]:
            self._live.console.print(line)
        self._said = max(self._said, len(lines) - 1)
        self._live.update(Group(Text(now.line()), self._picture(now)), refresh=True)

    def _picture(self, now: Progress) -> Bars:
        for role, (done, planned) in now.agents.items():
            if role not in self._tasks:
                self._tasks[role] = self._bars.add_task(
                    TITLES.get(role, role.replace("_", " ")), total=planned
                )
            self._bars.update(self._tasks[role], total=planned, completed=done)
        return self._bars


def tracked(console: Terminal, *, quiet: bool = False) -> Display:
    """A display with a tracker of its own."""
    return Display(console, Tracker(), quiet=quiet)
