"""One connection to the database, which outlives a restart of the server."""

import time
from collections.abc import Callable
from threading import RLock
from typing import Any, TypeVar

import psycopg
from psycopg import errors

from ...errors import RunError
from ..address import Address

T = TypeVar("T")
Connection = psycopg.Connection[tuple[object, ...]]

PATIENCE = 60.0
"""Seconds for which a server that went away is waited for."""
SETTINGS: dict[str, Any] = {
    "connect_timeout": 15,
    "client_encoding": "utf8",
    "application_name": "concord",
    "autocommit": True,
}
"""What every connection is made with."""
FIRST = "SET idle_in_transaction_session_timeout TO '30s'"
"""What every connection says first: a worker that stops in the middle of a write holds its locks no longer."""
_FIRST_WAIT, _LONGEST_WAIT = 0.1, 2.0
_AGAIN = (errors.DeadlockDetected, errors.SerializationFailure)


class Link:
    """A connection in autocommit. Work that a lost connection broke off is done again on a new one."""

    def __init__(self, address: Address, *, patience: float = PATIENCE) -> None:
        """Connects at once. Raises RunError where that can't be done."""
        self.address = address
        self.lock = RLock()
        self._patience = patience
        self._db: Connection | None = None
        try:
            self._db = connected(address)
        except psycopg.Error as problem:
            raise unusable(address, problem) from None

    def work(self, do: Callable[[Connection], T]) -> T:
        """What `do` returns. It may be called more than once: twice done must be the same as once.

        Raises RunError, one sentence, for what the server refuses, and for a server that stays away.
        """
        with self.lock:
            until, wait = time.monotonic() + self._patience, _FIRST_WAIT
            while True:
                try:
                    return do(self._open())
                except _AGAIN:
                    pass
                except psycopg.Error as problem:
                    if not self._lost(problem) or time.monotonic() > until:
                        raise unusable(self.address, problem) from None
                    self._drop()
                time.sleep(wait)
                wait = min(_LONGEST_WAIT, wait * 2)

    def close(self) -> None:
        with self.lock:
            self._drop()

    def __del__(self) -> None:
        if db := getattr(self, "_db", None):  # whoever only reads lets go of it without a word
            db.close()

    def _open(self) -> Connection:
        if self._db is None:
            self._db = connected(self.address)
        return self._db

    def _lost(self, problem: psycopg.Error) -> bool:
        """Whether there is no connection any more; what a server refuses leaves the connection as it is."""
        return self._db is None or self._db.closed or gone(problem)

    def _drop(self) -> None:
        if self._db is not None:
            self._db.close()
            self._db = None


def connected(address: Address) -> Connection:
    """A new connection. Raises psycopg.Error."""
    db = psycopg.connect(address.url, **SETTINGS)
    db.execute(FIRST)
    return db


def gone(problem: psycopg.Error) -> bool:
    """Whether the server itself went away, or isn't ready yet."""
    return isinstance(problem, (errors.AdminShutdown, errors.CrashShutdown, errors.CannotConnectNow))


def unusable(address: Address, problem: Exception) -> RunError:
    """One sentence about what the server said. libpq quotes a URL that it can't read, so that is left out."""
    lines = str(problem).strip().splitlines() or [type(problem).__name__]
    said = lines[0].removeprefix("connection failed: ")
    if (
        address.url in said
        or "connection info string" in said
        or (isinstance(problem, psycopg.ProgrammingError) and problem.sqlstate is None)
    ):
        said = "the URL can't be read"
    return RunError(
        f"the store {address.safe} can't be used ({said}): see to the server, the password and your rights there, then "
        "resume the run; what was paid for is in the call cache"
    )


def number_of(link: Link, run: str) -> int:
    """The number by which a store knows the run of this name. Raises RunError."""
    row = link.work(lambda db: db.execute("SELECT run FROM concord.runs WHERE name = %s", (run,)).fetchone())
    if row is None:
        raise RunError(
            f"the store {link.address.safe} holds no run {run!r}: `concord runs` lists what it holds"
        )
    return int(str(row[0]))
