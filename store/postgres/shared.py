"""What all runs of a shared store have in common: the call cache, and the ledger of uses of data."""

from collections.abc import Mapping

from ...records import canonical_json
from ..address import Address
from ..protocol import Use, Uses, checked_key
from .link import Connection, Link
from .schema import bring_up


def _brought_up(address: Address) -> Link:
    link = Link(address)
    bring_up(link)
    return link


class PostgresCallCache:
    """Answers by key, for every worker on the store. Values are bytes; nothing is ever evicted."""

    def __init__(self, address: Address) -> None:
        """Raises RunError where the store can't be used."""
        self._link = _brought_up(address)

    def get(self, key: str) -> bytes | None:
        row = self._link.work(
            lambda db: db.execute(
                "SELECT value FROM concord.cache WHERE key = %s", (checked_key(key),)
            ).fetchone()
        )
        return bytes(row[0]) if row is not None and isinstance(row[0], (bytes, memoryview)) else None

    def put(self, key: str, value: bytes) -> None:
        self.put_many({key: value})

    def put_many(self, values: Mapping[str, bytes]) -> None:
        rows = sorted((checked_key(key), value) for key, value in values.items())  # one order: no deadlock

        def put(db: Connection) -> None:
            with db.transaction(), db.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO concord.cache VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    rows,
                )

        self._link.work(put)

    def close(self) -> None:
        self._link.close()


class PostgresLedger(Uses):
    """The ledger of uses of data, over all runs of the store."""

    def __init__(self, address: Address) -> None:
        """Raises RunError where the store can't be used."""
        self._link = _brought_up(address)

    def close(self) -> None:
        self._link.close()

    def _record(self, use: Use, run: str) -> int:
        self._link.work(
            lambda db: db.execute(
                "INSERT INTO concord.uses (use, run) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                (_written(use), run),
            )
        )
        return self._runs(use).index(run) + 1

    def _runs(self, use: Use) -> list[str]:
        rows = self._link.work(
            lambda db: db.execute(
                "SELECT run FROM concord.uses WHERE use = %s ORDER BY seq", (_written(use),)
            ).fetchall()
        )
        return [str(run) for (run,) in rows]


def _written(use: Use) -> str:
    return canonical_json(use).decode()
