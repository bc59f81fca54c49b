"""What a reader needs at once, made ready beside a run: a small database that can be thrown away at any time.

It holds the calls without their texts, a full-text index, the participants' data and the figures a section. A
process of its own fills it, stage by stage; pages read what is there and say what isn't yet.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

from ...records import Record
from .source import RunSource

INDEX_VERSION = 1
STAGES = ("calls", "people", "search")
Stage = Literal["calls", "people", "search"]

_TABLES = """
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE calls (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, round INTEGER, node TEXT, subject TEXT, role TEXT,
  status TEXT, failed INTEGER, cached INTEGER, attempts INTEGER, input_tokens INTEGER, cached_tokens INTEGER,
  output_tokens INTEGER, usd REAL, latency REAL, unpriced INTEGER);
CREATE INDEX calls_by_place ON calls (round, node, subject, role, failed);
CREATE INDEX calls_by_subject ON calls (subject, failed);
CREATE INDEX calls_by_role ON calls (role, failed);
CREATE INDEX calls_by_failure ON calls (failed, seq);
CREATE INDEX calls_open ON calls (status) WHERE status NOT IN ('answered', 'failed');
CREATE TABLE places (
  round INTEGER, node TEXT, subject TEXT, role TEXT, first INTEGER, calls INTEGER, failed INTEGER, cached INTEGER,
  attempts INTEGER, input_tokens INTEGER, output_tokens INTEGER, usd REAL, latency REAL, unpriced INTEGER);
CREATE TABLE texts (id INTEGER PRIMARY KEY, digest TEXT NOT NULL UNIQUE, calls INTEGER NOT NULL DEFAULT 0);
CREATE TABLE call_texts (text INTEGER, call INTEGER, PRIMARY KEY (text, call)) WITHOUT ROWID;
CREATE INDEX call_texts_by_call ON call_texts (call, text);
CREATE VIRTUAL TABLE replies USING fts5 (body, content='', tokenize='unicode61 remove_diacritics 2');
CREATE VIRTUAL TABLE prompts USING fts5 (body, content='', tokenize='unicode61 remove_diacritics 2');
CREATE TABLE conversations (
  id TEXT PRIMARY KEY, title TEXT, section TEXT, people INTEGER, before REAL, after REAL, moved REAL, gap REAL,
  body TEXT);
CREATE INDEX conversations_by_gap ON conversations (gap);
CREATE INDEX conversations_by_move ON conversations (moved);
CREATE INDEX conversations_by_section ON conversations (section, gap);
CREATE TABLE answers (conversation TEXT, arm TEXT, body TEXT, PRIMARY KEY (conversation, arm)) WITHOUT ROWID;
CREATE TABLE relevant (section TEXT, conversation TEXT, grade INTEGER, PRIMARY KEY (section, conversation)) WITHOUT ROWID;
CREATE TABLE assessments (
  id TEXT PRIMARY KEY, conversation TEXT, participant TEXT, ranking TEXT, rationale TEXT, demographics TEXT)
  WITHOUT ROWID;
CREATE INDEX assessments_by_conversation ON assessments (conversation);
CREATE TABLE figures (
  section TEXT, key TEXT, value TEXT, people INTEGER, conversations INTEGER, arm TEXT, estimate REAL, low REAL, high REAL);
CREATE INDEX figures_by_key ON figures (key, section);
"""


class Progress(Record):
    """How far an index is."""

    ready: tuple[str, ...] = ()
    """Stages that are there."""
    done: int = 0
    """Of the stage under way: how many calls, of `total`."""
    total: int = 0
    problem: str = ""
    """Why the participants' data can't be shown; empty when it can."""

    def has(self, stage: Stage) -> bool:
        return stage in self.ready


class Index:
    """The index of one run, in a folder for indexes."""

    def __init__(self, source: RunSource, folder: Path) -> None:
        self.source = source
        place = f"{source.folder.path.resolve()}\0{source.launched.run}\0{INDEX_VERSION}"
        self.path = folder / f"{hashlib.sha256(place.encode()).hexdigest()[:24]}.db"

    def create(self) -> None:
        """Make an empty index where there is none. Only its owner may read it: it quotes the participants."""
        self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.path.exists():
            return
        making = self.path.with_name(f".{self.path.name}.new")
        making.unlink(missing_ok=True)
        db = sqlite3.connect(making)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.executescript(_TABLES)
        finally:
            db.close()
        making.chmod(0o600)
        making.replace(self.path)

    @contextmanager
    def open(self, *, write: bool = False) -> Iterator[sqlite3.Connection]:
        db = sqlite3.connect(self.path, timeout=30.0, isolation_level=None, check_same_thread=False)
        try:
            db.execute("PRAGMA synchronous = OFF" if write else "PRAGMA query_only = ON")
            yield db
        finally:
            db.close()

    def progress(self) -> Progress:
        if not self.path.exists():
            return Progress()
        with self.open() as db:
            meta = dict(db.execute("SELECT name, value FROM meta WHERE name != 'stamp'").fetchall())
        return Progress(
            ready=tuple(stage for stage in STAGES if meta.get(stage)),
            done=int(meta.get("done", 0)),
            total=int(meta.get("total", 0)),
            problem=meta.get("problem", ""),
        )

    def current(self) -> bool:
        """Whether it holds all that the run's database does."""
        if not self.path.exists():
            return False
        with self.open() as db:
            row = db.execute("SELECT value FROM meta WHERE name = 'stamp'").fetchone()
        return row is not None and row[0] == str(self.source.stamp())


def note(db: sqlite3.Connection, name: str, value: object) -> None:
    """Write one line of the index's own state."""
    db.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (name, str(value)))


def storable(text: str) -> str:
    """A text as SQLite takes it: lone surrogates, as hostile data may hold, become question marks."""
    return text.encode("utf-8", "replace").decode("utf-8")
