"""Fills an index: calls first, then the people's data and figures, then the words of every call."""

import json
import sqlite3
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from ...errors import InputError
from ...store.reading import Reading
from ...store.runs import RunFolder
from ...store.texts import text_digest
from .current import adopted_ids
from .index import Index, note, storable
from .people import fill_people
from .source import RunSource
from .storage import find_text

CHUNK = 5000
_COLUMNS = (
    "seq, id, round, node, subject, role, status, failed, cached, attempts, input_tokens, cached_tokens, "
    "output_tokens, usd, latency, unpriced"
)
_READ = _COLUMNS.replace("usd", "coalesce(usd_known, 0)")


def build(index: Index) -> None:
    """Bring an index up to what the run's database holds now. What stands already isn't read again."""
    index.create()
    source = index.source
    stamp = source.stamp()
    with index.open(write=True) as db:
        new = _calls(source, db)
        with _transaction(db):
            note(db, "calls", "yes")
        _people(index, db)
        _search(source, db, new)
        with _transaction(db):
            db.execute("UPDATE texts SET calls = (SELECT count(*) FROM call_texts WHERE text = texts.id)")
            note(db, "search", "yes")
            note(db, "stamp", stamp)


def main(run: str, folder: str) -> None:
    """Build one run's index in a process of its own, so that pages are served meanwhile."""
    build(Index(RunSource(RunFolder(Path(run))), Path(folder)))


@contextmanager
def _transaction(db: sqlite3.Connection) -> Iterator[None]:
    db.execute("BEGIN IMMEDIATE")
    with db:
        yield


def _calls(source: RunSource, db: sqlite3.Connection) -> list[int]:
    """Copy the figures of new calls and of those that were under way; returns their numbers."""
    (last,) = db.execute("SELECT coalesce(max(seq), 0) FROM calls").fetchone()
    open_ = [seq for (seq,) in db.execute("SELECT seq FROM calls WHERE status NOT IN ('answered', 'failed')")]
    touched: list[int] = []
    with source.open() as run, _transaction(db):
        rows = run.execute(f"SELECT {_READ} FROM calls WHERE seq > ? ORDER BY seq", (last,))
        while chunk := rows.fetchmany(CHUNK):
            _copy(db, chunk)
            touched += [row[0] for row in chunk]
        for seq in open_:
            found = run.execute(f"SELECT {_READ} FROM calls WHERE seq = ?", (seq,)).fetchall()
            _copy(db, found)
            touched += [row[0] for row in found]
        if touched:
            db.execute("DELETE FROM places")
            db.execute(
                "INSERT INTO places SELECT round, node, subject, role, min(seq), count(*), sum(failed), sum(cached), "
                "sum(attempts), sum(input_tokens), sum(output_tokens), sum(usd), sum(latency), sum(unpriced) "
                "FROM calls GROUP BY round, node, subject, role"
            )
    return touched


def _copy(db: sqlite3.Connection, rows: Iterable[tuple[object, ...]]) -> None:
    db.executemany(f"INSERT OR REPLACE INTO calls ({_COLUMNS}) VALUES ({', '.join('?' * 16)})", rows)


def _people(index: Index, db: sqlite3.Connection) -> None:
    """Read the people's data again only when the texts or what was measured under them have changed."""
    source = index.source
    adopted = adopted_ids(source.decisions())
    mark = repr((adopted, len(source.measures()), source.finished))
    row = db.execute("SELECT value FROM meta WHERE name = 'people_mark'").fetchone()
    if row is not None and row[0] == mark:
        return
    with _transaction(db):
        try:
            fill_people(source, db)
            note(db, "problem", "")
        except InputError as problem:
            note(db, "problem", problem)
        note(db, "people", "yes")
        note(db, "people_mark", mark)


def _search(source: RunSource, db: sqlite3.Connection, new: list[int]) -> None:
    """Index the words of these calls: replies one by one, each prompt text once."""
    known = {digest: id_ for id_, digest in db.execute("SELECT id, digest FROM texts")}
    have = {seq for (seq,) in db.execute("SELECT rowid FROM replies")} if known else set()
    wanted = sorted((set(new) | _missing(db)) - have)
    for start in range(0, len(wanted), CHUNK):
        chunk = wanted[start : start + CHUNK]
        with source.open() as run, _transaction(db):
            for seq in chunk:
                row = run.execute("SELECT texts, status, body FROM calls WHERE seq = ?", (seq,)).fetchone()
                if row is not None and row[1] in ("answered", "failed"):
                    _index_call(run, db, known, seq, *row)
            note(db, "searched", chunk[-1])
            note(db, "done", start + len(chunk))
            note(db, "total", len(wanted))


def _index_call(
    run: Reading,
    db: sqlite3.Connection,
    known: dict[str, int],
    seq: int,
    texts: str,
    status: str,
    body: str,
) -> None:
    fields = json.loads(texts)
    words = _words(run, fields["raw"])
    if status == "failed":
        words = f"{words}\n{json.loads(body)['failure']}"
    db.execute("INSERT INTO replies (rowid, body) VALUES (?, ?)", (seq, storable(words)))
    for _, part in fields["parts"]:
        digest = part["text"] if isinstance(part, dict) else text_digest(part)
        if digest not in known:
            known[digest] = len(known) + 1
            db.execute("INSERT INTO texts (id, digest) VALUES (?, ?)", (known[digest], digest))
            db.execute(
                "INSERT INTO prompts (rowid, body) VALUES (?, ?)",
                (known[digest], storable(_words(run, part))),
            )
        db.execute("INSERT OR IGNORE INTO call_texts VALUES (?, ?)", (known[digest], seq))


def _words(run: Reading, written: str | dict[str, str]) -> str:
    return (find_text(run, written["text"]) or "") if isinstance(written, dict) else written


def _missing(db: sqlite3.Connection) -> set[int]:
    """Calls whose words an earlier build didn't come to."""
    row = db.execute("SELECT value FROM meta WHERE name = 'searched'").fetchone()
    last = int(row[0]) if row else 0
    return {seq for (seq,) in db.execute("SELECT seq FROM calls WHERE seq > ?", (last,))}


if __name__ == "__main__":
    main(*sys.argv[1:3])
