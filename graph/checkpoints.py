"""Where the machine's checkpoints are kept: in memory, or in a SQLite file that holds plain values only."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiosqlite
from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver

Saver = InMemorySaver | AsyncSqliteSaver


def plain_serializer() -> JsonPlusSerializer:
    """Reads and writes checkpoints of plain values. A tampered one revives no class and unpickles nothing."""
    return JsonPlusSerializer(pickle_fallback=False, allowed_msgpack_modules=None)


@asynccontextmanager
async def saver(path: Path | None) -> AsyncIterator[Saver]:
    """A saver over the file at `path`; None keeps checkpoints in memory."""
    if path is None:
        yield InMemorySaver(serde=plain_serializer())
        return
    async with aiosqlite.connect(path) as connection:
        kept = AsyncSqliteSaver(connection, serde=plain_serializer())
        try:
            yield kept
        finally:
            # A node that raised may have cut off a write; its lock would outlive the connection in this process.
            async with kept.lock:
                await connection.rollback()
