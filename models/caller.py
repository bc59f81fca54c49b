"""The one path of a call: cache → budget → pace → send → validate → record."""

import operator
import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from ..store.protocol import CallCache
from .asking import Answered, Asking, Desk, Watcher
from .budget import Budget, price
from .call_log import CallLog
from .call_recorder import CallRecorder, cache_key
from .exchange import RetryPolicy, Sender
from .protocol import Answer, BaseModel, Request, Usage
from .rate_limiter import RateLimiter, limiter_of
from .records import Where
from .tokens import tokens

__all__ = ["Answered", "Budget", "Caller", "Estimate", "RetryPolicy", "Watcher"]

A = TypeVar("A", bound=Answer)


@dataclass(frozen=True, slots=True)
class Estimate:
    """What asking would take. Tokens are estimated from the real prompts, dollars from the profile's prices."""

    calls: int
    """Requests that would be sent: repeats and cached answers left out, retries and repairs unknown."""
    cached: int
    input_tokens: int
    output_tokens: int
    """At most, by the profile's limit on an answer."""
    usd: float


class Caller:
    """Asks one base model, for one agent or many.

    All callers of a model share its pace, so rates and concurrency hold for the model as a whole. `seed`
    only spreads the waits between retries.
    """

    def __init__(
        self,
        model: BaseModel,
        *,
        cache: CallCache,
        calls: CallLog,
        budget: Budget,
        watcher: Watcher | None = None,
        patience: RetryPolicy | None = None,
        pace: RateLimiter | None = None,
        seed: int = 0,
    ) -> None:
        self.model = model
        self.budget = budget
        sender = Sender(
            model, pace or limiter_of(model), budget, patience or RetryPolicy(), random.Random(seed)
        )
        self._filing = CallRecorder(cache, calls, model.uri, buffered=model.profile.answers == "native")
        self._desk = Desk(model, self._filing, sender, budget, watcher)

    async def ask(self, requests: Iterable[Request], where: Where, answer: type[A]) -> list[Answered[A]]:
        """What became of each request, in their order, one for each.

        `requests` is read once, as fast as they are answered: give an iterator where their prompts are many.
        All are of one role. A request that fails is an Answered without answer. Equal requests are sent once.
        Raises BudgetEnded when the budget doesn't cover the rest, and CallFailed when the model's side has
        failed for 25 requests in a row; what was answered before is cached and recorded either way.
        """
        asking = Asking(self._desk, where, answer)
        try:
            return await asking.run(requests, operator.length_hint(requests))
        finally:
            self._filing.flush()

    def estimate(self, requests: Iterable[Request]) -> Estimate:
        """What `ask` would take, without asking anything."""
        profile = self.model.profile
        calls = cached = sent = 0
        seen: set[str] = set()
        for request in requests:
            if request.key in seen:
                continue
            seen.add(request.key)
            if self._filing.knows(cache_key(request, self.model.identity)):
                cached += 1
                continue
            calls += 1
            sent += sum(tokens(part.text) for part in request.parts)
        received = 0 if profile.answers == "native" else calls * profile.output_tokens
        usd = price(profile, Usage(input_tokens=sent, output_tokens=received))
        return Estimate(calls, cached, sent, received, usd)
