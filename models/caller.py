"""The client of a base model, and the one path of a call: cache → budget → limiter → model → validate → record."""

import operator
import random
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

from ..store.protocol import CallCache
from .asking import Answered, Asking, CallPath, SilentWatcher, Watcher
from .budget import Budget, price
from .call_log import CallLog
from .call_recorder import CallRecorder, cache_key
from .exchange import RetryPolicy, Sender
from .health import Health
from .protocol import Answer, BaseModel, Request, Usage
from .rate_limiter import RateLimiter, limiter_of
from .records import Where
from .tokens import tokens

__all__ = ["Answered", "Budget", "Caller", "Estimate", "Health", "RetryPolicy", "Watcher"]

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
    usd: float | None
    """None: the model's prices aren't known."""


class Caller:
    """Asks one base model, for one agent or many.

    All callers of a model share its rate limiter, so rates and concurrency hold for the model as a whole.
    `seed` only spreads the waits between retries. Raises ModelError where the budget has a limit in dollars
    and the model's prices aren't known.
    """

    def __init__(
        self,
        model: BaseModel,
        *,
        cache: CallCache,
        calls: CallLog,
        budget: Budget,
        watcher: Watcher | None = None,
        retry: RetryPolicy | None = None,
        limiter: RateLimiter | None = None,
        seed: int = 0,
    ) -> None:
        budget.check_prices(model)
        self.model = model
        self.budget = budget
        self._limiter = limiter or limiter_of(model)
        self._recorder = CallRecorder(cache, calls, model.uri, buffered=model.profile.answers == "native")
        sender = Sender(model, self._limiter, budget, retry or RetryPolicy(), random.Random(seed))
        self._path = CallPath(model, self._recorder, sender, budget, watcher or SilentWatcher())

    async def ask(self, requests: Iterable[Request], where: Where, answer: type[A]) -> list[Answered[A]]:
        """What became of each request, in their order, one for each.

        `requests` is read once, as fast as they are answered: give an iterator where their prompts are many.
        All are of one role. A request that fails is an Answered without answer. Equal questions in flight
        are sent once. Raises BudgetEnded when the budget doesn't cover the rest, and CallFailed when the
        model's side has failed for 25 requests in a row; what was answered before is cached and recorded
        either way.
        """
        asking = Asking(self._path, where, answer)
        try:
            return await asking.run(requests, operator.length_hint(requests))
        finally:
            self._recorder.flush()

    def health(self) -> Health:
        """What was answered and what failed so far, role by role, with the commonest failure of each."""
        return self._path.health.snapshot(self._limiter.paused_for())

    def estimate(self, requests: Iterable[Request]) -> Estimate:
        """What `ask` would take, without asking anything."""
        profile = self.model.profile
        calls = cached = sent = 0
        seen: set[str] = set()
        for request in requests:
            if request.key in seen:
                continue
            seen.add(request.key)
            if self._recorder.knows(cache_key(request, self.model.identity)):
                cached += 1
                continue
            calls += 1
            sent += sum(tokens(part.text) for part in request.parts)
        received = 0 if profile.answers == "native" else calls * profile.output_tokens
        usd = price(profile, Usage(input_tokens=sent, output_tokens=received))
        return Estimate(calls, cached, sent, received, usd)
