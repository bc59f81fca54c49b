"""Saves of many people at once: those that wait together are written in one transaction."""

import asyncio
from collections.abc import Sequence

from ..answers import Answer
from ..study_store import StudyStore
from .waiting import Work


class Saver:
    """Writes answers to the store. A save returns when it is durable, or raises why it isn't.

    While one transaction is under way the next gathers: a single one when it is calm, larger ones under load.
    """

    def __init__(self, store: StudyStore, work: Work) -> None:
        self._store = store
        self._work = work
        self._waiting: list[tuple[Sequence[Answer], asyncio.Future[None]]] = []
        self._writing: asyncio.Task[None] | None = None

    async def save(self, answers: Sequence[Answer]) -> None:
        """Raises RunError where the store can't be written; the same may be saved again."""
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((answers, done))
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write())
        await done

    async def _write(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                await self._work(self._store.record, [answer for answers, _ in batch for answer in answers])
            except Exception as problem:  # told to everybody who waits, whatever it is
                for _, done in batch:
                    if not done.done():
                        done.set_exception(problem)
            else:
                for _, done in batch:
                    if not done.done():
                        done.set_result(None)
