"""A queue of batches as a base model: requests gather for a moment and go out together."""

import asyncio

from ..errors import CallFailed
from ..store.protocol import Store
from .protocol import BatchModel, Failure, Profile, Reply, Request, Ticketed

_Waiting = tuple[Request, "asyncio.Future[Reply | Failure]"]


class Batched:
    """Makes a BaseModel of a BatchModel.

    Requests are handed over when `most` of them wait, or `gather` seconds after the last one came. So that as many
    can gather, `profile.concurrency` is at least `most`; and a queue answers when it likes, so no request
    counts as lost for being late.
    """

    def __init__(self, queue: BatchModel, *, most: int = 1000, gather: float = 1.0) -> None:
        self._queue = queue
        self._most = most
        self._gather = gather
        self._waiting: list[_Waiting] = []
        self._timer: asyncio.TimerHandle | None = None
        self._running: set[asyncio.Task[None]] = set()

    @property
    def uri(self) -> str:
        return self._queue.uri

    @property
    def identity(self) -> str:
        return self._queue.identity

    @property
    def profile(self) -> Profile:
        profile = self._queue.profile
        return profile.model_copy(
            update={"concurrency": max(profile.concurrency, self._most), "timeout": None}
        )

    async def complete(self, request: Request, /) -> Reply | Failure:
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Reply | Failure] = loop.create_future()
        self._waiting.append((request, future))
        if len(self._waiting) >= self._most:
            self._hand_over()
        else:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = loop.call_later(self._gather, self._hand_over)
        return await future

    def keep_tickets(self, store: Store, /) -> None:
        """Where the queue keeps its receipts, if it keeps any."""
        if isinstance(self._queue, Ticketed):
            self._queue.keep_tickets(store)

    async def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        for task in self._running:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)
        await self._queue.close()

    def _hand_over(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        batch = [(request, future) for request, future in self._waiting if not future.done()]
        self._waiting = []
        if batch:
            task = asyncio.create_task(self._run(batch))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _run(self, batch: list[_Waiting]) -> None:
        lost = Failure(message="the queue gave no reply to this request", retryable=True)
        try:
            ticket = await self._queue.submit([request for request, _ in batch])
            async for index, result in self._queue.collect(ticket):
                if 0 <= index < len(batch) and not batch[index][1].done():
                    batch[index][1].set_result(result)
        except CallFailed as problem:
            lost = Failure(message=str(problem), retryable=problem.retryable, after=problem.after)
        except Exception as problem:  # a bug too must reach those who wait
            for _, future in batch:
                if not future.done():
                    future.set_exception(problem)
        for _, future in batch:
            if not future.done():
                future.set_result(lost)
