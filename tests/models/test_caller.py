"""The path of a call: what is asked once, what is asked again, what it costs, and what is never lost."""

import asyncio
import json
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from concord.agents.answers import RankingAnswer
from concord.errors import BudgetEnded, CallFailed, RunError
from concord.models.budget import Amount, Budget, paid
from concord.models.call_log import StoredCalls
from concord.models.caller import Caller
from concord.models.exchange import RetryPolicy
from concord.models.protocol import Failure, Profile, Reply, Request, Role, Usage
from concord.models.records import Where
from concord.prompts.render import Part
from concord.store.memory import MemoryCallCache
from concord.testing.scripted import Scripted, ScriptedModel

GOOD = {"explanation": "", "ranking": "A>B"}
HERE = Where(round=1, node="measure")
WIRE = Profile(concurrency=4)
AT_ONCE = RetryPolicy(first_delay=0.0)


def question(n: int = 0, role: Role = "ranker", text: str = "") -> Request:
    return Request(
        role=role,
        template="ranker@0",
        parts=(Part(name="system", text="Rank."), Part(name="conversation", text=text or f"question {n}")),
        answer=RankingAnswer,
        expect={"labels": ["A", "B"]},
    )


def number(request: Request) -> int:
    return int(request.parts[1].text.split()[-1])


class Bench:
    """A caller with its store, cache and budget at hand."""

    def __init__(
        self,
        script: Callable[[Request], Scripted] = lambda _: GOOD,
        *,
        profile: Profile = WIRE,
        budget: Budget | None = None,
        cache: MemoryCallCache | None = None,
        latency: float = 0.0,
        watcher: Any = None,
    ) -> None:
        self.model = ScriptedModel(script, profile=profile, latency=latency)
        self.calls = StoredCalls.in_memory()
        self.cache = MemoryCallCache() if cache is None else cache
        self.budget = budget or Budget()
        self.caller = Caller(
            self.model,
            cache=self.cache,
            calls=self.calls,
            budget=self.budget,
            retry=AT_ONCE,
            watcher=watcher,
        )

    def ask(self, *requests: Request, where: Where = HERE) -> list[Any]:
        return asyncio.run(self.caller.ask(requests, where, RankingAnswer))


def replies(*given: Scripted) -> Callable[[Request], Scripted]:
    """Gives one after the other, then the last for ever."""
    waiting = list(given)
    return lambda _: waiting.pop(0) if len(waiting) > 1 else waiting[0]


@pytest.mark.parametrize("profile", [WIRE, Profile(answers="native"), Profile(concurrency=1)])
def test_answers_come_in_the_order_of_the_requests(profile: Profile) -> None:
    bench = Bench(lambda r: {"explanation": str(number(r)), "ranking": "A=B"}, profile=profile)
    answered = bench.ask(*(question(n) for n in range(150)))
    assert [a.answer.explanation for a in answered] == [str(n) for n in range(150)]
    assert bench.calls.count(status="answered") == 150
    assert len({a.id for a in answered}) == 150


def test_nothing_asked_is_nothing_answered() -> None:
    assert Bench().ask() == []


def test_equal_requests_are_sent_once_and_repeats_are_not_equal() -> None:
    bench = Bench()
    first = question(1)
    assert first.key == question(1).key
    again = first.model_copy(update={"repeat": 1})
    answered = bench.ask(first, question(2), question(1), again)
    assert len(bench.model.asked) == 3
    assert (answered[0].id, answered[0].answer) == (answered[2].id, answered[2].answer)
    assert answered[2].cached
    assert answered[3].id != answered[0].id


def test_rounds_that_run_side_by_side_send_an_equal_request_once() -> None:
    bench = Bench(latency=0.01)

    async def both() -> list[list[Any]]:
        places = [Where(node="trial", subject=subject) for subject in ("p", "q")]
        return await asyncio.gather(
            *(bench.caller.ask([question(1), question(2)], where, RankingAnswer) for where in places)
        )

    first, second = asyncio.run(both())
    assert len(bench.model.asked) == 2
    assert [a.answer for a in first] == [a.answer for a in second]
    assert bench.calls.count() == 4
    assert bench.budget.spent.calls == 2


