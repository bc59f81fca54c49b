"""Progress of long work: a bar for each agent on a terminal, nothing where there is none."""

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from ..models.protocol import Role

TITLES: dict[Role, str] = {
    "relevance": "relevance grader",
    "ranker": "ranker",
    "batch_proposer": "batch proposer",
    "conversation_proposer": "single-conversation proposer",
    "validator": "validator",
}


class Bars:
    """A Watcher (models.caller) that draws. Use it as a context manager around the work."""

    def __init__(self, console: Console, quiet: bool = False) -> None:
        self.console = console
        self.quiet = quiet or not console.is_terminal
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=console,
            disable=self.quiet,
            transient=True,
        )
        self._tasks: dict[Role, TaskID] = {}
        self._planned: dict[Role, int] = {}

    def __enter__(self) -> "Bars":
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def pause(self) -> None:
        """Leave the terminal alone, for a question to a person."""
        self._progress.stop()

    def go_on(self) -> None:
        self._progress.start()

    def say(self, line: str) -> None:
        if not self.quiet:
            self._progress.console.print(line, markup=False)

    def planned(self, role: Role, count: int) -> None:
        if role not in self._tasks:
            self._tasks[role] = self._progress.add_task(TITLES[role], total=0)
        self._planned[role] = self._planned.get(role, 0) + count
        self._progress.update(self._tasks[role], total=self._planned[role])

    def done(self, role: Role, *, cached: bool, failed: bool) -> None:  # noqa: ARG002 - the Watcher's face
        self._progress.advance(self._tasks[role])
