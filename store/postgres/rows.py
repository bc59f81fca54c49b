"""The rows of one run in a shared store, by the SQL that reads them in a file (store.reading)."""

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from psycopg import Cursor

from ..address import Address
from .link import Link, number_of
from .schema import CORE, bring_up, plain_text

_NAMED = re.compile(r"\bFROM (\w+)")


class PostgresRows:
    """One connection, shared by threads in turn."""

    def __init__(self, address: Address, run: str) -> None:
        """Raises RunError where the store can't be used, or holds no such run."""
        self._link = Link(address, patience=5.0)
        bring_up(self._link)
        self._run = number_of(self._link, run)

    @contextmanager
    def open(self) -> Iterator["PostgresRows"]:
        """Raises RunError where the store can't be used."""
        yield self

    def execute(self, sql: str, values: Sequence[Any] = (), /) -> Cursor[Any]:
        """Each table that the SQL names stands for the rows of this run in it."""
        shown = ", ".join(
            f"{name} AS NOT MATERIALIZED (SELECT * FROM {_table(name)} WHERE run = {self._run})"
            for name in dict.fromkeys(_NAMED.findall(sql))
        )
        asked = f"WITH {shown} {sql.replace('%', '%%').replace('?', '%s')}".encode()
        given = [plain_text(value) if isinstance(value, str) else value for value in values]
        return self._link.work(lambda db: db.execute(asked, given))

    def has(self, table: str) -> bool:
        """Whether there is a table of this name."""
        found = self._link.work(lambda db: db.execute("SELECT to_regclass(%s)", (_table(table),)).fetchone())
        return found is not None and found[0] is not None

    def stamp(self) -> tuple[int, ...]:
        """Changes whenever any row did."""
        row = self._link.work(
            lambda db: db.execute("SELECT changes FROM concord.runs WHERE run = %s", (self._run,)).fetchone()
        )
        return (int(str(row[0])),) if row is not None else (-1,)

    def held(self) -> bool:
        """Whether a process holds the run's lease."""
        row = self._link.work(
            lambda db: db.execute(
                "SELECT 1 FROM concord.leases WHERE run = %s AND expires > now()", (self._run,)
            ).fetchone()
        )
        return row is not None


def _table(name: str) -> str:
    return f"concord.{name}" if name in CORE else f"concord.record_{name}"
