"""One pass of asking: workers draw requests from one iterator until all have an answer or a failure."""

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import Generic, Protocol, TypeVar

from ..errors import BudgetEnded, CallFailed
from .budget import NOTHING, Budget
from .call_recorder import CallRecorder, cache_key, call_id
from .exchange import Exchange, Sender
from .health import HealthCounter
from .protocol import Answer, BaseModel, Request, Role
from .records import Where

A = TypeVar("A", bound=Answer)

_LONGEST_TURN = 0.02
"""Seconds of work without a wait after which other tasks, such as a progress bar or Ctrl-C, get their turn."""
_SURELY_TOO_LONG = 1.5
"""Times the context length: estimates of tokens aren't trusted further than that."""
_LOST_IN_A_ROW = 25
"""Requests lost one after another, each after all its attempts, that make a model's side count as down."""


@dataclass(frozen=True, slots=True)
class Answered(Generic[A]):
    """What became of one request."""

    id: str
    """The CallRecord's id."""
    answer: A | None
    """None: the call failed, `failure` says why."""
    failure: str = ""
    cached: bool = False
    """Whether it cost nothing: out of the cache, or an equal question was in flight already."""


class Watcher(Protocol):
    """Is told of progress."""

    def planned(self, role: Role, count: int) -> None:
        """So many more requests of this role will be asked."""
        ...

    def done(self, role: Role, *, cached: bool, failed: bool) -> None: ...


class SilentWatcher:
    """Tells nobody."""

    def planned(self, role: Role, count: int) -> None:
        pass

    def done(self, role: Role, *, cached: bool, failed: bool) -> None:
        pass


class CallPath:
    """What all passes of one caller share, the questions in flight among it."""

    def __init__(
        self, model: BaseModel, recorder: CallRecorder, sender: Sender, budget: Budget, watcher: Watcher
    ) -> None:
        profile = model.profile
        native = profile.answers == "native"
        self.identity = model.identity
        self.recorder = recorder
        self.sender = sender
        self.budget = budget
        self.watcher = watcher
        self.health = HealthCounter()
        self.workers = max(1, profile.concurrency)
        self.logs_progress = not native
        self.context_tokens = None if native else profile.context_tokens
        self.in_flight: dict[str, asyncio.Future[Exchange | None]] = {}
        """Cache keys of the questions in flight; each future ends with the exchange, or None if given up."""
        self.lost_in_a_row = 0
        self.turn_began = 0.0
        self.resting: asyncio.Future[None] | None = None

    async def take_turns(self) -> None:
        """Let other tasks run, where neither the cache nor a model in this process ever waits.

        All workers rest together: one after another, each with a turn of its own, they would hold the others
        up for as many turns as there are workers.
        """
        loop = asyncio.get_running_loop()
        if self.resting is not None and self.resting.get_loop() is not loop:
            self.resting = None  # an earlier loop was left in the middle of a rest
        if self.resting is None and loop.time() - self.turn_began > _LONGEST_TURN:
            self.resting = loop.create_future()
            loop.call_later(0.0, self._rested)
        while self.resting is not None:
            await asyncio.shield(self.resting)

    def _rested(self) -> None:
        if self.resting is not None:
            self.resting.set_result(None)
            self.resting = None
        self.turn_began = asyncio.get_running_loop().time()


