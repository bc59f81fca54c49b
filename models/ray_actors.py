"""What runs on the nodes of a cluster: those who ask a base model, and the one who keeps its pace for all of them."""

import asyncio
import time
from collections.abc import Sequence
from typing import Any

from ..errors import CallFailed
from .executors import Opener
from .protocol import BaseModel, Failure, Profile, Reply, Request
from .rate_limiter import Meter
from .tokens import tokens

Numbered = tuple[int, Request]
Answered = tuple[int, Reply | Failure]
_GATHER = 0.002
"""Seconds that a first answer waits for others to go back with it."""


class Pace:
    """One provider's rates, for everybody who asks it: each is told how long to wait.

    `Meter` spaces what is reserved, so that no minute holds more than the rates, whoever asks.
    """

    def __init__(self, requests_per_minute: float | None, tokens_per_minute: float | None) -> None:
        self._requests = Meter(requests_per_minute)
        self._tokens = Meter(tokens_per_minute)
        self._paused_until = 0.0

    async def reserve(self, sizes: Sequence[int]) -> list[float]:
        """Seconds from now at which each of these requests, by its tokens, may go."""
        now = time.monotonic()
        paused = max(0.0, self._paused_until - now)
        return [
            max(paused, self._requests.reserve(1, now), self._tokens.reserve(size, now)) for size in sizes
        ]

    async def correct(self, more: float) -> None:
        """Replies took so many tokens more than was reserved, or fewer."""
        self._tokens.correct(more)

    async def pause(self, seconds: float) -> None:
        """The provider asked to wait."""
        self._paused_until = max(self._paused_until, time.monotonic() + seconds)


class Asker:
    """Asks one base model, opened on this node with a client of its own. An async actor."""

    def __init__(self, opener: Opener, profile: Profile, pace: Any) -> None:
        """`pace`: the handle of a `Pace`; None: the provider states no rates."""
        self._opener = opener
        self._timeout = profile.timeout
        self._pace = pace
        self._model: BaseModel | None = None
        self._asking: dict[int, asyncio.Task[None]] = {}
        self._ready: list[Answered] = []
        self._some = asyncio.Event()

    async def open(self) -> None:
        """Raises ModelError where the model can't be opened here."""
        if self._model is None:
            self._model = self._opener()

    async def submit(self, shard: Sequence[Numbered]) -> None:
        """Ask all of a shard; what comes back is fetched by `take`."""
        await self.open()
        waits = [0.0] * len(shard)
        sizes = [0] * len(shard)
        if self._pace is not None:
            sizes = [sum(tokens(part.text) for part in request.parts) for _, request in shard]
            waits = await self._pace.reserve.remote(sizes)
        for (number, request), wait, size in zip(shard, waits, sizes, strict=True):
            self._asking[number] = asyncio.create_task(self._ask(number, request, wait, size))

    async def take(self) -> list[Answered]:
        """What has come back since, as soon as anything has."""
        await self._some.wait()
        if self._asking:
            await asyncio.sleep(_GATHER)
        taken, self._ready = self._ready, []
        self._some.clear()
        return taken

    async def cancel(self, numbers: Sequence[int]) -> None:
        """Nobody waits for these any more."""
        for number in numbers:
            if (task := self._asking.pop(number, None)) is not None:
                task.cancel()

    async def probe(self, fields: dict[str, Any]) -> Any:
        """One small call, as `OnWire.probe`; None where the model is on no wire."""
        await self.open()
        probe = getattr(self._model, "probe", None)
        found = None if probe is None else await probe(fields)
        return found if found is None or isinstance(found, Failure) else True

    async def close(self) -> None:
        for task in self._asking.values():
            task.cancel()
        if self._model is not None:
            await self._model.close()

    async def _ask(self, number: int, request: Request, wait: float, size: int) -> None:
        assert self._model is not None
        if wait > 0:
            await asyncio.sleep(wait)
        result: Reply | Failure
        try:
            async with asyncio.timeout(self._timeout):
                result = await self._model.complete(request)
        except TimeoutError:
            result = Failure(message=f"no reply within {self._timeout:g} s", retryable=True)
        except CallFailed as problem:
            result = Failure(message=str(problem), retryable=problem.retryable, after=problem.after)
        self._tell_pace(result, size)
        self._asking.pop(number, None)
        self._ready.append((number, result))
        self._some.set()

    def _tell_pace(self, result: Reply | Failure, size: int) -> None:
        if self._pace is None:
            return
        if isinstance(result, Failure):
            if result.after:
                self._pace.pause.remote(result.after)
        elif used := result.usage.input_tokens + result.usage.output_tokens:
            self._pace.correct.remote(float(used - size))
