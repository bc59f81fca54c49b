"""The trace: round → node → agent → call, with totals, pages and a search in every word."""

import sqlite3
from collections.abc import Sequence
from typing import Literal

from ...records import Record

Where = Literal["everything", "replies", "prompts"]
MOST_COUNTED = 10_000
"""Matches of a search that are counted; beyond it a page says "more than"."""


class PlaceRow(Record):
    """The calls of one agent at one place of the run."""

    round: int
    node: str
    subject: str
    role: str
    calls: int
    failed: int
    cached: int
    attempts: int
    input_tokens: int
    output_tokens: int
    usd: float
    latency: float


class CallRow(Record):
    """One call without its texts."""

    id: str
    round: int
    node: str
    subject: str
    role: str
    status: str
    cached: bool
    attempts: int
    input_tokens: int
    output_tokens: int
    usd: float
    latency: float
    gist: str = ""
    """What was answered, in a few words."""


class CallFilter(Record):
    """Which calls to list; empty fields ask nothing."""

    round: int | None = None
    node: str = ""
    subject: str = ""
    role: str = ""
    failed: bool = False
    """Only failed ones."""
    failed_first: bool = False
    search: str = ""
    where: Where = "everything"


class CallList(Record):
    rows: tuple[CallRow, ...]
    total: int
    more: bool = False
    """There are more than `total`."""
    problem: str = ""
    """Why a search found nothing."""


class Totals(Record):
    calls: int = 0
    failed: int = 0
    cached: int = 0
    attempts: int = 0
    input_tokens: int = 0
    output_tokens: int = 0
    usd: float = 0.0
    """Of the calls whose price is known."""
    latency: float = 0.0
    unpriced: int = 0
    """Calls whose price is unknown."""

    @property
    def cost(self) -> float | None:
        """Dollars; None where the price of any call is unknown."""
        return None if self.unpriced else self.usd


_PLACE = ("round", "node", "subject", "role", "calls", "failed", "cached", "attempts", "input_tokens", "output_tokens", "usd", "latency")  # fmt: skip
_CALL = ("id", "round", "node", "subject", "role", "status", "cached", "attempts", "input_tokens", "output_tokens", "usd", "latency")  # fmt: skip


def nodes(db: sqlite3.Connection) -> list[PlaceRow]:
    """One row a round, node and agent, all subjects together, in the order of the run."""
    sums = ", ".join(f"sum({name})" for name in _PLACE[4:])
    rows = db.execute(
        f"SELECT round, node, '', role, {sums} FROM places GROUP BY round, node, role ORDER BY round, min(first)"
    ).fetchall()
    return [_place(row) for row in rows]


def subjects(
    db: sqlite3.Connection, round: int, node: str, limit: int, offset: int
) -> tuple[list[PlaceRow], int]:
    """The places of one node, a subject each, and how many there are."""
    (total,) = db.execute(
        "SELECT count(*) FROM places WHERE round = ? AND node = ? AND subject != ''", (round, node)
    ).fetchone()
    rows = db.execute(
        f"SELECT {', '.join(_PLACE)} FROM places WHERE round = ? AND node = ? AND subject != '' "
        "ORDER BY first LIMIT ? OFFSET ?",
        (round, node, limit, offset),
    ).fetchall()
    return [_place(row) for row in rows], total


def calls_at(db: sqlite3.Connection, subject: str, node: str, role: str) -> int:
    """How many calls an agent made about one subject in one node, over all rounds."""
    found = db.execute(
        "SELECT sum(calls) FROM places WHERE subject = ? AND node = ? AND role = ?", (subject, node, role)
    ).fetchone()
    return found[0] or 0


def totals(db: sqlite3.Connection, subject: str = "") -> Totals:
    """What all calls took together, or those about one subject."""
    names = tuple(Totals.model_fields)
    sums = ", ".join(f"coalesce(sum({name}), 0)" for name in names)
    where, values = (" WHERE subject = ?", [subject]) if subject else ("", [])
    row = db.execute(f"SELECT {sums} FROM places{where}", values).fetchone()
    return Totals.model_validate(dict(zip(names, row, strict=True)))


def spent_by_role(db: sqlite3.Connection) -> dict[str, Totals]:
    names = tuple(Totals.model_fields)
    sums = ", ".join(f"sum({name})" for name in names)
    rows = db.execute(f"SELECT role, {sums} FROM places GROUP BY role ORDER BY role").fetchall()
    return {role: Totals.model_validate(dict(zip(names, row, strict=True))) for role, *row in rows}


def call_list(db: sqlite3.Connection, wanted: CallFilter, *, limit: int, offset: int) -> CallList:
    """A page of calls, in the order of asking, with the number of all that match."""
    conditions, values = _conditions(wanted)
    if wanted.search.strip():
        try:
            return _searched(db, wanted, conditions, values, limit, offset)
        except sqlite3.OperationalError:
            return CallList(rows=(), total=0, problem="The search can't be read: try plain words.")
    where = " AND ".join(conditions) or "1"
    total = _total(db, wanted, where, values)
    order = "failed DESC, seq" if wanted.failed_first else "seq"
    rows = db.execute(
        f"SELECT {', '.join(_CALL)} FROM calls WHERE {where} ORDER BY {order} LIMIT ? OFFSET ?",
        [*values, limit, offset],
    ).fetchall()
    return CallList(rows=tuple(map(_call, rows)), total=total)


