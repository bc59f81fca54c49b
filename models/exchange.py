"""One question on its way: sent, retried, repaired, until it has an answer or a failure."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from ..errors import BudgetEnded, CallFailed
from ..prompts.render import render
from .budget import NOTHING, Amount, Budget, price
from .keys import hide_known, scrub
from .parsing import Unreadable, read_answer
from .protocol import Answer, BaseModel, Failure, Profile, Reply, Request, Usage
from .rate_limiter import RateLimiter
from .tokens import tokens

_SHOWN_REPLY = 4000
"""Characters of an invalid reply that go into the repair prompt."""


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to try. Delays are in seconds, and drawn from the upper half of what is said here."""

    attempts: int = 6
    """Times that one request is sent while the model's side fails."""
    throttled: int = 20
    """Times that one request may be refused for speed."""
    first_delay: float = 0.5
    longest_delay: float = 30.0
    longest_wait: float = 900.0
    """A server that asks for a longer wait than this is taken for gone."""

    def delay(self, failures: int, draw: random.Random) -> float:
        longest: float = min(self.longest_delay, self.first_delay * 2.0 ** (failures - 1))
        return longest * (0.5 + draw.random() / 2)


@dataclass(slots=True)
class Exchange:
    """A question, what has happened to it, and in the end `answer` or `failure`."""

    index: int
    id: str
    cache_key: str
    request: Request
    expected: Amount
    asked: Request = field(init=False)
    """What is sent: the request, or its repair."""
    answer: Answer | None = None
    failure: str = ""
    lost: bool = False
    """Whether it failed without any reply: the model's side is at fault."""
    raw: str = ""
    usage: Usage = field(default_factory=Usage)
    tier: str = ""
    usd: float = 0.0
    latency: float = 0.0
    attempts: int = 0
    replies: int = 0
    failures: int = 0
    refusals: int = 0

    def __post_init__(self) -> None:
        self.asked = self.request

    @property
    def done(self) -> bool:
        return self.answer is not None or bool(self.failure)

    @property
    def took(self) -> Amount:
        return Amount(self.replies, self.usage.input_tokens + self.usage.output_tokens, self.usd)