def test_a_failure_in_flight_is_shared_too_and_costs_its_asker_alone() -> None:
    bench = Bench(lambda _: "prose", latency=0.01)

    async def both() -> list[list[Any]]:
        places = [Where(node="trial", subject=subject) for subject in ("p", "q")]
        return await asyncio.gather(*(bench.caller.ask([question(1)], at, RankingAnswer) for at in places))

    (first,), (second,) = asyncio.run(both())
    assert first.failure == second.failure != ""
    assert len(bench.model.asked) == 2  # the question and its repair
    assert bench.calls.count(status="failed") == 2
    assert bench.budget.spent.calls == 2
    assert paid(bench.calls.spent()).calls == 1


def test_who_waits_for_anothers_question_asks_it_when_the_other_gives_up() -> None:
    bench = Bench(latency=0.02)

    async def first_cancelled() -> list[Any]:
        first = asyncio.create_task(bench.caller.ask([question(1)], Where(subject="p"), RankingAnswer))
        await asyncio.sleep(0.005)
        others = [
            asyncio.create_task(bench.caller.ask([question(1)], Where(subject=name), RankingAnswer))
            for name in "qr"
        ]
        await asyncio.sleep(0.005)
        first.cancel()
        return await asyncio.gather(*others)

    (one,), (other,) = asyncio.run(first_cancelled())
    assert one.answer is not None
    assert one.answer == other.answer
    assert len(bench.model.asked) == 2
    assert bench.budget.spent.calls == 1


def test_a_model_that_never_waits_lets_other_tasks_run() -> None:
    def busy(_: Request) -> Scripted:
        end = time.perf_counter() + 0.002
        while time.perf_counter() < end:
            pass
        return GOOD

    bench = Bench(busy, profile=Profile(answers="native", concurrency=64))
    turns = 0

    async def tick() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0.001)

    async def work() -> None:
        ticking = asyncio.create_task(tick())
        await bench.caller.ask([question(n) for n in range(150)], HERE, RankingAnswer)
        ticking.cancel()

    asyncio.run(work())
    assert turns >= 8


def test_a_cache_that_cannot_be_written_takes_no_paid_answer_out_of_the_log() -> None:
    class Full(MemoryCallCache):
        def put(self, key: str, value: bytes) -> None:
            raise RunError("the disk is full")

    bench = Bench(cache=Full())
    with pytest.raises(RunError, match="full"):
        bench.ask(question(1))
    assert bench.calls.count(status="answered") == 1


def test_a_second_pass_pays_nothing_and_leaves_what_the_first_cost() -> None:
    paid = Reply(text=json.dumps(GOOD), usage=Usage(input_tokens=100, output_tokens=5))
    first = Bench(lambda _: paid)
    (before,) = first.ask(question())
    (after,) = first.ask(question())
    assert (before.cached, after.cached) == (False, True)
    assert len(first.model.asked) == 1
    record = first.calls.get(after.id)
    assert (record.cached, record.input_tokens) == (False, 100)

    resumed = Bench(lambda _: paid, cache=first.cache)
    (again,) = resumed.ask(question())
    assert again.id == before.id
    assert resumed.model.asked == []
    assert resumed.budget.spent == Amount()
    assert resumed.calls.get(again.id).attempts == 0


def test_another_model_is_not_answered_from_this_ones_cache() -> None:
    bench = Bench()
    bench.ask(question())
    other = ScriptedModel(lambda _: GOOD, identity="another")
    caller = Caller(other, cache=bench.cache, calls=bench.calls, budget=Budget())
    (answered,) = asyncio.run(caller.ask([question()], HERE, RankingAnswer))
    assert not answered.cached


@pytest.mark.parametrize("kept", [b"", b"not json", b"{}", b'{"answer": {"ranking": "A>Z"}, "raw": ""}'])
def test_a_cache_entry_that_is_no_answer_is_asked_again(kept: bytes) -> None:
    bench = Bench()
    bench.ask(question())
    (key,) = bench.cache._values
    bench.cache.put(key, kept)
    (answered,) = bench.ask(question())
    assert answered.answer is not None
    assert not answered.cached


