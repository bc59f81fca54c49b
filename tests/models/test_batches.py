"""A provider's batch queue behind the plain face of a base model."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from concord.agents.answers import RankingAnswer
from concord.errors import CallFailed
from concord.models.batches import Batched
from concord.models.budget import Budget
from concord.models.call_log import StoredCalls
from concord.models.caller import Answered, Caller, RetryPolicy
from concord.models.protocol import BaseModel, BatchModel, Failure, Profile, Reply, Request, Ticket
from concord.models.records import Where
from concord.prompts.render import Part
from concord.store.memory import MemoryCallCache


class Queue:
    """Answers backwards, forgets what it is told to forget once, and counts its batches."""

    uri = identity = "queue"
    profile = Profile(concurrency=2, timeout=0.01)

    def __init__(self, *, forgets: str = "", refuses: int = 0) -> None:
        self.batches: list[int] = []
        self.forgets = forgets
        self.refuses = refuses
        self._held: dict[str, list[Request]] = {}

    async def submit(self, requests: Sequence[Request], /) -> Ticket:
        self.batches.append(len(requests))
        if self.refuses:
            self.refuses -= 1
            raise CallFailed("the queue is full", retryable=True)
        ticket = Ticket(key=f"batch-{len(self.batches)}", size=len(requests))
        self._held[ticket.key] = list(requests)
        return ticket

    async def collect(self, ticket: Ticket, /) -> AsyncIterator[tuple[int, Reply | Failure]]:
        await asyncio.sleep(0.03)  # longer than the profile's timeout: a queue answers when it likes
        for index, request in reversed(list(enumerate(self._held.pop(ticket.key)))):
            if self.forgets and self.forgets in request.user:
                self.forgets = ""
                continue
            yield index, Reply(text=f'{{"explanation": "{request.user}", "ranking": "A"}}')

    async def close(self) -> None:
        self._held.clear()


def question(n: int) -> Request:
    parts = (Part(name="conversation", text=f"question {n}"),)
    return Request(role="ranker", template="t@0", parts=parts, answer=RankingAnswer)


def ask(queue: Queue, count: int, most: int = 10) -> list[Answered[RankingAnswer]]:
    async def run() -> list[Answered[RankingAnswer]]:
        model = Batched(queue, most=most, gather=0.01)
        caller = Caller(
            model, cache=MemoryCallCache(), calls=StoredCalls.in_memory(), budget=Budget(),
            retry=RetryPolicy(attempts=3, first_delay=0.0),
        )  # fmt: skip
        try:
            return await caller.ask((question(n) for n in range(count)), Where(), RankingAnswer)
        finally:
            await model.close()

    return asyncio.run(run())


def test_requests_go_out_together_and_each_gets_its_own_answer() -> None:
    queue = Queue()
    answered = ask(queue, 25)
    assert [a.answer.explanation for a in answered if a.answer] == [f"question {n}" for n in range(25)]
    assert sum(queue.batches) == 25
    assert max(queue.batches) == 10


def test_what_the_queue_forgets_is_asked_again() -> None:
    queue = Queue(forgets="question 3")
    assert all(a.answer for a in ask(queue, 10))
    assert queue.batches == [10, 1]


def test_a_queue_that_takes_nothing_fails_its_requests_for_another_try() -> None:
    queue = Queue(refuses=1)
    assert all(a.answer for a in ask(queue, 5))
    assert len(queue.batches) == 2
    with_error = ask(Queue(refuses=9), 2)
    assert [a.failure for a in with_error] == ["the queue is full"] * 2


def test_both_faces_are_kept() -> None:
    assert isinstance(Queue(), BatchModel)
    assert isinstance(Batched(Queue()), BaseModel)
    assert Batched(Queue()).profile.timeout is None


def test_an_error_in_the_queue_itself_is_not_swallowed() -> None:
    class Broken(Queue):
        async def submit(self, requests: Sequence[Request], /) -> Ticket:
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask(Broken(), 3)
