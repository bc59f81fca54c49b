"""Tells open pages that a run has moved, as server-sent events."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable

from ..reading.run import RunReading

EVERY = 0.2
"""Seconds between two looks: asking SQLite for its data version takes microseconds."""
HEARTBEAT = 15.0
MOST_STREAMS = 64


class Streams:
    """The open streams of one server, counted."""

    def __init__(self) -> None:
        self.open = 0

    async def events(self, reading: RunReading, gone: Callable[[], Awaitable[bool]]) -> AsyncIterator[str]:
        """`changed` whenever the run wrote, `finished` at its end. Ends when the reader is gone."""
        if self.open >= MOST_STREAMS:
            return
        self.open += 1
        watch = _Watch(reading)
        quiet = 0.0
        try:
            yield "retry: 2000\n\n"
            while not await gone():
                if reading.source.finished:
                    yield "event: finished\ndata: 1\n\n"
                    return
                if watch.moved():
                    yield "event: changed\ndata: 1\n\n"
                    quiet = 0.0
                elif quiet >= HEARTBEAT:
                    yield ": still here\n\n"
                    quiet = 0.0
                await asyncio.sleep(EVERY)
                quiet += EVERY
        finally:
            watch.close()
            self.open -= 1


class _Watch:
    """SQLite's data version tells of another process's writes; the files' times tell where there is no writer yet."""

    def __init__(self, reading: RunReading) -> None:
        self._reading = reading
        self._db: sqlite3.Connection | None = None
        self._seen: object = None
        self.moved()

    def moved(self) -> bool:
        now = (self._version(), self._reading.desk.stamp(), self._reading.source.folder.checkpoint.exists())
        moved, self._seen = now != self._seen, now
        return moved

    def _version(self) -> object:
        try:
            if self._db is None:
                place = self._reading.folder.database.absolute().as_uri()
                self._db = sqlite3.connect(f"{place}?mode=ro", uri=True, check_same_thread=False)
            return self._db.execute("PRAGMA data_version").fetchone()
        except sqlite3.DatabaseError:
            self.close()
            return self._reading.source.stamp()

    def close(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None