def test_an_invalid_reply_is_repaired_by_one_more_attempt() -> None:
    bench = Bench(replies('{"explanation": "", "ranking": "A>B>Z"}', GOOD))
    (answered,) = bench.ask(question())
    assert answered.answer.ranking == "A>B"
    first, second = bench.model.asked
    assert second.parts[:-1] == first.parts
    repair = second.parts[-1]
    assert repair.name == "repair"
    assert "names Z" in repair.text
    assert "A>B>Z" in repair.text
    record = bench.calls.get(answered.id)
    assert (record.attempts, record.status) == (2, "answered")
    assert bench.budget.spent.calls == 2
    assert bench.ask(question())[0].cached


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (Reply(text='{"ranking": "A>B>Z", "explanation": ""}'), "names Z"),
        (Reply(text='{"explanation": "on and on', finish="length"), "cut off at its length limit"),
        (Reply(text="I would rather not.", finish="refusal"), "declined to answer"),
        (Reply(text=""), "no JSON object"),
    ],
)
def test_what_stays_invalid_fails_alone_and_is_never_cached(reply: Reply, said: str) -> None:
    bench = Bench(lambda r: reply if "question 1" in r.user else GOOD)
    answered = bench.ask(question(0), question(1), question(2))
    assert [a.answer is None for a in answered] == [False, True, False]
    assert said in answered[1].failure
    assert len(bench.model.asked) == 4
    assert bench.cache.size == 2
    record = bench.calls.get(answered[1].id)
    assert (record.status, record.raw, record.failure) == ("failed", reply.text, answered[1].failure)
    bench.ask(question(1))
    assert len(bench.model.asked) == 6


def test_a_length_finish_with_a_whole_answer_is_an_answer() -> None:
    bench = Bench(lambda _: Reply(text=json.dumps(GOOD), finish="length"))
    assert bench.ask(question())[0].answer is not None
    assert len(bench.model.asked) == 1


def test_a_passing_failure_is_tried_again_and_costs_no_call() -> None:
    down = Failure(message="500", retryable=True)
    bench = Bench(replies(down, down, GOOD))
    (answered,) = bench.ask(question())
    assert answered.answer is not None
    assert bench.calls.get(answered.id).attempts == 3
    assert bench.budget.spent.calls == 1


def test_attempts_are_bounded() -> None:
    bench = Bench(lambda _: Failure(message="connection dropped", retryable=True))
    (answered,) = bench.ask(question())
    assert answered.failure == "connection dropped"
    assert len(bench.model.asked) == AT_ONCE.attempts
    assert bench.budget.spent.calls == 0


def test_a_lasting_failure_is_not_tried_again() -> None:
    bench = Bench(lambda _: Failure(message="no such model"))
    assert bench.ask(question())[0].failure == "no such model"
    assert len(bench.model.asked) == 1


def test_a_model_that_is_down_ends_the_round_instead_of_failing_everything() -> None:
    bench = Bench(lambda _: Failure(message="401 unauthorised"))
    with pytest.raises(CallFailed, match="25 requests in a row failed, the last with: 401"):
        bench.ask(*(question(n) for n in range(1000)))
    assert len(bench.model.asked) < 40


def test_a_key_in_an_error_reaches_neither_answer_nor_record() -> None:
    error = 'Incorrect API key provided: sk-abcdef0123456789abcdef. {"authorization": "Bearer qwertyuiop"}'
    bench = Bench(lambda _: Failure(message=error))
    (answered,) = bench.ask(question())
    shown = answered.failure + bench.calls.get(answered.id).model_dump_json()
    assert "sk-abcdef" not in shown
    assert "qwertyuiop" not in shown
    assert "Incorrect" in shown


