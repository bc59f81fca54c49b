"""The tables of a shared store, brought up step by step: each step has a number and is taken once.

Tables lie in a schema of their own, `concord`. What belongs to one run carries the run's number; the call cache and the
ledger belong to all. Kinds of records have tables of their own, called `record_…` after the kind.
"""

from collections.abc import Callable
from operator import attrgetter
from types import UnionType
from typing import Any, Union, get_args, get_origin

from ...errors import RunError
from ...records import Record
from ..address import Address
from ..kinds import Kind
from ..texts import text_digest
from .link import Connection, Link

_STEPS: tuple[tuple[str, ...], ...] = (
    (
        "CREATE TABLE concord.runs (run bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text NOT NULL UNIQUE, "
        "launched timestamptz NOT NULL DEFAULT now(), changes bigint NOT NULL DEFAULT 0)",
        "CREATE TABLE concord.texts (run bigint NOT NULL REFERENCES concord.runs ON DELETE CASCADE, digest text NOT NULL, "
        "packed integer NOT NULL, body bytea NOT NULL, PRIMARY KEY (run, digest))",
        "CREATE TABLE concord.notes (run bigint NOT NULL REFERENCES concord.runs ON DELETE CASCADE, name text NOT NULL, "
        "value text NOT NULL, PRIMARY KEY (run, name))",
        "CREATE TABLE concord.files (run bigint NOT NULL REFERENCES concord.runs ON DELETE CASCADE, name text NOT NULL, "
        "body bytea NOT NULL, PRIMARY KEY (run, name))",
        "CREATE TABLE concord.leases (run bigint PRIMARY KEY REFERENCES concord.runs ON DELETE CASCADE, token text NOT NULL, "
        "owner text NOT NULL, since timestamptz NOT NULL DEFAULT now(), expires timestamptz NOT NULL)",
        "CREATE TABLE concord.cache (key text PRIMARY KEY, value bytea NOT NULL)",
        "CREATE TABLE concord.uses (seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, use text NOT NULL, "
        "run text NOT NULL, UNIQUE (use, run))",
    ),
    (
        "ALTER TABLE concord.notes ADD COLUMN changed timestamptz",
        "CREATE TABLE concord.lines (run bigint NOT NULL REFERENCES concord.runs ON DELETE CASCADE, "
        "seq bigint GENERATED ALWAYS AS IDENTITY, name text NOT NULL, line bytea NOT NULL, PRIMARY KEY (run, name, seq))",
    ),
)
SCHEMA_VERSION = len(_STEPS)
CORE = ("texts", "notes")
"""Tables of a run that are of no kind."""

_LOCK = "SELECT pg_advisory_xact_lock(7223602461)"
"""Taken by whoever makes or changes tables; the number is Concord's own."""
_LONGEST = 256
"""Characters of an indexed text: an index of PostgreSQL takes no more than about 2,700 bytes."""


def bring_up(link: Link, *, upto: int = SCHEMA_VERSION) -> None:
    """Take the steps that a database lacks, all of them or none. `upto` stops early, for tests of older schemas.

    Raises RunError for a database of a later Concord, or one that can't hold any text.
    """

    def take(db: Connection) -> None:
        version = _version(db)
        if version is not None and version >= upto:
            return _refuse_later(link.address, version)
        with db.transaction():
            db.execute(_LOCK)
            version = _version(db) or 0
            if version == 0:
                _check_encoding(link.address, db)
                db.execute("CREATE SCHEMA IF NOT EXISTS concord")
                db.execute("CREATE TABLE IF NOT EXISTS concord.schema (version integer NOT NULL)")
                db.execute("INSERT INTO concord.schema VALUES (0)")
            for statements in _STEPS[version:upto]:
                for statement in statements:
                    db.execute(statement)
            db.execute("UPDATE concord.schema SET version = %s", (max(version, upto),))
        return None

    link.work(take)


def _version(db: Connection) -> int | None:
    """None for a database that Concord never saw."""
    # Asked of the catalogue's rows: names are looked up in a cache, which a wait for the lock leaves stale.
    if not _scalar(
        db, "SELECT count(*) FROM pg_catalog.pg_tables WHERE schemaname = 'concord' AND tablename = 'schema'"
    ):
        return None
    found = _scalar(db, "SELECT version FROM concord.schema")
    return found if isinstance(found, int) else None


def _refuse_later(address: Address, version: int) -> None:
    if version > SCHEMA_VERSION:
        raise RunError(
            f"{address.safe} was written by a later Concord (schema {version}); this version reads schema "
            f"{SCHEMA_VERSION} and older: use that version, or another database"
        )


def _check_encoding(address: Address, db: Connection) -> None:
    if (encoding := _scalar(db, "SHOW server_encoding")) != "UTF8":
        raise RunError(f"{address.safe} keeps text as {encoding}: make the database with ENCODING 'UTF8'")


