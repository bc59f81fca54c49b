"""One round of asking: workers draw requests from one iterator until all have an answer or a failure."""

import asyncio
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Generic, Protocol, TypeVar

from ..errors import BudgetEnded, CallFailed
from .budget import NOTHING, Budget
from .call_recorder import CallRecorder, cache_key, call_id
from .exchange import Exchange, Sender, give_back
from .protocol import Answer, BaseModel, Request, Role
from .records import Where

A = TypeVar("A", bound=Answer)

_NATIVE_TICKET = 64
_HITS_IN_A_ROW = 64
"""Cache hits between two moments at which other tasks, such as a progress bar, may run."""
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


class Watcher(Protocol):
    """Is told of progress."""

    def planned(self, role: Role, count: int) -> None:
        """So many more requests of this role will be asked."""
        ...

    def done(self, role: Role, *, cached: bool, failed: bool) -> None: ...


class _Silent:
    def planned(self, role: Role, count: int) -> None:
        pass

    def done(self, role: Role, *, cached: bool, failed: bool) -> None:
        pass


class Desk:
    """What all rounds of asking of one caller share."""

    def __init__(
        self, model: BaseModel, filing: CallRecorder, sender: Sender, budget: Budget, watcher: Watcher | None
    ) -> None:
        profile = model.profile
        native = profile.answers == "native"
        self.identity = model.identity
        self.filing = filing
        self.sender = sender
        self.budget = budget
        self.watcher: Watcher = watcher or _Silent()
        self.workers = max(1, profile.concurrency)
        self.ticket_size = profile.ticket_size or (_NATIVE_TICKET if native else 1)
        self.logs_progress = not native
        self.context_tokens = None if native else profile.context_tokens
        self.in_flight: dict[str, asyncio.Future[None]] = {}
        """Cache keys of the questions on their way, by whichever round."""
        self.lost_in_a_row = 0


