"""How far a run is, as small records: which node of which round, its calls, and what they took."""

from collections.abc import Callable

from ..models.budget import Budget
from ..models.protocol import Role
from ..records import Record


class Progress(Record):
    """Where a run stands at one moment."""

    round: int = 0
    node: str = ""
    event: str = "call"
    """`begins` and `ends` of a node, `call` in between, `adopted` for an edit that came into the text."""
    note: str = ""
    """One plain line for a person; of a model's own words, so treat it as data."""
    planned: int = 0
    """Calls of this node that are known to be needed."""
    done: int = 0
    """Of them, those that are answered; `failures`: those that failed for good."""
    failures: int = 0
    tokens: int = 0
    """Over the whole run; likewise `usd`."""
    usd: float = 0.0


OnProgress = Callable[[Progress], None]


class Meter:
    """Adds up what the callers do (a models.caller Watcher) and tells it on. It decides nothing in a run.

    Hand the same meter to the callers as their watcher and to `launch`.
    """

    def __init__(self, on_progress: OnProgress | None = None, *, budget: Budget | None = None) -> None:
        self._tell = on_progress or _nobody
        self.budget = budget
        self._round = 0
        self._node = ""
        self._planned = self._done = self._failures = 0

    def begins(self, round_: int, node: str) -> None:
        """A node begins. Branches that run side by side count together."""
        if (round_, node) != (self._round, self._node):
            self._round, self._node = round_, node
            self._planned = self._done = self._failures = 0
        self._report("begins")

    def ends(self, note: str = "") -> None:
        self._report("ends", note)

    def tell(self, event: str, note: str) -> None:
        """Something that a person would like to hear of."""
        self._report(event, note)

    def planned(self, role: Role, count: int) -> None:  # noqa: ARG002
        self._planned += count
        self._report("call")

    def done(self, role: Role, *, cached: bool, failed: bool) -> None:  # noqa: ARG002
        if failed:
            self._failures += 1
        else:
            self._done += 1
        self._planned = max(self._planned, self._done + self._failures)
        self._report("call")

    def _report(self, event: str, note: str = "") -> None:
        spent = self.budget.spent if self.budget else None
        self._tell(
            Progress(
                round=self._round,
                node=self._node,
                event=event,
                note=note,
                planned=self._planned,
                done=self._done,
                failures=self._failures,
                tokens=spent.tokens if spent else 0,
                usd=spent.usd if spent else 0.0,
            )
        )


def _nobody(_: Progress) -> None:
    pass
