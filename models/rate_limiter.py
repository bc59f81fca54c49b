"""How fast a provider accepts requests, and keeping to it.

Concurrency follows AIMD (additive increase, multiplicative decrease; Chiu and Jain 1989): a refusal for
speed halves it, once for all requests that were in flight together; each full round of successes adds one.
Requests and tokens a minute are kept by spacing (the generic cell rate algorithm with no burst), so no
minute holds more than its rate. Time is the event loop's.
"""

import asyncio
from collections import deque
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
    """Lets requests through as the provider accepts them. One limiter serves all callers of a base model."""

    def __init__(self, profile: Profile) -> None:
        self.most = max(1, profile.concurrency)
        self.limit = float(self.most)
        """How many requests may be in flight now."""
        self._active = 0
        self._requests = Meter(profile.requests_per_minute)
        self._tokens = Meter(profile.tokens_per_minute)
        self._paused_until = float("-inf")
        self._slowed_at = float("-inf")
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self, tokens: int) -> float:
        """Wait for a slot and for the rates. Returns the moment of entry; `leave` must follow."""
        loop = asyncio.get_running_loop()
        if self._active >= int(self.limit):
            await self._slot(loop.create_future())
        else:
            self._active += 1
        try:
            now = loop.time()
            wait = max(self._requests.reserve(1, now), self._tokens.reserve(tokens, now))
            while (wait := max(wait, self._paused_until - now)) > 0:
                await asyncio.sleep(wait)
                now, wait = loop.time(), 0.0
        except asyncio.CancelledError:
            self.leave()
            raise
        return now

    def leave(self) -> None:
        """Give the slot back."""
        self._active -= 1
        self._admit()

    def succeeded(self, more_tokens: int = 0) -> None:
        """A reply came; it took this many tokens more than expected."""
        self.limit = min(float(self.most), self.limit + 1.0 / self.limit)
        if more_tokens:
            self._tokens.correct(more_tokens)
        if self._waiting:
            self._admit()

    def throttled(self, entered: float, after: float | None) -> None:
        """The provider refused a request that entered then, and may have said how many seconds to wait."""
        now = asyncio.get_running_loop().time()
        if entered >= self._slowed_at:
            self.limit = max(1.0, self.limit / 2)
            self._slowed_at = now
        if after:
            self._paused_until = max(self._paused_until, now + after)

    def paused_for(self) -> float:
        """Seconds for which nothing is sent because the provider asked for it; 0 when not paused."""
        try:
            return max(0.0, self._paused_until - asyncio.get_running_loop().time())
        except RuntimeError:  # nothing runs, so nothing waits
            return 0.0

    async def _slot(self, slot: asyncio.Future[None]) -> None:
        """Wait until a slot is handed over."""
        self._waiting.append(slot)
        try:
            await slot
        except asyncio.CancelledError:
            if slot.done() and not slot.cancelled():  # handed over in the moment of the cancellation
                self.leave()
            raise

    def _admit(self) -> None:
        while self._waiting and self._active < int(self.limit):
            slot = self._waiting.popleft()
            if not slot.done():
                self._active += 1
                slot.set_result(None)


_limiters: WeakKeyDictionary[BaseModel, RateLimiter] = WeakKeyDictionary()


def limiter_of(model: BaseModel) -> RateLimiter:
    """The limiter that every caller of this base model shares."""
    try:
        return _limiters.setdefault(model, RateLimiter(model.profile))
    except TypeError:  # a class of the user's may take no weak reference, or have no hash
        return RateLimiter(model.profile)