def test_the_budget_ends_the_round_and_loses_nothing_paid() -> None:
    bench = Bench(latency=0.001, budget=Budget(max_calls=10))
    requests = [question(n) for n in range(50)]
    with pytest.raises(BudgetEnded, match="10 calls is used up"):
        bench.ask(*requests)
    assert len(bench.model.asked) == 10
    assert bench.cache.size == 10
    assert bench.calls.count(status="answered") == 10
    assert bench.budget.spent.calls == 10
    more = Bench(cache=bench.cache)
    assert sum(a.cached for a in more.ask(*requests)) == 10
    assert len(more.model.asked) == 40


def test_cached_answers_need_no_budget() -> None:
    bench = Bench(budget=Budget(max_calls=2))
    bench.ask(question(1), question(2))
    assert all(a.cached for a in bench.ask(question(1), question(2)))


def test_what_is_held_back_is_there_when_released() -> None:
    bench = Bench(budget=Budget(max_calls=5))
    bench.budget.hold(3)
    with pytest.raises(BudgetEnded, match="held back"):
        bench.ask(*(question(n) for n in range(5)))
    assert bench.budget.spent.calls == 2
    bench.budget.release()
    assert bench.budget.calls_left == 3
    assert len(bench.ask(*(question(n) for n in range(5)))) == 5


def test_tokens_and_dollars_are_budgets_too() -> None:
    usage = Usage(input_tokens=1000, cached_tokens=400, output_tokens=100)
    priced = Profile(
        concurrency=1, usd_per_million_input=10.0, usd_per_million_cached=1.0, usd_per_million_output=20.0
    )
    reply = Reply(text=json.dumps(GOOD), usage=usage)
    by_tokens = Bench(lambda _: reply, profile=priced, budget=Budget(max_tokens=3000))
    with pytest.raises(BudgetEnded, match="3,000 tokens"):
        by_tokens.ask(*(question(n) for n in range(9)))
    assert by_tokens.budget.spent.tokens == 3300

    by_money = Bench(lambda _: reply, profile=priced, budget=Budget(max_usd=0.02))
    with pytest.raises(BudgetEnded, match="dollars"):
        by_money.ask(*(question(n) for n in range(9)))
    assert by_money.budget.spent.usd == pytest.approx(3 * 0.0084)
    assert by_money.calls.spent()["ranker"].usd == pytest.approx(3 * 0.0084)


def test_a_repair_that_the_budget_has_no_room_for_is_that_calls_failure() -> None:
    bench = Bench(lambda _: "nonsense", budget=Budget(max_calls=1))
    (answered,) = bench.ask(question())
    assert "the budget ended before a repair" in answered.failure
    assert bench.budget.spent.calls == 1


def test_an_interrupted_round_keeps_what_was_answered() -> None:
    enough = asyncio.Event()

    def script(request: Request) -> Scripted:
        if number(request) == 12:
            enough.set()
        return GOOD

    bench = Bench(script, latency=0.005, budget=Budget(max_calls=1000))

    async def interrupted() -> None:
        asking = asyncio.create_task(
            bench.caller.ask((question(n) for n in range(1000)), HERE, RankingAnswer)
        )
        await enough.wait()
        asking.cancel()
        await asking

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(interrupted())
    kept = bench.cache.size
    assert 8 <= kept < 100
    assert bench.calls.count(status="answered") == kept
    assert bench.budget.spent.calls == kept
    assert bench.budget.calls_left == 1000 - kept
    again = Bench(cache=bench.cache)
    assert sum(a.cached for a in again.ask(*(question(n) for n in range(200)))) == kept


def test_an_error_in_the_model_itself_is_not_swallowed() -> None:
    def broken(_: Request) -> Scripted:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        Bench(broken).ask(question(1), question(2))


def test_as_many_as_allowed_are_always_on_their_way() -> None:
    bench = Bench(profile=Profile(concurrency=5), latency=0.002)
    bench.ask(*(question(n) for n in range(40)))
    assert bench.model.most_at_once == 5


