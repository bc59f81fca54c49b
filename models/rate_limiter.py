"""How fast a provider accepts requests, and keeping to it.

Concurrency follows AIMD (additive increase, multiplicative decrease; Chiu and Jain 1989): a refusal for
speed halves it, once for all tickets that were on their way together; each full round of successes adds one.
Requests and tokens a minute are kept by spacing (the generic cell rate algorithm with no burst), so no
minute holds more than its rate. Time is the event loop's.
"""

import asyncio
from weakref import WeakKeyDictionary

from .protocol import BaseModel, Profile

_MINUTE = 60.0


class Meter:
    """Spaces amounts so that any minute holds at most `rate` of them; None: no limit."""

    def __init__(self, rate: float | None) -> None:
        self._seconds_each = None if rate is None else _MINUTE / rate
        self._next = 0.0

    def reserve(self, amount: float, now: float) -> float:
        """Seconds to wait before an `amount` may go."""
        if self._seconds_each is None:
            return 0.0
        start = max(self._next, now)
        self._next = start + amount * self._seconds_each
        return start - now

    def correct(self, amount: float) -> None:
        """An amount reserved earlier turned out larger (or, below 0, smaller) by this much."""
        if self._seconds_each is not None:
            self._next += amount * self._seconds_each


class RateLimiter:
    """Lets tickets through as the provider accepts them. One pace serves all callers of a base model."""

    def __init__(self, profile: Profile) -> None:
        self.most = max(1, profile.concurrency)
        self.limit = float(self.most)
        """How many tickets may be on their way now."""
        self._active = 0
        self._requests = Meter(profile.requests_per_minute)
        self._tokens = Meter(profile.tokens_per_minute)
        self._paused_until = float("-inf")
        self._slowed_at = float("-inf")
        self._waiting: list[asyncio.Future[None]] = []

    async def enter(self, requests: int, tokens: int) -> float:
        """Wait for a place and for the rates. Returns the moment of entry; `leave` must follow."""
        loop = asyncio.get_running_loop()
        while self._active >= int(self.limit):
            place: asyncio.Future[None] = loop.create_future()
            self._waiting.append(place)
            await place
        self._active += 1
        try:
            now = loop.time()
            wait = max(self._requests.reserve(requests, now), self._tokens.reserve(tokens, now))
            while (wait := max(wait, self._paused_until - now)) > 0:
                await asyncio.sleep(wait)
                now, wait = loop.time(), 0.0
        except asyncio.CancelledError:
            self.leave()
            raise
        return now

    def leave(self) -> None:
        """Give the place back."""
        self._active -= 1
        waiting, self._waiting = self._waiting, []
        for place in waiting:
            if not place.done():
                place.set_result(None)

    def succeeded(self, more_tokens: int = 0) -> None:
        """A reply came; it took this many tokens more than expected."""
        self.limit = min(float(self.most), self.limit + 1.0 / self.limit)
        if more_tokens:
            self._tokens.correct(more_tokens)

    def throttled(self, entered: float, after: float | None) -> None:
        """The provider refused a ticket that entered then, and may have said how long to wait."""
        now = asyncio.get_running_loop().time()
        if entered >= self._slowed_at:
            self.limit = max(1.0, self.limit / 2)
            self._slowed_at = now
        if after:
            self._paused_until = max(self._paused_until, now + after)


_paces: WeakKeyDictionary[BaseModel, RateLimiter] = WeakKeyDictionary()


def limiter_of(model: BaseModel) -> RateLimiter:
    """The pace that every caller of this base model shares."""
    try:
        return _paces.setdefault(model, RateLimiter(model.profile))
    except TypeError:  # a class of the user's may take no weak reference, or have no hash
        return RateLimiter(model.profile)