def table(kind: Kind[Any]) -> str:
    return f"concord.record_{kind.name}"


Fill = Callable[[Connection, list[str]], None]
"""Gives columns of these names, in every row of a kind's table, their values."""

_seen: set[tuple[str, str, tuple[str, ...]]] = set()
"""Tables that this process has found whole: store, kind and columns."""


def make_table(link: Link, kind: Kind[Any], fill: Fill) -> None:
    """Make a kind's table, or the columns and indexes that it lacks; new columns of old rows are filled at once.

    A reader who may not make tables gets RunError only where one is missing.
    """
    mark = (link.address.safe, kind.name, kind.columns)
    if mark in _seen:
        return

    def make(db: Connection) -> None:
        wanted = {name: column_type(kind, name) for name in kind.columns}
        if wanted.keys() <= _columns(db, kind) and _indexes(kind).keys() <= _indexed(db, kind):
            return
        with db.transaction():
            db.execute(_LOCK)
            had = _columns(db, kind)
            listed = "".join(f'"{name}" {kind_}, ' for name, kind_ in wanted.items())
            db.execute(
                f"CREATE TABLE IF NOT EXISTS {table(kind)} (seq bigint GENERATED ALWAYS AS IDENTITY, "
                f"run bigint NOT NULL REFERENCES concord.runs ON DELETE CASCADE, id text NOT NULL, {listed}"
                "final boolean NOT NULL, body text NOT NULL, texts text, PRIMARY KEY (run, id))"
            )
            lacking = [name for name in wanted if had and name not in had]
            for name in lacking:
                db.execute(f'ALTER TABLE {table(kind)} ADD COLUMN "{name}" {wanted[name]}')
            for name, columns in _indexes(kind).items():
                db.execute(f"CREATE INDEX IF NOT EXISTS {name} ON {table(kind)} (run, {columns})")
            if lacking:
                fill(db, lacking)

    link.work(make)
    _seen.add(mark)


def _columns(db: Connection, kind: Kind[Any]) -> set[object]:
    rows = db.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'concord' AND table_name = %s",
        (f"record_{kind.name}",),
    )
    return {name for (name,) in rows.fetchall()}


def _indexed(db: Connection, kind: Kind[Any]) -> set[object]:
    rows = db.execute(
        "SELECT indexname FROM pg_indexes WHERE schemaname = 'concord' AND tablename = %s",
        (f"record_{kind.name}",),
    )
    return {name for (name,) in rows.fetchall()}


def _indexes(kind: Kind[Any]) -> dict[str, str]:
    """Names and columns of a kind's indexes."""
    found = {f"record_{kind.name}_in_order": "seq"}
    for index in kind.indexes or tuple((column,) for column in kind.indexed):
        found[f"record_{kind.name}_by_{'_'.join(index)}"] = ", ".join(f'"{column}"' for column in index)
    return found


def column_type(kind: Kind[Any], name: str) -> str:
    """`bigint` for a field that is a whole number, `double precision` for one that is added up, else `text`."""
    if name in kind.summed:
        return "double precision"
    reader = kind.indexed[name]
    if not isinstance(reader, attrgetter):
        return "text"
    annotation: Any = kind.record
    for step in reader.__reduce__()[1][0].split("."):
        inner = isinstance(annotation, type) and issubclass(annotation, Record)
        field = annotation.model_fields.get(step) if inner else None
        annotation = field.annotation if field is not None else None
    if get_origin(annotation) in (Union, UnionType):
        kinds = [each for each in get_args(annotation) if each is not type(None)]
        annotation = kinds[0] if len(kinds) == 1 else None
    return "bigint" if annotation in (int, bool) else "text"


def as_column(value: object, kind: str = "text") -> object:
    """A field as an indexed column holds it: PostgreSQL's text has no NUL, and its indexes no long texts.

    Different values stay different.
    """
    if value is None:
        return None
    if kind != "text":
        return value if isinstance(value, float) else int(value) if isinstance(value, (bool, int)) else value
    return plain_text(value if isinstance(value, str) else str(value))


def plain_text(text: str) -> str:
    """`text` without NUL and lone surrogates, and short; what is plain and short already stays as it is."""
    if "\0" in text or "\U000f0000" in text or not text.isascii():
        text = text.replace("\U000f0000", "\U000f0000\U000f0001").replace("\0", "\U000f0000")
        text = text.encode("utf-8", "backslashreplace").decode()
    if len(text) <= _LONGEST:
        return text
    return f"{text[: _LONGEST - 64]}{text_digest(text)}"


def _scalar(db: Connection, sql: str) -> object:
    row = db.execute(sql).fetchone()
    return None if row is None else row[0]