def test_requests_are_drawn_only_as_fast_as_they_are_answered() -> None:
    drawn = 0
    ahead = []
    bench = Bench(lambda _: ahead.append(drawn - len(bench.model.asked)) or GOOD, latency=0.0001)  # type: ignore[func-returns-value]

    def many() -> Iterator[Request]:
        nonlocal drawn
        for n in range(300):
            drawn += 1
            yield question(n)

    answered = asyncio.run(bench.caller.ask(many(), HERE, RankingAnswer))
    assert len(answered) == 300
    assert max(ahead) <= WIRE.concurrency + 1


def test_one_bad_reply_does_not_disturb_the_others() -> None:
    seen: set[str] = set()

    def script(request: Request) -> Scripted:
        first = request.key not in seen
        seen.add(request.key)
        if number(request) % 10 == 3 and first and len(request.parts) == 2:
            return Failure(message="hiccup", retryable=True)
        return "prose" if number(request) % 10 == 7 and len(request.parts) == 2 else GOOD

    def script_with_repair(request: Request) -> Scripted:
        return GOOD if len(request.parts) > 2 else script(request)

    bench = Bench(script_with_repair, profile=Profile(concurrency=20))
    answered = bench.ask(*(question(n) for n in range(40)))
    assert all(a.answer for a in answered)
    assert len(bench.model.asked) == 40 + 4 + 4
    assert bench.budget.spent.calls == 44


def test_progress_is_told() -> None:
    told: list[tuple[object, ...]] = []

    class Watch:
        def planned(self, role: Role, count: int) -> None:
            told.append((role, count))

        def done(self, role: Role, *, cached: bool, failed: bool) -> None:
            told.append((role, cached, failed))

    bench = Bench(lambda r: "bad" if "question 2" in r.user else GOOD, watcher=Watch())
    bench.ask(question(1), question(2), question(1))
    assert told[0] == ("ranker", 3)
    assert sorted(told[1:]) == [("ranker", False, False), ("ranker", False, True), ("ranker", True, False)]


def test_an_estimate_counts_what_would_be_sent() -> None:
    priced = Profile(usd_per_million_input=1.0, usd_per_million_output=2.0, output_tokens=100)
    bench = Bench(profile=priced)
    bench.ask(question(1))
    sent = len(bench.model.asked)
    long = question(text="word " * 800)
    estimate = bench.caller.estimate([question(1), question(2), question(2), long])
    assert (estimate.calls, estimate.cached) == (2, 1)
    assert estimate.input_tokens == pytest.approx(1000, rel=0.02)
    assert estimate.output_tokens == 200
    assert estimate.usd == pytest.approx((estimate.input_tokens + 400) / 1e6)
    assert len(bench.model.asked) == sent


def test_a_prompt_that_surely_overflows_the_context_is_not_sent() -> None:
    bench = Bench(profile=Profile(context_tokens=1000))
    fits, too_long = bench.ask(question(1), question(text="word " * 4000))
    assert fits.answer is not None
    assert "about 5,0" in too_long.failure
    assert "not sent" in too_long.failure
    assert len(bench.model.asked) == 1


def test_a_resumed_run_goes_on_with_what_is_left_of_its_budget() -> None:
    bench = Bench(lambda _: Reply(text=json.dumps(GOOD), usage=Usage(input_tokens=9, output_tokens=1)))
    bench.ask(question(1), question(2))
    bench.ask(question(1), where=Where(round=2))
    again = Budget(max_calls=3)
    again.charge(paid(bench.calls.spent()))
    assert again.spent == bench.budget.spent == Amount(2, 20, unpriced=2)
    assert again.calls_left == 1


def test_a_model_whose_class_takes_no_weak_reference_is_called_all_the_same() -> None:
    class Slotted:
        __slots__ = ("_model",)
        __hash__ = None  # type: ignore[assignment]  # what the test is about

        def __init__(self, model: ScriptedModel) -> None:
            self._model = model

        def __getattr__(self, name: str) -> Any:
            return getattr(self._model, name)

    model: Any = Slotted(ScriptedModel(lambda _: GOOD))
    caller = Caller(model, cache=MemoryCallCache(), calls=StoredCalls.in_memory(), budget=Budget())
    assert asyncio.run(caller.ask([question()], HERE, RankingAnswer))[0].answer is not None
