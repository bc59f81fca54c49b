"""The speed a provider accepts, on a clock that jumps instead of waiting."""

import asyncio
import selectors
from collections import Counter
from collections.abc import Coroutine
from typing import Any

import pytest

from concord.agents.answers import RankingAnswer
from concord.models.budget import Budget
from concord.models.call_log import StoredCalls
from concord.models.caller import Answered, Caller
from concord.models.exchange import RetryPolicy
from concord.models.protocol import Failure, Profile, Reply, Request, Usage
from concord.models.rate_limiter import RateLimiter
from concord.models.records import Where
from concord.prompts.render import Part
from concord.store.memory import MemoryCallCache
from concord.testing.scripted import Scripted, ScriptedModel

GOOD = '{"explanation": "", "ranking": "A>B"}'


class JumpingLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer as soon as there is nothing else to do."""

    def __init__(self) -> None:
        super().__init__(_Unwaiting(self))
        self.now = 0.0

    def time(self) -> float:
        return self.now


class _Unwaiting(selectors.DefaultSelector):
    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        self._loop.now += timeout or 0.0
        return super().select(0)


def run(work: Coroutine[Any, Any, Any]) -> float:
    """Runs `work`; returns how many seconds it took on its own clock."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        runner.run(work)
        return runner.get_loop().time()


def questions(count: int, text: str = "question") -> list[Request]:
    return [
        Request(
            role="ranker",
            template="ranker@0",
            parts=(Part(name="conversation", text=f"{text} {n}"),),
            answer=RankingAnswer,
        )
        for n in range(count)
    ]


class Provider(ScriptedModel):
    """Takes `latency` seconds, and refuses what is more than `most` at once or `rate` a minute."""

    def __init__(
        self,
        profile: Profile,
        *,
        most: int = 10**6,
        after: float | None = None,
        latency: float = 1.0,
        usage: Usage | None = None,
    ) -> None:
        super().__init__(self._reply, profile=profile)
        self.most = most
        self.after = after
        self.seconds = latency
        self.usage = usage or Usage()
        self.now = 0
        self.refused = 0
        self.started: list[float] = []

    async def complete(self, request: Request, /) -> Reply | Failure:
        self.started.append(asyncio.get_running_loop().time())
        if self.now >= self.most:
            self.refused += 1
            return Failure(message="429", retryable=True, after=self.after, throttled=True)
        self.now += 1
        try:
            await asyncio.sleep(self.seconds)
            return await super().complete(request)
        finally:
            self.now -= 1

    def _reply(self, _: Request) -> Scripted:
        return Reply(text=GOOD, usage=self.usage)


def ask(provider: ScriptedModel, requests: list[Request], retry: RetryPolicy | None = None) -> tuple[
    float, list[Answered[RankingAnswer]]
]:  # fmt: skip
    answered: list[Answered[RankingAnswer]] = []
    caller = Caller(
        provider,
        cache=MemoryCallCache(),
        calls=StoredCalls.in_memory(),
        budget=Budget(),
        retry=retry,
    )

    async def work() -> None:
        answered.extend(await caller.ask(requests, Where(), RankingAnswer))

    return run(work()), answered


def test_without_limits_all_slots_are_in_use_all_the_time() -> None:
    took, _ = ask(Provider(Profile(concurrency=10)), questions(100))
    assert took == pytest.approx(10.0)


@pytest.mark.parametrize("rate", [30.0, 600.0])
def test_no_minute_holds_more_requests_than_its_rate(rate: float) -> None:
    provider = Provider(Profile(concurrency=64, requests_per_minute=rate), latency=0.1)
    took, _ = ask(provider, questions(int(rate * 2)))
    assert took == pytest.approx(120, abs=3)
    for start in provider.started:
        assert sum(start <= other < start + 59.99 for other in provider.started) <= rate


def test_no_minute_holds_more_tokens_than_its_rate() -> None:
    usage = Usage(input_tokens=400, output_tokens=100)
    provider = Provider(Profile(concurrency=64, tokens_per_minute=60_000), latency=0.1, usage=usage)
    took, _ = ask(provider, questions(240, "word " * 320))
    assert took == pytest.approx(240 * 500 / 1000, rel=0.05)


