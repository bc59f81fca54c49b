"""What all runs of a shared store have in common: the call cache, and the ledger of uses of data."""

from collections.abc import Mapping

from ...records import canonical_json
from ..address import Address
from .link import Connection, Link
from .schema import bring_up

_SHA256_DIGITS = 64


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
                "SELECT value FROM concord.cache WHERE key = %s", (_checked(key),)
            ).fetchone()
        )
        return bytes(row[0]) if row is not None and isinstance(row[0], (bytes, memoryview)) else None

    def put(self, key: str, value: bytes) -> None:
        self.put_many({key: value})

    def put_many(self, values: Mapping[str, bytes]) -> None:
        rows = sorted((_checked(key), value) for key, value in values.items())  # one order: no deadlock

        def put(db: Connection) -> None:
            with db.transaction(), db.cursor() as cursor:
                cursor.executemany(
                    "INSERT INTO concord.cache VALUES (%s, %s) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
                    rows,
                )

        self._link.work(put)

    def close(self) -> None:
        self._link.close()


class PostgresLedger:
    """The ledger of uses of data (store.protocol.Uses), over all runs of the store."""

    def __init__(self, address: Address) -> None:
        """Raises RunError where the store can't be used."""
        self._link = _brought_up(address)

    def record(self, data_digest: str, run: str) -> int:
        return self._record({"data": data_digest}, run)

    def openings(self, data_digest: str) -> int:
        return len(self._runs({"data": data_digest}))

    def record_selection(self, data_digest: str, split_seed: int, run: str) -> int:
        return self._record({"selection": data_digest, "split_seed": split_seed}, run)

    def selections(self, data_digest: str, split_seed: int) -> int:
        return len(self._runs({"selection": data_digest, "split_seed": split_seed}))

    def close(self) -> None:
        self._link.close()

    def _record(self, use: Mapping[str, str | int], run: str) -> int:
        self._link.work(
            lambda db: db.execute(
                "INSERT INTO concord.uses (use, run) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                (_written(use), run),
            )
        )
        return self._runs(use).index(run) + 1

    def _runs(self, use: Mapping[str, str | int]) -> list[str]:
        rows = self._link.work(
            lambda db: db.execute(
                "SELECT run FROM concord.uses WHERE use = %s ORDER BY seq", (_written(use),)
            ).fetchall()
        )
        return [str(run) for (run,) in rows]


def _written(use: Mapping[str, str | int]) -> str:
    return canonical_json(use).decode()


def _checked(key: str) -> str:
    if len(key) != _SHA256_DIGITS:
        raise ValueError(f"a cache key is a SHA-256 in hex, not {key[:80]!r}")
    return key
