"""The machine's checkpoints in a shared store, beside the records that they rest on.

A node's records are committed before the checkpoint that rests on them is, as with files: the checkpoint derives from
them. Every write checks in its own transaction that this process still holds the run's lease.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import psycopg
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from psycopg.rows import DictRow, dict_row

from ..errors import RunError
from ..store.postgres.lease import Lease
from ..store.postgres.link import FIRST, PATIENCE, SETTINGS, gone, unusable

T = TypeVar("T")

_LOCK = 7223602462
"""Held by whoever makes LangGraph's tables; the number is Concord's own."""
_WAIT = 0.2


class SharedSaver(AsyncPostgresSaver):
    """Checkpoints of one run. A lost connection is made anew; raises RunError, a sentence, where that fails."""

    def __init__(self, db: psycopg.AsyncConnection[DictRow], lease: Lease, serde: JsonPlusSerializer) -> None:
        super().__init__(db, serde=serde)
        self._db = db
        self._lease = lease
        self._turn = asyncio.Lock()

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        return await self._sound(lambda: AsyncPostgresSaver.aget_tuple(self, config))

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        async def put() -> RunnableConfig:
            async with self._fenced():
                return await AsyncPostgresSaver.aput(self, config, checkpoint, metadata, new_versions)

        return await self._sound(put)

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        async def put() -> None:
            async with self._fenced():
                await AsyncPostgresSaver.aput_writes(self, config, writes, task_id, task_path)

        await self._sound(put)

    async def close(self) -> None:
        """What was under way is not committed: the server lets go of it with the connection."""
        await self._db.close()

    @asynccontextmanager
    async def _fenced(self) -> AsyncIterator[None]:
        async with self._db.transaction():
            held = await (await self._db.execute(*self._lease.claim())).fetchone()
            if held is None:
                raise self._lease.lost()
            yield

    async def _sound(self, do: Callable[[], Awaitable[T]]) -> T:
        """What `do` returns, done again where the connection was lost: a checkpoint written twice is the same."""
        async with self._turn:
            until = time.monotonic() + PATIENCE
            while True:
                try:
                    if self._db.closed:
                        self._db = self.conn = await _connected(self._lease)
                    return await do()
                except psycopg.Error as problem:
                    lost = self._db.closed or gone(problem)
                    if not lost or time.monotonic() > until:
                        raise unusable(self._lease.address, problem) from None
                    await self._db.close()
                except (
                    ValueError,
                    TypeError,
                    KeyError,
                    AttributeError,
                    IndexError,
                    NotImplementedError,
                ) as problem:
                    raise RunError(
                        f"the checkpoints of {self._lease.run} in {self._lease.address.safe} are damaged "
                        f"({type(problem).__name__}): bring back a copy of the database, or start a new run (answers "
                        "that were paid for are in the call cache)"
                    ) from None
                await asyncio.sleep(_WAIT)


@asynccontextmanager
async def shared_saver(lease: Lease, serde: JsonPlusSerializer) -> AsyncIterator[SharedSaver]:
    """A saver over the store that the lease's run lies in. Raises RunError."""
    try:
        db = await _connected(lease)
    except psycopg.Error as problem:
        raise unusable(lease.address, problem) from None
    saver = SharedSaver(db, lease, serde)
    try:
        await _set_up(lease, db, serde)
        yield saver
    finally:
        await saver.close()


async def _connected(lease: Lease) -> psycopg.AsyncConnection[DictRow]:
    db = await psycopg.AsyncConnection.connect(
        lease.address.url, row_factory=dict_row, prepare_threshold=0, **SETTINGS
    )
    await db.execute(FIRST)
    await db.execute("SET search_path TO concord")
    return db


async def _set_up(lease: Lease, db: psycopg.AsyncConnection[DictRow], serde: JsonPlusSerializer) -> None:
    """LangGraph's own tables and migrations, by one process at a time.

    Nobody waits inside the server for the lock: its migrations build indexes beside open transactions, and would wait
    for the one that waits for them.
    """
    try:
        while True:
            row = await (await db.execute("SELECT pg_try_advisory_lock(%s) AS got", (_LOCK,))).fetchone()
            if row is not None and row["got"]:
                break
            await asyncio.sleep(_WAIT)
        try:
            await AsyncPostgresSaver(db, serde=serde).setup()
        finally:
            await db.execute("SELECT pg_advisory_unlock(%s)", (_LOCK,))
    except psycopg.Error as problem:
        raise unusable(lease.address, problem) from None
