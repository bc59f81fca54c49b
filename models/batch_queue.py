"""A queue of batches: questions go in with a ticket, answers come hours later, and no batch is ever paid for twice."""

import asyncio
import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeVar

from pydantic import JsonValue

from ..errors import CallFailed
from ..records import Record
from ..store.protocol import Store
from .batch_lines import MOST_BYTES, MOST_LINES, LineFailure, shares, written
from .protocol import Failure, Profile, Reply, Request, Ticket
from .tickets import BatchTicket, TicketBook

T = TypeVar("T")

TOO_MUCH = "token_limit_exceeded"
"""Why a provider fails a whole batch, perhaps late: more tokens wait in its queue than the account may have there."""


class Standing(Record):
    """How a batch stands with its queue."""

    state: Literal["waiting", "ended", "failed", "gone"]
    """`failed`: none of its lines was taken; `gone`: the queue knows no such batch any more."""
    done: int = 0
    files: tuple[str, ...] = ()
    """What holds its answers, once it has ended: output and errors, also of a batch that expired or was cancelled."""
    code: str = ""
    message: str = ""


class BatchService(Protocol):
    """Where batches go. Methods raise CallFailed for what can't be done now; `retryable` says that it may pass."""

    async def find(self, ticket: str, /) -> str | None:
        """The batch that went in with this ticket; None where there is none."""
        ...

    async def send(self, ticket: str, lines: Sequence[bytes], /) -> str:
        """Hand lines over with their ticket; returns the queue's name for the batch."""
        ...

    async def look(self, batch: str, /) -> Standing: ...

    def read(self, file: str, /) -> AsyncIterator[tuple[str, Reply | LineFailure]]:
        """The lines of a file of answers."""
        ...

    async def cancel(self, batch: str, /) -> None:
        """Ask for the batch's end: what is answered is kept."""
        ...

    async def close(self) -> None: ...


class Asked(Protocol):
    """How a question is written, and asked at once where the queue is too slow."""

    @property
    def uri(self) -> str: ...

    @property
    def identity(self) -> str: ...

    @property
    def profile(self) -> Profile: ...

    def body(self, request: Request, /) -> Mapping[str, JsonValue]: ...

    def downgrade(self) -> bool:
        """Ask in the next simpler answer format from now on; False where there is none."""
        ...

    async def live(self, request: Request, /) -> Reply | Failure: ...

    async def close(self) -> None: ...


