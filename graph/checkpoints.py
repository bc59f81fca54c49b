"""Where the machine's checkpoints are kept: in memory, in a SQLite file, or in a shared store; plain values only."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

import aiosqlite
from langchain_core.runnables import RunnableConfig
from langgraph.checkpoint.base import ChannelVersions, Checkpoint, CheckpointMetadata, CheckpointTuple
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

from ..errors import RunError

if TYPE_CHECKING:
    from ..store.postgres.lease import Lease
    from .shared_checkpoints import SharedSaver


T = TypeVar("T")
_TRIES, _PAUSE = 100, 0.1


def plain_serializer() -> JsonPlusSerializer:
    """Reads and writes checkpoints of plain values. A tampered one revives no class and unpickles nothing."""
    return JsonPlusSerializer(pickle_fallback=False, allowed_msgpack_modules=None)


class FileSaver(AsyncSqliteSaver):
    """Checkpoints in a file. Raises RunError, a sentence, where the file is damaged or can't be written."""

    def __init__(self, connection: aiosqlite.Connection, path: Path) -> None:
        super().__init__(connection, serde=plain_serializer())
        self.path = path

    async def aget_tuple(self, config: RunnableConfig) -> CheckpointTuple | None:
        with self._sound():
            found = await super().aget_tuple(config)
            if found is not None and not _whole(found):
                raise ValueError("a checkpoint lacks its parts")
            return found

    async def aput(
        self,
        config: RunnableConfig,
        checkpoint: Checkpoint,
        metadata: CheckpointMetadata,
        new_versions: ChannelVersions,
    ) -> RunnableConfig:
        with self._sound():
            return await self._patiently(
                lambda: super(FileSaver, self).aput(config, checkpoint, metadata, new_versions)
            )

    async def aput_writes(
        self, config: RunnableConfig, writes: Sequence[tuple[str, Any]], task_id: str, task_path: str = ""
    ) -> None:
        with self._sound():
            await self._patiently(
                lambda: super(FileSaver, self).aput_writes(config, writes, task_id, task_path)
            )

    async def _patiently(self, write: Callable[[], Awaitable[T]]) -> T:
        """Write again, from a snapshot of now, where another connection wrote since this one's last look: SQLite then
        refuses at once, whatever the time-out."""
        for _ in range(_TRIES):
            try:
                return await write()
            except sqlite3.OperationalError as problem:
                if "locked" not in str(problem):
                    raise
                await self.conn.rollback()
                await asyncio.sleep(_PAUSE)
        return await write()

    @contextmanager
    def _sound(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as problem:
            raise RunError(
                f"{self.path} can't be used ({problem}): see to the disk and its permissions, then resume the run"
            ) from None
        except (
            sqlite3.DatabaseError, ValueError, TypeError, KeyError, AttributeError, IndexError, NotImplementedError,
        ) as problem:  # fmt: skip
            raise RunError(
                f"{self.path} is damaged ({type(problem).__name__}): bring back a copy of it, or start a new run "
                "(answers that were paid for are in the call cache)"
            ) from None


def _whole(found: CheckpointTuple) -> bool:
    checkpoint, metadata = found.checkpoint, found.metadata
    return (
        isinstance(checkpoint, dict)
        and isinstance(metadata, dict)
        and all(
            isinstance(checkpoint.get(part), dict)
            for part in ("channel_values", "channel_versions", "versions_seen")
        )
        and isinstance(checkpoint.get("id"), str)
    )


Saver: TypeAlias = "InMemorySaver | FileSaver | SharedSaver"
Place: TypeAlias = "Path | Lease | None"
"""A file; the lease of a run in a shared store; None: memory."""


@asynccontextmanager
async def saver(place: Place) -> AsyncIterator[Saver]:
    """A saver over a file or a shared store; None keeps checkpoints in memory. Raises RunError for what is no such thing."""
    if place is None:
        yield InMemorySaver(serde=plain_serializer())
    elif isinstance(place, Path):
        async with _file_saver(place) as kept:
            yield kept
    else:
        from .shared_checkpoints import shared_saver

        async with shared_saver(place, plain_serializer()) as shared:
            yield shared


@asynccontextmanager
async def _file_saver(path: Path) -> AsyncIterator[FileSaver]:
    try:
        connection = await aiosqlite.connect(path, timeout=30.0)
    except sqlite3.Error as problem:
        raise RunError(f"{path} can't be used ({problem}): see to the disk and its permissions") from None
    kept = FileSaver(connection, path)
    try:
        yield kept
    finally:
        # A write that was under way when the run broke off must not hold the file against the next process: it ends first,
        # and what comes after it finds the connection closed.
        async with kept.lock:
            with suppress(sqlite3.Error, ValueError):
                await connection.rollback()
            await connection.close()
