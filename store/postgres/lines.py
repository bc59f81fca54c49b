"""Lines of a run in a shared store (store.lines)."""

from ..address import Address
from .link import Connection, Link, number_of
from .schema import bring_up


class PostgresLines:
    """Connects at its first use: most runs are looked at without a word of a reviewer."""

    def __init__(self, address: Address, run: str, name: str) -> None:
        self._address = address
        self._run = run
        self._name = name
        self._opened: tuple[Link, int] | None = None

    @property
    def place(self) -> str:
        return f"{self._name} of {self._run} in {self._address.safe}"

    def stamp(self) -> int:
        link, run = self._open()
        row = link.work(
            lambda db: db.execute(
                "SELECT coalesce(max(seq), 0) FROM concord.lines WHERE run = %s AND name = %s",
                (run, self._name),
            ).fetchone()
        )
        return int(str(row[0])) if row is not None else 0

    def read(self) -> list[bytes]:
        link, run = self._open()
        rows = link.work(
            lambda db: db.execute(
                "SELECT line FROM concord.lines WHERE run = %s AND name = %s ORDER BY seq", (run, self._name)
            ).fetchall()
        )
        return [bytes(line) for (line,) in rows if isinstance(line, (bytes, memoryview))]

    def add(self, line: bytes, /) -> None:
        link, run = self._open()

        def put(db: Connection) -> None:
            with db.transaction():
                # A lost connection may have lost the answer alone: the same line is not written twice.
                db.execute(
                    "INSERT INTO concord.lines (run, name, line) SELECT %(run)s, %(name)s, %(line)s WHERE NOT EXISTS "
                    "(SELECT 1 FROM concord.lines WHERE run = %(run)s AND name = %(name)s AND line = %(line)s)",
                    {"run": run, "name": self._name, "line": line},
                )
                db.execute("UPDATE concord.runs SET changes = changes + 1 WHERE run = %s", (run,))

        link.work(put)

    def _open(self) -> tuple[Link, int]:
        if self._opened is None:
            link = Link(self._address, patience=5.0)
            bring_up(link)
            self._opened = link, number_of(link, self._run)
        return self._opened