class Asking(Generic[A]):
    """One pass. No batches: a worker that is free draws the next request at once."""

    def __init__(self, path: CallPath, where: Where, answer: type[A]) -> None:
        self._path = path
        self._where = where
        self._type = answer
        self._requests: Iterator[tuple[int, Request]] = iter(())
        self._results: dict[int, Answered[A]] = {}
        self._joining: list[asyncio.Task[None]] = []
        self._underway: dict[int, Exchange] = {}
        self._stop: BudgetEnded | CallFailed | None = None

    async def run(self, requests: Iterable[Request], hint: int) -> list[Answered[A]]:
        """Ask all of `requests`, about `hint` of them."""
        numbered = enumerate(requests)
        first = next(numbered, None)
        if first is None:
            return []
        self._path.watcher.planned(first[1].role, max(hint, 1))
        self._requests = chain([first], numbered)
        count = min(self._path.workers, hint or self._path.workers)
        workers = [asyncio.create_task(self._work()) for _ in range(count)]
        try:
            await asyncio.gather(*workers)
            await asyncio.gather(*self._joining)
        finally:
            await self._end([*workers, *self._joining])
        if self._stop is not None:
            raise self._stop
        return [self._results[index] for index in range(len(self._results))]

    async def _end(self, tasks: list[asyncio.Task[None]]) -> None:
        """Leave nothing behind: what was replied is paid, what was reserved beyond that is let go."""
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for exchange in self._underway.values():
            self._path.budget.settle(exchange.expected, exchange.took)
            self._land(exchange, None)

    async def _work(self) -> None:
        await self._path.take_turns()
        while self._stop is None and (numbered := next(self._requests, None)) is not None:
            index, request = numbered
            key = self._checked(request)
            if key in self._path.in_flight:  # its own task: the worker has other questions to draw
                self._joining.append(asyncio.create_task(self._join(index, request, key)))
            else:
                await self._ask(index, request, key)
            await self._path.take_turns()

    def _checked(self, request: Request) -> str:
        """The request's cache key."""
        if request.answer is not self._type:
            raise TypeError(
                f"a {request.role} request wants {request.answer.__name__}, not {self._type.__name__}"
            )
        return cache_key(request, self._path.identity)

    async def _ask(self, index: int, request: Request, key: str) -> None:
        """Answer from the cache, or send."""
        try:
            exchange = self._opened(index, request, key)
        except BudgetEnded as ended:
            self._stop = ended
            return
        if exchange is not None:
            if not exchange.done:
                await self._path.sender.send(exchange, self._sent)
            self._done(exchange)

    async def _join(self, index: int, request: Request, key: str) -> None:
        """Wait for the same question in flight; ask it here if whoever asked it gave up."""
        while (flight := self._path.in_flight.get(key)) is not None:
            other = await asyncio.shield(flight)
            if other is not None:
                call = call_id(request, self._path.identity, self._where)
                self._path.recorder.shared(call, request, self._where, other)
                self._finish(index, request.role, call, other, cached=True)
                return
        if self._stop is None:
            await self._ask(index, request, key)

    def _opened(self, index: int, request: Request, key: str) -> Exchange | None:
        """The exchange that answers this request; None when the cache does."""
        path = self._path
        call = call_id(request, path.identity, self._where)
        if (hit := path.recorder.look_up(key, self._type, request.expect)) is not None:
            path.recorder.hit(call, request, self._where, hit)
            self._results[index] = Answered(call, hit.answer, cached=True)
            path.health.answered(request.role)
            path.watcher.done(request.role, cached=True, failed=False)
            return None
        expected = path.sender.expected(request)
        exchange = Exchange(index=index, call=call, cache_key=key, request=request, expected=expected)
        if path.context_tokens and expected.tokens > _SURELY_TOO_LONG * path.context_tokens:
            exchange.expected = NOTHING
            exchange.fail(
                f"the prompt has about {expected.tokens:,} tokens, and the model's context holds "
                f"{path.context_tokens:,}: it was not sent"
            )
        path.budget.reserve(exchange.expected)
        self._underway[index] = exchange
        path.in_flight[key] = asyncio.get_running_loop().create_future()
        if path.logs_progress and not exchange.done:
            path.recorder.underway(exchange, self._where, "planned")
        return exchange

    def _sent(self, exchange: Exchange) -> None:
        if self._path.logs_progress and exchange.attempts == 1:
            self._path.recorder.underway(exchange, self._where, "submitted")

    def _done(self, exchange: Exchange) -> None:
        path = self._path
        path.budget.settle(exchange.expected, exchange.took)
        path.recorder.done(exchange, self._where)
        del self._underway[exchange.index]
        self._land(exchange, exchange)
        self._finish(exchange.index, exchange.request.role, exchange.call, exchange, cached=False)
        path.lost_in_a_row = path.lost_in_a_row + 1 if exchange.lost else 0
        if path.lost_in_a_row >= _LOST_IN_A_ROW and self._stop is None:
            self._stop = CallFailed(
                f"{path.lost_in_a_row} requests in a row failed, the last with: {exchange.failure}"
            )

    def _finish(self, index: int, role: Role, call: str, ended: Exchange, *, cached: bool) -> None:
        answer = ended.answer if isinstance(ended.answer, self._type) else None
        self._results[index] = Answered(call, answer, ended.failure, cached)
        if answer is None:
            self._path.health.failed(ended)
        else:
            self._path.health.answered(role)
        self._path.watcher.done(role, cached=cached, failed=answer is None)

    def _land(self, exchange: Exchange, outcome: Exchange | None) -> None:
        flight = self._path.in_flight.pop(exchange.cache_key, None)
        if flight is not None and not flight.done():
            flight.set_result(outcome)
