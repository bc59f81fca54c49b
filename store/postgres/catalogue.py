"""The runs of a shared store: making one, listing them, and the files that belong to each."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from ..address import Address
from .lease import Lease
from .link import Connection, Link, number_of
from .schema import bring_up
from .store import PostgresStore


@dataclass(frozen=True, slots=True)
class Listed:
    """A run of the store."""

    name: str
    launched: datetime
    holder: str
    """Who works on it now; empty for nobody."""


class Catalogue:
    """The runs of a store. Raises RunError, from every method, where it can't be used."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._link = Link(address)
        bring_up(self._link)

    def claim(self, name: str) -> bool:
        """Begin a run of this name; False where the store has one."""
        row = self._link.work(
            lambda db: db.execute(
                "INSERT INTO concord.runs (name) VALUES (%s) ON CONFLICT DO NOTHING RETURNING run", (name,)
            ).fetchone()
        )
        return row is not None

    def withdraw(self, name: str) -> None:
        """Take a run back that could not begin, with everything of it."""
        self._link.work(lambda db: db.execute("DELETE FROM concord.runs WHERE name = %s", (name,)))

    def runs(self) -> list[Listed]:
        """Every run, the oldest first."""
        rows = self._link.work(
            lambda db: db.execute(
                "SELECT name, launched, coalesce((SELECT owner FROM concord.leases WHERE leases.run = runs.run "
                "AND expires > now()), '') FROM concord.runs ORDER BY launched, run"
            ).fetchall()
        )
        return [
            Listed(str(name), launched.astimezone(UTC), str(holder))
            for name, launched, holder in rows
            if isinstance(launched, datetime)
        ]

    def put_files(self, run: str, files: Mapping[str, bytes]) -> None:
        """Keep files of a run (its configuration, its outputs), in place of older ones."""
        number = number_of(self._link, run)

        def put(db: Connection) -> None:
            with db.transaction(), db.cursor() as cursor:
                db.execute("UPDATE concord.runs SET changes = changes + 1 WHERE run = %s", (number,))
                cursor.executemany(
                    "INSERT INTO concord.files VALUES (%s, %s, %s) "
                    "ON CONFLICT (run, name) DO UPDATE SET body = excluded.body",
                    [(number, name, body) for name, body in files.items()],
                )

        self._link.work(put)

    def files(self, run: str) -> dict[str, bytes]:
        """The files of a run, by name. Raises RunError where there is no such run."""
        number = number_of(self._link, run)
        rows = self._link.work(
            lambda db: db.execute("SELECT name, body FROM concord.files WHERE run = %s", (number,)).fetchall()
        )
        return {str(name): bytes(body) for name, body in rows if isinstance(body, (bytes, memoryview))}

    def open(self, run: str, lease: Lease | None = None) -> PostgresStore:
        """The records of a run."""
        return PostgresStore.open(self.address, run, lease)

    def close(self) -> None:
        self._link.close()