class BatchQueue:
    """A BatchModel over a service (models.batches.Batched makes a BaseModel of it).

    A question that is in a batch already, perhaps of an earlier process, is waited for and not sent again. What a batch
    left unanswered goes into another one when it is asked again, or to the live endpoint `live_after` seconds after it
    was first handed over.
    """

    def __init__(
        self, asked: Asked, service: BatchService, *, poll: float = 60.0, live_after: float | None = None,
        most_lines: int = MOST_LINES, most_bytes: int = MOST_BYTES, patience: float = 3600.0,
    ) -> None:  # fmt: skip
        """`poll` is in seconds, and so is `patience`: how long a service may be out of reach while a batch is waited for."""
        self._asked = asked
        self._service = service
        self._poll = poll
        self._live_after = live_after
        self._most_lines = most_lines
        self._most_bytes = most_bytes
        self._patience = patience
        self._book = TicketBook(asked.uri, asked.identity)
        self._held: dict[str, list[Request]] = {}
        self._due: dict[str, tuple[Request, asyncio.Future[Reply | Failure]]] = {}
        self._early: dict[str, Reply | Failure] = {}
        self._jobs: dict[str, asyncio.Task[None]] = {}

    @property
    def uri(self) -> str:
        return self._asked.uri

    @property
    def identity(self) -> str:
        return self._asked.identity

    @property
    def profile(self) -> Profile:
        return self._asked.profile

    def keep_tickets(self, store: Store) -> None:
        """Keep tickets here from now on, and heed those that are there."""
        self._book = TicketBook(self._asked.uri, self._asked.identity, store)

    async def submit(self, requests: Sequence[Request], /) -> Ticket:
        ticket = Ticket(key=uuid.uuid4().hex, size=len(requests))
        self._held[ticket.key] = list(requests)
        return ticket

    async def collect(self, ticket: Ticket, /) -> AsyncIterator[tuple[int, Reply | Failure]]:
        requests = self._held.pop(ticket.key)
        new: dict[str, Request] = {}
        places: dict[asyncio.Future[Reply | Failure], list[int]] = {}
        for index, request in enumerate(requests):
            if request.key not in self._due:
                new[request.key] = request
                self._due[request.key] = (request, asyncio.get_running_loop().create_future())
            places.setdefault(self._due[request.key][1], []).append(index)
        self._begin(new)
        left = set(places)
        try:
            while left:
                done, left = await asyncio.wait(left, return_when=asyncio.FIRST_COMPLETED)
                for future in done:
                    for index in places[future]:
                        yield index, future.result()
        finally:
            for request in requests:
                known = self._due.get(request.key)
                if known is not None and known[1] in places:
                    del self._due[request.key]

    async def close(self) -> None:
        """Let go of everything here; what was handed over stays in the queue."""
        jobs = list(self._jobs.values())
        for job in jobs:
            job.cancel()
        await asyncio.gather(*jobs, return_exceptions=True)
        await self._service.close()
        await self._asked.close()

    def _begin(self, new: Mapping[str, Request]) -> None:
        """Let each new question be waited for in the batch that it is in, or go into one, or be asked at once."""
        now, lines = time.time(), dict[str, bytes]()
        for key, request in new.items():
            if key in self._early:
                self._settle(key, self._early.pop(key))
                continue
            ticket = self._book.of(key)
            if ticket is not None and key not in ticket.failed:
                self._start(ticket)
            elif self._late(key, now):
                self._run(f"live {key}", self._ask_live(key, request))
            else:
                lines[key] = written(key, self._asked.body(request))
        for share in shares(lines, self._most_lines, self._most_bytes):
            self._start(self._book.plan(share, now))

    def _late(self, key: str, now: float) -> bool:
        since = self._book.since(key)
        return self._live_after is not None and since is not None and now - since >= self._live_after

    def _start(self, ticket: BatchTicket) -> None:
        if ticket.id not in self._jobs:
            self._run(ticket.id, self._carry(ticket))

    def _run(self, name: str, work: Coroutine[Any, Any, None]) -> None:
        async def watched() -> None:
            try:
                await work
            finally:
                self._jobs.pop(name, None)

        self._jobs[name] = asyncio.create_task(watched())

    async def _ask_live(self, key: str, request: Request) -> None:
        try:
            self._settle(key, await self._asked.live(request))
        except CallFailed as problem:
            self._settle(key, Failure(message=str(problem), retryable=problem.retryable, after=problem.after))

    async def _carry(self, ticket: BatchTicket) -> None:
        """Bring one batch to its end: send it unless it was sent, wait for it, and hand out what came."""
        try:
            ticket = await self._sent(ticket)
            ticket, standing = await self._awaited(ticket)
            if standing.state == "failed" and standing.code == TOO_MUCH and ticket.size > 1:
                await self._halved(ticket)
                return
            answers = await self._read(standing)
        except CallFailed as problem:
            lost = Failure(message=str(problem), retryable=problem.retryable, after=problem.after)
            for key in ticket.keys:
                self._settle(key, lost)
            return
        except Exception as problem:  # a bug too must reach those who wait
            for key in ticket.keys:
                if key in self._due and not self._due[key][1].done():
                    self._due[key][1].set_exception(problem)
            return
        left = _unanswered(standing)
        results: dict[str, Reply | Failure] = {**answers}
        failed = tuple(key for key in ticket.keys if not isinstance(answers.get(key), Reply))
        if (
            any(isinstance(each, LineFailure) and each.format for each in answers.values())
            and self._asked.downgrade()
        ):
            left = left.model_copy(update={"retryable": True})
            results = {key: each if isinstance(each, Reply) else left for key, each in answers.items()}
        self._book.write(
            ticket.model_copy(update={"state": "ended", "done": ticket.size - len(failed), "failed": failed})
        )
        for key in ticket.keys:
            self._settle(key, results.get(key, left))

    async def _sent(self, ticket: BatchTicket) -> BatchTicket:
        """The ticket with its batch. An earlier process may have sent it without living to write that down."""
        if ticket.state != "planned":
            return ticket
        batch = await self._steadily(lambda: self._service.find(ticket.id))
        if batch is None:
            lines = [
                written(key, self._asked.body(self._due[key][0])) for key in ticket.keys if key in self._due
            ]
            if len(lines) < ticket.size:  # an earlier process planned it and had other questions besides
                keys = [key for key in ticket.keys if key in self._due]
                gone = tuple(key for key in ticket.keys if key not in self._due)
                self._book.write(ticket.model_copy(update={"state": "ended", "failed": (*keys, *gone)}))
                ticket = self._book.plan(keys, ticket.since)
            batch = await self._handed_over(ticket, lines)
        ticket = ticket.model_copy(update={"state": "sent", "batch": batch})
        self._book.write(ticket)
        return ticket

    async def _handed_over(self, ticket: BatchTicket, lines: list[bytes]) -> str:
        """Send; where it isn't known whether that came through, look before sending again."""

        async def send() -> str:
            return await self._service.find(ticket.id) or await self._service.send(ticket.id, lines)

        return await self._steadily(send)

    async def _awaited(self, ticket: BatchTicket) -> tuple[BatchTicket, Standing]:
        batch, cancelled = ticket.batch, False
        while True:
            standing = await self._steadily(lambda: self._service.look(batch))
            if standing.state != "waiting":
                return ticket, standing
            if standing.done != ticket.done:
                ticket = ticket.model_copy(update={"done": standing.done})
                self._book.write(ticket)
            if (
                self._live_after is not None
                and not cancelled
                and time.time() - ticket.since >= self._live_after
            ):
                await self._steadily(lambda: self._service.cancel(batch))
                cancelled = True
            await asyncio.sleep(self._poll)

    async def _read(self, standing: Standing) -> dict[str, Reply | LineFailure]:
        found: dict[str, Reply | LineFailure] = {}

        async def read(file: str) -> None:
            async for key, result in self._service.read(file):
                if not isinstance(found.get(key), Reply):
                    found[key] = result

        for file in standing.files:
            await self._steadily(lambda file=file: read(file))  # type: ignore[misc]  # bound at once
        return found

    async def _halved(self, ticket: BatchTicket) -> None:
        """The account's queue is full: wait, then hand the questions over in two halves, one after the other."""
        self._book.write(ticket.model_copy(update={"state": "ended", "failed": ticket.keys}))
        keys = [key for key in ticket.keys if key in self._due]
        self._most_lines = max(1, (ticket.size + 1) // 2)
        await asyncio.sleep(self._poll)
        while keys:  # what is carried first may find that still less goes in at once
            share, keys = keys[: self._most_lines], keys[self._most_lines :]
            await self._carry(self._book.plan(share, ticket.since))

    def _settle(self, key: str, result: Reply | Failure) -> None:
        known = self._due.get(key)
        if known is None:
            if isinstance(result, Reply):
                self._early[key] = result  # of an earlier process: it will be asked for
        elif not known[1].done():
            known[1].set_result(result)

    async def _steadily(self, do: Callable[[], Awaitable[T]]) -> T:
        """What `do` returns; a service out of reach is tried again, as slowly as it is polled."""
        until = time.monotonic() + self._patience
        while True:
            try:
                return await do()
            except CallFailed as problem:
                if not problem.retryable or time.monotonic() > until:
                    raise CallFailed(
                        f"{problem}; what was handed over stays in the queue and is collected when the run is resumed"
                    ) from None
                wait = max(self._poll, problem.after or 0.0)
            await asyncio.sleep(wait)


def _unanswered(standing: Standing) -> Failure:
    """What a question is told that its batch left without a line."""
    if standing.state == "failed":
        return Failure(
            message=f"the queue refused the batch: {standing.message or standing.code or 'no reason given'}"
        )
    if standing.state == "gone":
        return Failure(message="the queue doesn't know this batch any more", retryable=True)
    return Failure(message="the batch ended before this question was answered", retryable=True)
