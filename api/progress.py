"""How far a run is: one record, kept by a tracker that the callers tell what they do."""

import threading
import time
from collections.abc import Callable, Mapping
from typing import Protocol

from ..models.protocol import Role
from ..records import Record


class Spending(Protocol):
    """What a budget tells of itself."""

    @property
    def spent(self) -> "Amounts": ...


class Amounts(Protocol):
    @property
    def tokens(self) -> int: ...

    @property
    def usd(self) -> float: ...


class Progress(Record):
    """Where a run stands, at one moment."""

    step: str = ""
    """What it does now, such as `round 2: measuring`."""
    planned: int = 0
    """Calls of this step that are known to be needed; a step may find that it needs more."""
    done: int = 0
    """Of them, those that have an answer or have failed for good; answers from the cache count."""
    failed: int = 0
    """Failed calls, over the whole run. They are no progress towards a result."""
    cached: int = 0
    tokens: int = 0
    usd: float | None = 0.0
    """Dollars spent; None: a base model's price isn't known."""
    seconds: float = 0.0
    """Since the work began."""
    seconds_left: float | None = None
    """Of this step, at the pace so far; None: too early to say."""
    agents: Mapping[Role, tuple[int, int]] = {}
    """Agent to calls done and planned, over the whole run."""

    def line(self) -> str:
        """One plain line for a person."""
        parts = [self.step or "starting"]
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


class Tracker:
    """A Watcher (models.caller) that adds up. Safe to read from another thread.

    `callback` hears of every step, and of calls at most every `every` seconds.
    """

    def __init__(self, callback: Callback | None = None, *, every: float = 0.5) -> None:
        self.callback = callback
        self.every = every
        self.budget: Spending | None = None
        self.priced = True
        self.lines: list[str] = []
        """What was said, a line each step."""
        self._lock = threading.Lock()
        self._agents: dict[Role, list[int]] = {}
        self._step = ""
        self._planned = self._done = self._failed = self._cached = self._asked = 0
        self._began = self._step_began = time.monotonic()
        self._told = 0.0

    def say(self, line: str) -> None:
        """A step begins, or something happened in it."""
        with self._lock:
            self._step = line
            self.lines.append(line)
            if self._planned == self._done:
                self._planned = self._done = self._asked = 0
                self._step_began = time.monotonic()
        self._tell(always=True)

    def planned(self, role: Role, count: int) -> None:
        with self._lock:
            if self._planned == self._done:
                self._planned = self._done = self._asked = 0
                self._step_began = time.monotonic()
            self._planned += count
            self._agents.setdefault(role, [0, 0])[1] += count
        self._tell()

    def done(self, role: Role, *, cached: bool, failed: bool) -> None:
        with self._lock:
            agent = self._agents.setdefault(role, [0, 0])
            agent[0] += 1
            agent[1] = max(agent)
            self._done += 1
            self._planned = max(self._planned, self._done)
            self._failed += failed
            self._cached += cached
            self._asked += not cached
        self._tell()

    @property
    def now(self) -> Progress:
        """Where the run stands."""
        with self._lock:
            moment = time.monotonic()
            spent = self.budget.spent if self.budget else None
            left = None
            if self._asked >= 3 and self._planned > self._done:
                pace = (moment - self._step_began) / self._done
                left = pace * (self._planned - self._done)
            return Progress(
                step=self._step,
                planned=self._planned,
                done=self._done,
                failed=self._failed,
                cached=self._cached,
                tokens=spent.tokens if spent else 0,
                usd=(spent.usd if spent else 0.0) if self.priced else None,
                seconds=round(moment - self._began, 3),
                seconds_left=left,
                agents={role: (done, planned) for role, (done, planned) in self._agents.items()},
            )

    def _tell(self, *, always: bool = False) -> None:
        if self.callback is None:
            return
        moment = time.monotonic()
        if always or moment - self._told >= self.every:
            self._told = moment
            self.callback(self.now)


def duration(seconds: float) -> str:
    """`40 s`, `3 min`, `2 h 10 min`."""
    if seconds < 60:
        return f"{max(1, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