def test_a_provider_that_takes_less_gets_less_and_nothing_is_lost() -> None:
    provider = Provider(Profile(concurrency=32), most=4)
    took, answered = ask(provider, questions(200))
    assert all(a.answer for a in answered)
    assert took < 2 * 200 / 4
    assert provider.refused < 120


def test_a_wait_that_the_server_asks_for_is_kept_by_everybody() -> None:
    provider = Provider(Profile(concurrency=8), most=4, after=20.0)
    ask(provider, questions(40))
    first = min(provider.started)
    assert not [start for start in provider.started if first < start < first + 20.0]


def test_refusals_of_one_burst_halve_the_limit_once() -> None:
    limiter = RateLimiter(Profile(concurrency=16))

    async def burst() -> None:
        entered = [await limiter.enter(0) for _ in range(16)]
        await asyncio.sleep(1)
        for moment in entered:
            limiter.throttled(moment, None)
            limiter.leave()
        assert limiter.limit == 8
        for _ in range(8):
            limiter.succeeded()
        assert limiter.limit == pytest.approx(9, abs=0.1)

    run(burst())


def test_a_wait_too_long_to_be_meant_fails_the_call() -> None:
    provider = Provider(Profile(concurrency=1), most=0, after=86_400.0)
    took, (answered,) = ask(provider, questions(1))
    assert answered.failure == "429; it asks to wait 24 hours, and 15 minutes is the most"
    assert took < 1


@pytest.mark.parametrize("after", [86_400.0, 2.3e9, float("inf")])
def test_a_wait_too_long_to_be_meant_holds_nobody_else_back(after: float) -> None:
    provider = Provider(Profile(concurrency=1))
    refusals = [Failure(message="429", retryable=True, after=after, throttled=True)]
    provider._script = lambda _: refusals.pop() if refusals else GOOD
    took, (first, second) = ask(provider, questions(2))
    assert first.answer is None
    assert second.answer is not None
    assert took < 10


def test_a_wait_that_the_server_asks_for_can_be_told() -> None:
    limiter = RateLimiter(Profile())
    assert limiter.paused_for() == 0.0

    async def paused() -> float:
        limiter.throttled(await limiter.enter(0), 60.0)
        return limiter.paused_for()

    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        assert runner.run(paused()) == pytest.approx(60.0)


def test_a_reply_that_does_not_come_in_time_is_asked_for_again() -> None:
    provider = Provider(Profile(concurrency=1, timeout=30.0), latency=31.0)
    took, (answered,) = ask(provider, questions(1), RetryPolicy(attempts=3, first_delay=1.0))
    assert answered.failure == "no reply within 30 s"
    assert 90 < took < 95


def test_waits_between_attempts_grow_and_stay_bounded() -> None:
    down = ScriptedModel(lambda _: Failure(message="503", retryable=True), profile=Profile(concurrency=1))
    took, _ = ask(down, questions(1), RetryPolicy(attempts=9, first_delay=1.0, longest_delay=10.0))
    longest = 1 + 2 + 4 + 8 + 10 * 4
    assert longest / 2 <= took <= longest


def test_callers_of_one_model_share_its_limiter() -> None:
    provider = Provider(Profile(concurrency=4), latency=1.0)
    calls = StoredCalls.in_memory()
    callers = [Caller(provider, cache=MemoryCallCache(), calls=calls, budget=Budget()) for _ in range(3)]

    async def all_three() -> None:
        await asyncio.gather(
            *(
                caller.ask(questions(8, text), Where(), RankingAnswer)
                for caller, text in zip(callers, "abc", strict=True)
            )
        )

    took = run(all_three())
    assert took == pytest.approx(6.0)
    assert Counter(provider.started).most_common(1)[0][1] == 4


def test_a_cancelled_wait_gives_its_slot_back() -> None:
    limiter = RateLimiter(Profile(concurrency=1, requests_per_minute=1))

    async def work() -> None:
        await limiter.enter(0)
        waiting = [asyncio.create_task(limiter.enter(0)) for _ in range(2)]
        await asyncio.sleep(0)
        limiter.leave()
        await asyncio.sleep(1)
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        await asyncio.wait_for(limiter.enter(0), 1000)

    run(work())
