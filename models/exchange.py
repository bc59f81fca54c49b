"""One question in flight: sent, retried, repaired, until it has an answer or a failure."""

import asyncio
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from ..errors import BudgetEnded, CallFailed
from ..prompts.render import render
from .budget import Amount, Budget, price
from .keys import hide_known, scrub
from .parsing import Unreadable, read_answer
from .protocol import Answer, BaseModel, Failure, Profile, Reply, Request, Usage
from .rate_limiter import RateLimiter
from .surrogates import whole
from .tokens import tokens

_SHOWN_REPLY = 4000
"""Characters of an invalid reply that go into the repair prompt."""
_LONGEST_FAILURE = 2000


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How long to try. Delays are in seconds, and drawn from the upper half of what stands here."""

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
    call: str
    """The CallRecord's id."""
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
    served: str = ""
    """The name that the server gave the model which answered."""
    usd: float | None = 0.0
    """None: the price isn't known."""
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
        used = self.usage.input_tokens + self.usage.output_tokens
        return Amount(self.replies, used, self.usd or 0.0, self.replies if self.usd is None else 0)

    def fail(self, message: str) -> None:
        self.failure = (
            scrub(whole(message))[:_LONGEST_FAILURE] or "the model's side failed without saying why"
        )


class Sender:
    """Sends questions to one base model, and stays with each until it is done."""

    def __init__(
        self, model: BaseModel, limiter: RateLimiter, budget: Budget, retry: RetryPolicy, draw: random.Random
    ) -> None:
        self._model = model
        self._profile: Profile = model.profile
        self._limiter = limiter
        self._budget = budget
        self._retry = retry
        self._draw = draw
        self._mean_output = 0.0
        self._outputs = 0

    def expected(self, request: Request) -> Amount:
        """What one reply to `request` will take: its prompt's tokens, and the mean answer so far."""
        usage = Usage.model_construct(
            input_tokens=sum(tokens(part.text) for part in request.parts),
            cached_tokens=0,
            output_tokens=round(self._mean_output),
            reasoning_tokens=0,
        )
        return Amount(1, usage.input_tokens + usage.output_tokens, price(self._profile, usage) or 0.0)

    async def send(self, exchange: Exchange, sent: Callable[[Exchange], None]) -> None:
        """Bring `exchange` to its end. `sent` is called whenever it goes out."""
        while not exchange.done:
            if delay := await self._attempt(exchange, sent):
                await asyncio.sleep(delay)

    async def _attempt(self, exchange: Exchange, sent: Callable[[Exchange], None]) -> float:
        """Send once. Returns the seconds to wait before another attempt, should one be needed."""
        entered = await self._limiter.enter(exchange.expected.tokens)
        seconds = self._profile.timeout
        result: Reply | Failure
        try:
            exchange.attempts += 1
            sent(exchange)
            async with asyncio.timeout(seconds):
                result = await self._model.complete(exchange.asked)
        except TimeoutError:
            result = Failure(message=f"no reply within {seconds:g} s", retryable=True)
        except CallFailed as problem:
            result = Failure(message=str(problem), retryable=problem.retryable, after=problem.after)
        finally:
            self._limiter.leave()
        if isinstance(result, Failure):
            return self._failed(exchange, result, entered)
        self._replied(exchange, result)
        return 0.0

    def _replied(self, exchange: Exchange, reply: Reply) -> None:
        """Take in a reply: it holds the answer, or leads to the one repair, or is the end."""
        self._paid(exchange, reply)
        if reply.finish == "refusal":
            problem = "the model declined to answer"
        else:
            try:
                exchange.answer = read_answer(reply.text, exchange.request.answer, exchange.request.expect)
                return
            except Unreadable as found:
                cut = "the reply was cut off at its length limit; " if reply.finish == "length" else ""
                problem = whole(f"{cut}{found}")
        if exchange.asked is exchange.request:
            self._repair(exchange, problem, whole(reply.text))
        else:
            exchange.fail(f"no valid answer, even after a repair attempt: {problem}")

    def _paid(self, exchange: Exchange, reply: Reply) -> None:
        usage = reply.usage
        cost = price(self._profile, usage)
        cost = cost if cost is None else cost * reply.price_factor
        exchange.usage = exchange.usage + usage if exchange.replies else usage
        exchange.raw = hide_known(whole(reply.text))
        exchange.tier = reply.tier
        exchange.served = reply.model
        exchange.usd = None if cost is None or exchange.usd is None else exchange.usd + cost
        exchange.latency += reply.latency
        exchange.replies += 1
        self._outputs += 1
        self._mean_output += (usage.output_tokens - self._mean_output) / self._outputs
        used = usage.input_tokens + usage.output_tokens
        self._limiter.succeeded(used - exchange.expected.tokens if used else 0)

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
            exchange.fail(f"no valid answer, and the budget ended before a repair: {problem}")
            return
        exchange.expected += more
        exchange.asked = repaired

    def _failed(self, exchange: Exchange, failure: Failure, entered: float) -> float:
        """Take in a failure. Returns the seconds to wait before another attempt, should one be needed."""
        retry, after = self._retry, failure.after or 0.0
        exchange.failures += 1
        message = failure.message
        if too_long := after > retry.longest_wait:  # nobody else waits for it either
            message += (
                f"; it asks to wait {_duration(after)}, and {_duration(retry.longest_wait)} is the most"
            )
        if throttled := failure.throttled or failure.after is not None:
            self._limiter.throttled(entered, None if too_long else after)
            exchange.refusals += 1
        tries = retry.throttled if throttled else retry.attempts
        counted = exchange.refusals if throttled else exchange.failures - exchange.refusals
        if failure.retryable and counted < tries and not too_long:
            return 0.0 if after else retry.delay(counted, self._draw)
        exchange.fail(message)
        exchange.lost = exchange.replies == 0
        return 0.0


def _duration(seconds: float) -> str:
    for size, unit in ((86_400, "days"), (3600, "hours"), (60, "minutes")):
        if seconds >= 2 * size:
            return f"{seconds / size:,.0f} {unit}"
    return f"{seconds:.0f} s"