class Asking(Generic[A]):
    """One round. No batches: a worker that is free draws the next request at once."""

    def __init__(self, desk: Desk, where: Where, answer: type[A]) -> None:
        self._desk = desk
        self._where = where
        self._type = answer
        self._requests: Iterator[tuple[int, Request]] = iter(())
        self._results: dict[int, Answered[A]] = {}
        self._first: dict[str, int] = {}
        self._repeats: dict[int, int] = {}
        self._elsewhere: list[tuple[int, Request]] = []
        self._underway: dict[int, Exchange] = {}
        self._stop: BudgetEnded | CallFailed | None = None

    async def run(self, requests: Iterable[Request], hint: int) -> list[Answered[A]]:
        """Ask all of `requests`, about `hint` of them."""
        numbered = enumerate(requests)
        first = next(numbered, None)
        if first is None:
            return []
        self._desk.watcher.planned(first[1].role, max(hint, 1))
        try:
            await self._work(chain([first], numbered), hint)
            while self._elsewhere and self._stop is None:
                others, self._elsewhere = self._elsewhere, []
                await self._others_landed(others)
                await self._work(iter(others), len(others))
        finally:
            give_back(self._desk.budget, list(self._underway.values()))
            for exchange in self._underway.values():
                self._land(exchange)
        if self._stop is not None:
            raise self._stop
        size = len(self._results) + len(self._repeats)
        return [self._results[self._repeats.get(index, index)] for index in range(size)]

    async def _work(self, requests: Iterator[tuple[int, Request]], hint: int) -> None:
        self._requests = requests
        tickets = -(-hint // self._desk.ticket_size) or self._desk.workers
        workers = [asyncio.create_task(self._worker()) for _ in range(min(self._desk.workers, tickets))]
        try:
            await asyncio.gather(*workers)
        finally:
            for worker in workers:
                worker.cancel()
            await asyncio.gather(*workers, return_exceptions=True)

    async def _worker(self) -> None:
        while ticket := await self._draw():
            await self._desk.sender.send(ticket, submitted=self._submitted, done=self._done)
            self._desk.filing.flush_when_full()

    async def _draw(self) -> Sequence[Exchange]:
        """The next requests that must be sent; empty when there are none, or no more may be."""
        ticket: list[Exchange] = []
        hits = 0
        while self._stop is None and len(ticket) < self._desk.ticket_size:
            numbered = next(self._requests, None)
            if numbered is None:
                break
            try:
                if (exchange := self._opened(*numbered)) is not None:
                    ticket.append(exchange)
                    continue
            except BudgetEnded as ended:
                self._stop = ended
                break
            hits += 1
            if hits % _HITS_IN_A_ROW == 0:
                await asyncio.sleep(0)
        return ticket

    def _opened(self, index: int, request: Request) -> Exchange | None:
        """The exchange that answers this request; None when it needs none of its own."""
        if request.answer is not self._type:
            raise TypeError(
                f"a {request.role} request wants {request.answer.__name__}, not {self._type.__name__}"
            )
        if (same := self._first.setdefault(request.key, index)) != index:
            self._repeats[index] = same
            self._desk.watcher.done(request.role, cached=True, failed=False)
            return None
        desk = self._desk
        key = cache_key(request, desk.identity)
        if key in desk.in_flight:
            self._elsewhere.append((index, request))
            return None
        id = call_id(request, desk.identity, self._where)
        if (hit := desk.filing.look_up(key, self._type, request.expect)) is not None:
            answer, raw = hit
            desk.filing.hit(id, request, self._where, answer, raw)
            self._results[index] = Answered(id, answer, cached=True)
            desk.watcher.done(request.role, cached=True, failed=False)
            return None
        expected = desk.sender.expected(request)
        if desk.context_tokens and expected.tokens > _SURELY_TOO_LONG * desk.context_tokens:
            exchange = Exchange(index=index, id=id, cache_key=key, request=request, expected=NOTHING)
            exchange.failure = (
                f"the prompt has about {expected.tokens:,} tokens, and the model's context holds "
                f"{desk.context_tokens:,}: it was not sent"
            )
            self._underway[index] = exchange
            self._done(exchange)
            return None
        desk.budget.reserve(expected)
        exchange = Exchange(index=index, id=id, cache_key=key, request=request, expected=expected)
        self._underway[index] = exchange
        desk.in_flight[key] = asyncio.get_running_loop().create_future()
        if desk.logs_progress:
            desk.filing.underway(exchange, self._where, "planned")
        return exchange

    def _submitted(self, exchange: Exchange) -> None:
        if self._desk.logs_progress and exchange.attempts == 1:
            self._desk.filing.underway(exchange, self._where, "submitted")

    def _done(self, exchange: Exchange) -> None:
        desk = self._desk
        answer = exchange.answer
        desk.budget.settle(exchange.expected, exchange.took)
        desk.filing.done(exchange, self._where)
        del self._underway[exchange.index]
        self._land(exchange)
        self._results[exchange.index] = Answered(
            exchange.id, answer if isinstance(answer, self._type) else None, exchange.failure
        )
        desk.watcher.done(exchange.request.role, cached=False, failed=answer is None)
        desk.lost_in_a_row = desk.lost_in_a_row + 1 if exchange.lost else 0
        if desk.lost_in_a_row >= _LOST_IN_A_ROW and self._stop is None:
            self._stop = CallFailed(
                f"{desk.lost_in_a_row} requests in a row failed, the last with: {exchange.failure}"
            )

    def _land(self, exchange: Exchange) -> None:
        flight = self._desk.in_flight.pop(exchange.cache_key, None)
        if flight is not None and not flight.done():
            flight.set_result(None)

    async def _others_landed(self, others: Sequence[tuple[int, Request]]) -> None:
        """Wait for the same questions, asked by other rounds; then they are in the cache, or are asked here."""
        for _, request in others:
            del self._first[request.key]
            flight = self._desk.in_flight.get(cache_key(request, self._desk.identity))
            if flight is not None:
                await asyncio.shield(flight)
