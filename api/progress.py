"""How far a run is: the loop's meter, with what a person wants to know besides."""

import threading
import time
from collections.abc import Callable, Mapping

from ..graph.progress import Meter
from ..graph.progress import Progress as Moment
from ..models.protocol import Role
from ..records import Record


class Progress(Record):
    """Where a run stands, at one moment."""

    round: int = 0
    step: str = ""
    """The node of the loop that is at work, such as `measure`."""
    note: str = ""
    """What happened last, one plain line; of a model's own words, so treat it as data."""
    planned: int = 0
    """Calls of this step that are known to be needed; a step may find that it needs more."""
    done: int = 0
    """Of them, those that are answered; answers from the cache count."""
    failed: int = 0
    """Calls of this step that failed for good. They are no progress towards a result."""
    tokens: int = 0
    """Over the whole run; likewise `usd`."""
    usd: float | None = 0.0
    """Dollars spent; None: a base model's price isn't known."""
    seconds: float = 0.0
    """Since the work began."""
    seconds_left: float | None = None
    """Of this step, at the pace so far; None: too early to say."""
    agents: Mapping[Role, tuple[int, int]] = {}
    """Agent to calls done (answered or failed) and planned, over the whole run."""

    def line(self) -> str:
        """One plain line for a person."""
        where = f"round {self.round}: {self.step}" if self.round else self.step or self.note or "starting"
        parts = [where]
        if self.planned:
            parts.append(f"{self.done:,} of {self.planned:,} calls")
        if self.failed:
            parts.append(f"{self.failed:,} failed")
        if self.tokens:
            parts.append(f"{self.tokens:,} tokens")
            parts.append("price unknown" if self.usd is None else f"${self.usd:.2f}")
        if self.seconds_left is not None:
            parts.append(f"about {duration(self.seconds_left)} left of this step")
        return ", ".join(parts)


Callback = Callable[[Progress], None]


class Tracker(Meter):
    """The loop's meter that can be read at any moment, from another thread too.

    `callback` hears of every step, and of calls at most every `every` seconds. Callers take it as their watcher.
    """

    def __init__(self, callback: Callback | None = None, *, every: float = 0.5) -> None:
        super().__init__(self._heard)
        self.callback = callback
        self.every = every
        self.priced = True
        """Whether the price of every base model is known."""
        self.lines: list[str] = []
        """What happened, a line each."""
        self._lock = threading.Lock()
        self._agents: dict[Role, list[int]] = {}
        self._moment = Moment()
        self._asked = 0
        self._began = self._step_began = time.monotonic()
        self._told = 0.0

    def note(self, line: str) -> None:
        """Something that a person would like to hear of."""
        self.tell("note", line)

    def planned(self, role: Role, count: int) -> None:
        with self._lock:
            self._agents.setdefault(role, [0, 0])[1] += count
        super().planned(role, count)

    def done(self, role: Role, *, cached: bool, failed: bool) -> None:
        with self._lock:
            agent = self._agents.setdefault(role, [0, 0])
            agent[0] += 1
            agent[1] = max(agent)
            self._asked += not cached
        super().done(role, cached=cached, failed=failed)

    @property
    def now(self) -> Progress:
        """Where the run stands."""
        with self._lock:
            at, moment = self._moment, time.monotonic()
            over = at.done + at.failures
            left = None
            if self._asked >= 3 and at.planned > over:
                left = (moment - self._step_began) / over * (at.planned - over)
            return Progress(
                round=at.round,
                step=at.node,
                note=self.lines[-1] if self.lines else "",
                planned=at.planned,
                done=at.done,
                failed=at.failures,
                tokens=at.tokens,
                usd=at.usd if self.priced else None,
                seconds=round(moment - self._began, 3),
                seconds_left=left,
                agents={role: (done, planned) for role, (done, planned) in self._agents.items()},
            )

    def _heard(self, moment: Moment) -> None:
        with self._lock:
            if (moment.round, moment.node) != (self._moment.round, self._moment.node):
                self._asked, self._step_began = 0, time.monotonic()
            self._moment = moment
            if moment.note:
                self.lines.append(f"round {moment.round}: {moment.note}" if moment.round else moment.note)
        if self.callback is None:
            return
        if moment.event != "call" or time.monotonic() - self._told >= self.every:
            self._told = time.monotonic()
            self.callback(self.now)


def duration(seconds: float) -> str:
    """`40 s`, `3 min`, `2 h 10 min`."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
