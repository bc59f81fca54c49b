"""How much one link, and one address that guesses links, may ask in a time."""

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

from pydantic import Field

from ...records import Record

_REMEMBERED = 100_000


class Limits(Record):
    """Rates of a study's pages."""

    saves_per_second: float = Field(4.0, gt=0)
    """Saves of one link, on average."""
    saves_at_once: int = Field(40, ge=1)
    """Saves of one link that may come in a burst."""
    pages_per_second: float = Field(10.0, gt=0)
    """Pages of one link, on average."""
    pages_at_once: int = Field(100, ge=1)
    guesses_per_second: float = Field(0.2, gt=0)
    """Links that open nothing, of one network address, on average."""
    guesses_at_once: int = Field(20, ge=1)
    largest_form: int = Field(200_000, ge=1000)
    """Bytes of one form."""


class Buckets:
    """A token bucket for each name. The least used of 100,000 names are forgotten."""

    def __init__(self, per_second: float, at_once: int, clock: Callable[[], float]) -> None:
        self.per_second = per_second
        self.at_once = at_once
        self._clock = clock
        self._lock = Lock()
        self._full: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def wait(self, name: str) -> float:
        """Take one token; 0, or the seconds until there is one."""
        now = self._clock()
        with self._lock:
            left, then = self._full.pop(name, (float(self.at_once), now))
            left = min(self.at_once, left + (now - then) * self.per_second)
            short = max(0.0, 1.0 - left)
            self._full[name] = (left if short else left - 1.0, now)
            if len(self._full) > _REMEMBERED:
                self._full.popitem(last=False)
        return short / self.per_second
