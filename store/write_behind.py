"""What a run's records in a file and in a shared store have in common: what is added waits, and is written by hundreds."""

import zlib
from abc import ABC, abstractmethod
from threading import RLock
from time import monotonic
from typing import Any

from .tables import TableRepository
from .texts import text_digest, unpacked

_REMEMBERED = 100_000
"""How many texts are known to be stored already, without asking the database."""


class WriteBehind(ABC):
    """Everything of `store.tables.Tables` that asks no database."""

    def __init__(self, lock: RLock, *, flush_every: int, flush_after: float) -> None:
        """What is added is written `flush_every` records, or `flush_after` seconds, after the last time."""
        self.lock = lock
        self.writers: list[TableRepository[Any]] = []
        """The repositories whose records wait."""
        self.texts: dict[str, str] = {}
        """The texts that wait, by digest."""
        self._flush_every = flush_every
        self._flush_after = flush_after
        self._flushed_at = monotonic()
        self._stored: set[bytes] = set()
        self._waiting = 0

    @abstractmethod
    def write(self) -> None:
        """Write what `writers` and `texts` hold, in one transaction. Raises RunError."""

    @abstractmethod
    def kept_text(self, digest: str) -> tuple[int, bytes] | None:
        """A text that is written, as `store.texts.packed` made it."""

    def noted(self, count: int = 1) -> None:
        """Something waits to be written; often enough, everything is."""
        self._waiting += count
        if self._waiting >= self._flush_every or monotonic() - self._flushed_at > self._flush_after:
            self.flush()

    def flush(self) -> None:
        """Write all that waits. Raises RunError."""
        with self.lock:
            if not self._waiting:
                return
            self.write()
            self.texts.clear()
            for writer in self.writers:
                writer.written()
            self._waiting = 0
            self._flushed_at = monotonic()

    def put_text(self, text: str) -> str:
        with self.lock:
            digest = self.keep(text)
            self.noted()
        return digest

    def keep(self, text: str) -> str:
        """Let `text` be written with the next flush, or the one that is under way; returns its digest."""
        digest = text_digest(text)
        known = bytes.fromhex(digest[:32])
        if known not in self._stored:
            if len(self._stored) >= _REMEMBERED:
                self._stored.clear()
            self._stored.add(known)
            self.texts[digest] = text
        return digest

    def text(self, digest: str) -> str:
        """Raises KeyError."""
        with self.lock:
            if (waiting := self.texts.get(digest)) is not None:
                return waiting
            row = self.kept_text(digest)
        if row is None:
            raise KeyError(digest)
        try:
            return unpacked(*row)
        except (zlib.error, UnicodeDecodeError, TypeError):  # something else changed it: as good as gone
            raise KeyError(digest) from None