def _conditions(wanted: CallFilter) -> tuple[list[str], list[object]]:
    conditions: list[str] = []
    values: list[object] = []
    for name in ("round", "node", "subject", "role"):
        value = getattr(wanted, name)
        if value not in (None, ""):
            conditions.append(f"calls.{name} = ?")
            values.append(value)
    if wanted.failed:
        conditions.append("calls.failed = 1")
    return conditions, values


def _total(db: sqlite3.Connection, wanted: CallFilter, where: str, values: Sequence[object]) -> int:
    """Counted from the places, which are few, rather than from the calls."""
    column = "failed" if wanted.failed else "calls"
    plain = where.replace("calls.failed = 1", "1").replace("calls.", "")
    (total,) = db.execute(f"SELECT coalesce(sum({column}), 0) FROM places WHERE {plain}", values).fetchone()
    return int(total)


def _searched(
    db: sqlite3.Connection,
    wanted: CallFilter,
    conditions: list[str],
    values: list[object],
    limit: int,
    offset: int,
) -> CallList:
    """The first matches in the order of asking, up to the most that are counted."""
    groups = (
        [["calls.failed = 1"], ["calls.failed = 0"]] if wanted.failed_first and not wanted.failed else [[]]
    )
    found: list[int] = []
    for group in groups:
        where = [*conditions, *group]
        here: set[int] = set()
        if wanted.where != "prompts":
            here |= set(_in_replies(db, match_words(wanted.search), where, values))
        if wanted.where != "replies":
            here |= set(_in_prompts(db, match_words(wanted.search), where, values))
        found += sorted(here)
    more = len(found) > MOST_COUNTED
    page = found[:MOST_COUNTED][offset : offset + limit]
    marks = ", ".join("?" * len(page))
    rows = {
        seq: row
        for seq, *row in db.execute(f"SELECT seq, {', '.join(_CALL)} FROM calls WHERE seq IN ({marks})", page)
    }
    return CallList(
        rows=tuple(_call(rows[seq]) for seq in page if seq in rows),
        total=min(len(found), MOST_COUNTED),
        more=more,
    )


def _in_replies(db: sqlite3.Connection, words: str, where: list[str], values: list[object]) -> list[int]:
    if not where:
        query = "SELECT rowid FROM replies WHERE replies MATCH ? ORDER BY rowid"
        rows = db.execute(f"{query} LIMIT {MOST_COUNTED + 1}", (words,))
    else:
        query = (
            f"SELECT seq FROM calls WHERE {' AND '.join(where)} AND seq IN "
            "(SELECT rowid FROM replies WHERE replies MATCH ?) ORDER BY seq"
        )
        rows = db.execute(f"{query} LIMIT {MOST_COUNTED + 1}", [*values, words])
    return [seq for (seq,) in rows]


def _in_prompts(db: sqlite3.Connection, words: str, where: list[str], values: list[object]) -> list[int]:
    """Texts that few calls have are looked up by text; where many do, calls are gone through until enough match."""
    texts = "SELECT rowid FROM prompts WHERE prompts MATCH ?"
    (spread,) = db.execute(
        f"SELECT coalesce(sum(calls), 0) FROM texts WHERE id IN ({texts})", (words,)
    ).fetchone()
    if not spread:
        return []
    by_text = spread <= 2 * MOST_COUNTED
    index = "" if by_text else "INDEXED BY call_texts_by_call"
    if not where:
        query = f"SELECT DISTINCT call FROM call_texts {index} WHERE text IN ({texts}) ORDER BY call"
        rows = db.execute(f"{query} LIMIT {MOST_COUNTED + 1}", (words,))
    else:
        inner = f"call IN (SELECT seq FROM calls WHERE {' AND '.join(where)})"
        query = (
            f"SELECT DISTINCT call FROM call_texts {index} WHERE {inner} AND text IN ({texts}) ORDER BY call"
        )
        rows = db.execute(f"{query} LIMIT {MOST_COUNTED + 1}", [*values, words])
    return [seq for (seq,) in rows]


def match_words(search: str) -> str:
    """The search as FTS5 reads it: every word must stand in the text; `"quoted words"` stand together; `wor*` begins one."""
    parts: list[str] = []
    for number, piece in enumerate(search.replace("\0", "").split('"')):
        if number % 2:
            parts.append(f'"{piece}"' if piece.strip() else "")
        else:
            for word in piece.split():
                star = "*" if word.endswith("*") and len(word) > 3 else ""
                parts.append(f'"{word.rstrip("*")}"{star}' if word.rstrip("*") else "")
    return " ".join(filter(None, parts)) or '""'


def _place(row: Sequence[object]) -> PlaceRow:
    return PlaceRow.model_validate(dict(zip(_PLACE, row, strict=True)))


def _call(row: Sequence[object]) -> CallRow:
    return CallRow.model_validate(dict(zip(_CALL, row, strict=True)))