class Sender:
    """Sends exchanges to one base model, a ticket at a time, and stays with them until they are done."""

    def __init__(
        self, model: BaseModel, pace: RateLimiter, budget: Budget, patience: RetryPolicy, draw: random.Random
    ) -> None:
        self._model = model
        self._profile: Profile = model.profile
        self._pace = pace
        self._budget = budget
        self._patience = patience
        self._draw = draw
        self._mean_output = 0.0
        self._outputs = 0

    def expected(self, request: Request) -> Amount:
        """What one reply to `request` will take: its prompt's tokens, and the mean answer so far."""
        sent = sum(tokens(part.text) for part in request.parts)
        usage = Usage(input_tokens=sent, output_tokens=round(self._mean_output))
        return Amount(1, usage.input_tokens + usage.output_tokens, price(self._profile, usage))

    async def send(
        self,
        ticket: Sequence[Exchange],
        *,
        submitted: Callable[[Exchange], None],
        done: Callable[[Exchange], None],
    ) -> None:
        """Bring every exchange to its end; `done` is called as soon as one has it, and never twice.

        One failing doesn't disturb the others. Cancelled, it lets go of what is on its way.
        """
        waiting = list(ticket)
        while waiting:
            delay = await self._send_once(waiting, submitted, done)
            waiting = [exchange for exchange in waiting if not exchange.done]
            if waiting and delay:
                await asyncio.sleep(delay)

    async def _send_once(
        self,
        waiting: Sequence[Exchange],
        submitted: Callable[[Exchange], None],
        done: Callable[[Exchange], None],
    ) -> float:
        """Send all of `waiting` in one ticket. Returns the seconds to wait before another attempt."""
        sent = sum(exchange.expected.tokens for exchange in waiting)
        entered = await self._pace.enter(len(waiting), sent)
        missing = dict(enumerate(waiting))
        delay = 0.0
        seconds = None if self._profile.timeout is None else self._profile.timeout * len(waiting)
        try:
            for exchange in waiting:
                exchange.attempts += 1
            async with asyncio.timeout(seconds):
                ticket = await self._model.submit([exchange.asked for exchange in waiting])
                for exchange in waiting:
                    submitted(exchange)
                async for place, result in self._model.collect(ticket):
                    if place not in missing:
                        continue
                    exchange = missing.pop(place)
                    delay = max(delay, self._take(exchange, result, entered))
                    if exchange.done:
                        done(exchange)
            lost = Failure(message="the model gave no reply to this request", retryable=True)
        except TimeoutError:
            lost = Failure(message=f"no reply within {seconds:g} s", retryable=True)
        except CallFailed as problem:
            lost = Failure(message=str(problem), retryable=problem.retryable, after=problem.after)
        finally:
            self._pace.leave()
        for exchange in missing.values():
            delay = max(delay, self._take(exchange, lost, entered))
            if exchange.done:
                done(exchange)
        return delay

    def _take(self, exchange: Exchange, result: Reply | Failure, entered: float) -> float:
        """Take in what came; the exchange is done, or is to be sent again after the seconds returned."""
        if isinstance(result, Failure):
            return self._lost(exchange, result, entered)
        self._paid(exchange, result)
        problem = ""
        if result.finish == "refusal":
            problem = "the model declined to answer"
        else:
            try:
                exchange.answer = read_answer(result.text, exchange.request.answer, exchange.request.expect)
                return 0.0
            except Unreadable as found:
                cut = "the reply was cut off at its length limit; " if result.finish == "length" else ""
                problem = f"{cut}{found}"
        if exchange.asked is not exchange.request:
            exchange.failure = scrub(f"no valid answer, even after a repair attempt: {problem}")
            return 0.0
        self._repair(exchange, problem, result.text)
        return 0.0

    def _paid(self, exchange: Exchange, reply: Reply) -> None:
        old, new = exchange.usage, reply.usage
        exchange.usage = Usage(
            input_tokens=old.input_tokens + new.input_tokens,
            cached_tokens=old.cached_tokens + new.cached_tokens,
            output_tokens=old.output_tokens + new.output_tokens,
            reasoning_tokens=old.reasoning_tokens + new.reasoning_tokens,
        ) if exchange.replies else new  # fmt: skip
        exchange.raw = hide_known(reply.text)
        exchange.tier = reply.tier
        exchange.usd += price(self._profile, new)
        exchange.latency += reply.latency
        exchange.replies += 1
        self._outputs += 1
        self._mean_output += (new.output_tokens - self._mean_output) / self._outputs
        used = new.input_tokens + new.output_tokens
        self._pace.succeeded(used - exchange.expected.tokens if used else 0)

    def _repair(self, exchange: Exchange, problem: str, reply: str) -> None:
        """Turn the exchange into its one repair attempt, if the budget has room for it."""
        if len(reply) > _SHOWN_REPLY:
            reply = f"{reply[: _SHOWN_REPLY // 2]}\n[...]\n{reply[-_SHOWN_REPLY // 2 :]}"
        prompt = render(
            "repair", {"problem": problem, "reply": reply}, {"repair": {"problem": problem, "reply": reply}}
        )
        repaired = exchange.request.model_copy(update={"parts": (*exchange.request.parts, *prompt.parts)})
        more = self.expected(repaired)
        try:
            self._budget.reserve(more)
        except BudgetEnded:
            exchange.failure = scrub(f"no valid answer, and the budget ended before a repair: {problem}")
            return
        exchange.expected += more
        exchange.asked = repaired

    def _lost(self, exchange: Exchange, failure: Failure, entered: float) -> float:
        exchange.failures += 1
        if throttled := failure.throttled or failure.after is not None:
            self._pace.throttled(entered, failure.after)
            exchange.refusals += 1
        patience = self._patience
        tries = patience.throttled if throttled else patience.attempts
        counted = exchange.refusals if throttled else exchange.failures - exchange.refusals
        if failure.retryable and counted < tries and (failure.after or 0.0) <= patience.longest_wait:
            return 0.0 if failure.after else patience.delay(counted, self._draw)
        exchange.failure = scrub(failure.message) or "the model's side failed without saying why"
        exchange.lost = exchange.replies == 0
        return 0.0


def give_back(budget: Budget, exchanges: Sequence[Exchange]) -> None:
    """Settle what a cancelled pass had reserved: what was replied is paid, the rest is let go."""
    for exchange in exchanges:
        budget.settle(exchange.expected, exchange.took)
        exchange.expected = NOTHING
