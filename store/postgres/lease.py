"""Two workers never run one run: a lease with an expiry, renewed by a heartbeat as long as its holder lives.

The server's clock decides, so that workers on many machines agree. A worker that was stopped for longer than its lease
and wakes up again finds another token in the row, and can write nothing more.
"""

import os
import secrets
import socket
from threading import Event, Thread
from typing import LiteralString

import psycopg
from psycopg import errors

from ...errors import OptionError, RunError
from ..address import Address
from .link import Connection, Link, connected, number_of

VARIABLE = "CONCORD_LEASE_SECONDS"
_CLAIM: LiteralString = "SELECT 1 FROM concord.leases WHERE run = %s AND token = %s FOR SHARE"
_SECONDS = 60.0
_BEATS = 4
"""Heartbeats in the time of a lease: a few may be missed."""


class Lease:
    """The right to work on one run of a shared store. Use it in a `with`: entering takes it, leaving gives it back."""

    def __init__(self, address: Address, run: str, *, seconds: float | None = None) -> None:
        """`seconds` until it expires without a heartbeat; None: $CONCORD_LEASE_SECONDS, else 60."""
        self.address = address
        self.run = run
        self.seconds = seconds if seconds is not None else _stated_seconds()
        self.token = secrets.token_hex(16)
        self._number = 0
        self._ended = Event()
        self._heart = Thread(target=self._beat, name="lease", daemon=True)

    def __enter__(self) -> "Lease":
        """Raises RunError, naming the holder, where another process holds it."""
        link = Link(self.address)
        try:
            self._number = number_of(link, self.run)
            holder = link.work(self._take)
        finally:
            link.close()
        if holder is not None:
            raise RunError(
                f"{self.run} is in use by {holder}: wait for it, or end that process first (its lease of the run ends "
                f"by itself when it is gone)"
            )
        self._heart.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self._heart.join()
        try:
            with connected(self.address) as db:
                db.execute(
                    "DELETE FROM concord.leases WHERE run = %s AND token = %s", (self._number, self.token)
                )
        except psycopg.Error:
            pass  # it expires by itself

    def check(self, db: Connection) -> None:
        """Inside a transaction that writes: nobody takes the run over until it is committed.

        Raises RunError where somebody did already.
        """
        if db.execute(*self.claim()).fetchone() is None:
            raise self.lost()

    def claim(self) -> tuple[LiteralString, tuple[int, str]]:
        """The question that `check` asks, for a connection of another kind: no row where the run was taken over."""
        return _CLAIM, (self._number, self.token)

    def lost(self) -> RunError:
        return RunError(
            f"{self.run} was taken over by another process while this one didn't answer for {self.seconds:g} s: nothing "
            "more was written here; what was paid for is in the call cache"
        )

    @property
    def number(self) -> int:
        """The run's number in the store."""
        return self._number

    def _take(self, db: Connection) -> str | None:
        """None where it is ours now, else who holds it."""
        try:
            taken = self._tried(db)
        except errors.LockNotAvailable:  # its holder stopped in the middle of a write
            taken = False
        if taken:
            return None
        held = db.execute(
            "SELECT owner, since FROM concord.leases WHERE run = %s", (self._number,)
        ).fetchone()
        if held is None:  # it was given back in this moment
            return self._take(db)
        return f"{held[0]} since {held[1]:%Y-%m-%d %H:%M:%S%z}"

    def _tried(self, db: Connection) -> bool:
        with db.transaction():
            db.execute("SET LOCAL lock_timeout = '2s'")
            row = db.execute(
                "INSERT INTO concord.leases (run, token, owner, expires) VALUES (%s, %s, %s, now() + %s * interval '1 s') "
                "ON CONFLICT (run) DO UPDATE SET token = excluded.token, owner = excluded.owner, since = now(), "
                "expires = excluded.expires WHERE concord.leases.expires < now() "
                "OR concord.leases.token = excluded.token RETURNING run",
                (self._number, self.token, _owner(), self.seconds),
            ).fetchone()
        return row is not None

    def _beat(self) -> None:
        """Renew, on a connection of its own. A server that is away is tried again at the next beat."""
        db: Connection | None = None
        while not self._ended.wait(self.seconds / _BEATS):
            try:
                db = db or connected(self.address)
                db.execute(
                    "UPDATE concord.leases SET expires = now() + %s * interval '1 s' WHERE run = %s AND token = %s",
                    (self.seconds, self._number, self.token),
                )
            except psycopg.Error:
                if db is not None:
                    db.close()
                db = None
        if db is not None:
            db.close()


def _owner() -> str:
    return f"process {os.getpid()} on {socket.gethostname()}"


def _stated_seconds() -> float:
    stated = os.environ.get(VARIABLE)
    if not stated:
        return _SECONDS
    try:
        seconds = float(stated)
    except ValueError:
        seconds = 0.0
    if not 1.0 <= seconds <= 3600.0:
        raise OptionError(f"${VARIABLE} is a number of seconds from 1 to 3600, not {stated[:40]!r}")
    return seconds
