"""A run's file of an older schema is brought up step by step, with its rows; a reader leaves it as it is."""

import sqlite3
from operator import attrgetter
from pathlib import Path

import pytest

from concord.errors import RunError
from concord.records import Record
from concord.store import schema
from concord.store.kinds import Kind, fields
from concord.store.reading import FileRows
from concord.store.sqlite import SqliteStore


class Letter(Record):
    id: str
    to: str = ""
    round: int = 1


LETTERS: Kind[Letter] = Kind("letters", Letter, attrgetter("id"), fields("to"))
LETTERS_BY_ROUND: Kind[Letter] = Kind(
    "letters", Letter, attrgetter("id"), fields("to", "round"), summed={"weight": attrgetter("round")}
)


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A run of schema 2, with rows, as Concord 0.2 left it."""
    folder = tmp_path / "run"
    folder.mkdir()
    db = sqlite3.connect(folder / "run.db", isolation_level=None)
    schema.bring_up(db, folder / "run.db", upto=2)
    db.execute("INSERT INTO notes VALUES ('asked', '[1]')")
    db.execute("INSERT INTO texts VALUES ('d', 0, ?)", (b"text",))
    for statement in schema.table_of(LETTERS):
        db.execute(statement)
    db.execute('INSERT INTO letters VALUES (1, \'a\', \'ann\', 0, \'{"id":"a","to":"ann","round":7}\', NULL)')
    db.close()
    return folder


def version(folder: Path) -> int:
    db = sqlite3.connect(folder / "run.db")
    try:
        return int(db.execute("PRAGMA user_version").fetchone()[0])
    finally:
        db.close()


def test_an_older_schema_is_brought_up_with_its_rows(old: Path) -> None:
    assert version(old) == 2
    store = SqliteStore.open(old)
    assert (store.note("asked"), store.note_changed("asked"), store.text("d")) == ([1], None, "text")
    assert store.repository(LETTERS).find(to="ann") == [Letter(id="a", to="ann", round=7)]
    store.put_note("asked", 2)
    assert store.note_changed("asked") is not None
    store.close()
    assert version(old) == schema.SCHEMA_VERSION
    SqliteStore.open(old).close()


def test_a_reader_changes_nothing(old: Path) -> None:
    before = (old / "run.db").read_bytes()
    rows = FileRows(old / "run.db")
    with rows.open() as db:
        assert db.execute("SELECT value FROM notes WHERE name = ?", ["asked"]).fetchone() == ("[1]",)
    assert (old / "run.db").read_bytes() == before


def test_a_step_that_fails_leaves_the_file_as_it_was(old: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "_STEPS", {3: ("ALTER TABLE notes ADD COLUMN changed TEXT", "no SQL at all")})
    with pytest.raises(RunError, match="can't be read as a run's database"):
        SqliteStore.open(old)
    monkeypatch.undo()
    assert version(old) == 2
    store = SqliteStore.open(old)
    assert store.note("asked") == [1]
    store.close()


def test_a_later_schema_is_refused_by_readers_and_writers(old: Path) -> None:
    db = sqlite3.connect(old / "run.db")
    db.execute(f"PRAGMA user_version = {schema.SCHEMA_VERSION + 1}")
    db.close()
    said = rf"written by a later Concord \(schema {schema.SCHEMA_VERSION + 1}\); this version reads schemas 2 to "
    with pytest.raises(RunError, match=said):
        SqliteStore.open(old)
    with pytest.raises(RunError, match=said):
        FileRows(old / "run.db")


def test_a_field_that_is_indexed_only_now_is_filled_for_old_records(old: Path) -> None:
    store = SqliteStore.open(old)
    letters = store.repository(LETTERS_BY_ROUND)
    assert [each.id for each in letters.find(round=7)] == ["a"]
    assert letters.sums("to") == {"ann": {"count": 1, "weight": 7}}
    letters.put(Letter(id="b", round=8))
    store.close()
    store = SqliteStore.open(old)
    assert store.repository(LETTERS_BY_ROUND).count(round=8) == 1
    store.close()
