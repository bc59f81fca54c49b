"""A store keeps any kind of record, found again by id and by field: the same for SQLite and memory."""

import sqlite3
from collections.abc import Callable, Iterator
from operator import attrgetter
from pathlib import Path
from typing import Literal

import pytest

from concord.errors import RunError
from concord.records import Record
from concord.store.address import Address
from concord.store.kinds import Kind, fields
from concord.store.memory import MemoryStore
from concord.store.protocol import Store
from concord.store.schema import SCHEMA_VERSION
from concord.store.sqlite import SqliteStore


class Letter(Record):
    """A record that no room of Concord knows."""

    id: str
    to: str
    round: int = 1
    status: Literal["written", "sent"] = "written"
    pages: tuple[tuple[str, str], ...] = ()
    cover: str = ""
    grams: float = 0.0


class Stamp(Record):
    id: str
    value: int | None = None


LETTERS: Kind[Letter] = Kind(
    "letters",
    Letter,
    attrgetter("id"),
    fields("to", "round", "status"),
    indexes=(("to", "status"),),
    texts=("pages", "cover"),
    summed=fields("grams"),
    final=lambda letter: letter.status == "sent",
)
STAMPS: Kind[Stamp] = Kind("stamps", Stamp, attrgetter("id"), fields("value"))


@pytest.fixture(params=["sqlite", "memory", "postgres"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    made: Store
    if request.param == "postgres":
        address = Address.parse(request.getfixturevalue("database"))
        from concord.store.postgres.catalogue import Catalogue
        from concord.store.postgres.store import PostgresStore

        catalogue = Catalogue(address)
        catalogue.claim("run")
        catalogue.close()
        made = PostgresStore.open(address, "run")
    else:
        made = SqliteStore.create(tmp_path / "run") if request.param == "sqlite" else MemoryStore()
    yield made
    made.close()


LONG = "page after page " * 200


def letter(key: str, to: str = "ann", **more: object) -> Letter:
    plain: dict[str, object] = {"id": key, "to": to, "pages": (("1", LONG), ("2", f"to {to}")), "cover": "c"}
    return Letter.model_validate(plain | more)


def test_a_record_comes_back_as_it_was_put_in(store: Store) -> None:
    written = letter("a", cover="why \u2028 'not'; \x00 漢" * 20)
    store.repository(LETTERS).add([written])
    store.repository(STAMPS).add([Stamp(id="s", value=None)])
    assert store.repository(LETTERS).get("a") == written
    store.flush()
    assert store.repository(LETTERS).get("a") == written
    assert store.repository(LETTERS).find() == [written]
    assert store.repository(STAMPS).get("s") == Stamp(id="s")


def test_what_was_just_added_is_seen_before_any_flush(store: Store) -> None:
    store.repository(STAMPS).add([Stamp(id="s", value=2)])
    store.repository(LETTERS).put(letter("a"))
    assert store.repository(STAMPS).get("s").value == 2
    assert store.repository(STAMPS).count(value=2) == 1
    assert store.repository(LETTERS).find(to="ann") == [letter("a")]


def test_records_are_found_by_their_fields_in_the_order_of_adding(store: Store) -> None:
    letters = store.repository(LETTERS)
    letters.add([letter(f"{n}", "ann" if n % 2 else "bob", round=n // 5) for n in range(9, 0, -1)])
    assert [each.id for each in letters.find(to="ann")] == ["9", "7", "5", "3", "1"]
    assert [each.id for each in letters.find(to="ann", round=1)] == ["9", "7", "5"]
    assert letters.count(to="bob") == 4
    assert letters.find(to="eve") == []
    assert len(letters.find()) == letters.count() == 9


def test_adding_a_record_again_changes_nothing(store: Store) -> None:
    stamps = store.repository(STAMPS)
    for value in (1, 2):
        stamps.add([Stamp(id="s", value=value)])
    store.flush()
    stamps.add([Stamp(id="s", value=3)])
    store.flush()
    assert [stamp.value for stamp in stamps.find()] == [1]


def test_a_record_is_replaced_until_it_is_final(store: Store) -> None:
    letters = store.repository(LETTERS)
    for grams in (1.0, 2.0):
        letters.put(letter("a", grams=grams))
        store.flush()
        assert letters.get("a").grams == grams
    letters.put(letter("a", status="sent", grams=3.0))
    letters.put(letter("a", grams=4.0))
    assert letters.get("a").grams == 3.0
    store.flush()
    letters.put(letter("a", grams=5.0))
    assert letters.get("a").grams == 3.0
    store.flush()
    assert letters.get("a").grams == 3.0
    assert (letters.count(), letters.count(status="sent"), letters.count(status="written")) == (1, 1, 0)


def test_a_page_has_no_texts(store: Store) -> None:
    letters = store.repository(LETTERS)
    letters.add([letter(f"{n}", "ann" if n % 5 else "bob") for n in range(25)])
    page = letters.page(limit=3, offset=2, to="ann")
    assert [each.id for each in page] == ["3", "4", "6"]
    assert all(each.pages == () and each.cover == "" for each in page)
    assert letters.page(limit=10, offset=100) == []


def test_numbers_are_added_up_by_a_field(store: Store) -> None:
    letters = store.repository(LETTERS)
    letters.add([letter("1", "bob", grams=1.5), letter("2", grams=2.0), letter("3", "bob")])
    assert letters.sums("to") == {"ann": {"count": 1, "grams": 2.0}, "bob": {"count": 2, "grams": 1.5}}
    assert list(letters.sums("to")) == ["ann", "bob"]


def test_a_field_that_is_not_indexed_is_a_bug_that_says_so(store: Store) -> None:
    with pytest.raises(ValueError, match="letters are not indexed by 'cover', only by to, round, status"):
        store.repository(LETTERS).find(cover="c")


def test_an_unknown_id_is_a_key_error(store: Store) -> None:
    with pytest.raises(KeyError):
        store.repository(STAMPS).get("nope")
    with pytest.raises(KeyError):
        store.repository(LETTERS).get("nope")
    with pytest.raises(KeyError):
        store.text("0" * 64)


@pytest.mark.parametrize("name", ["x; DROP TABLE calls", "body", ""])
def test_a_kind_with_a_bad_name_is_refused(name: str) -> None:
    with pytest.raises(ValueError, match="no name for a table"):
        Kind(name, Stamp, attrgetter("id"), {})


@pytest.mark.parametrize("text", ["", "short", "long " * 2000, "line\r\n\u2028 é 漢 \x00", "\ud800 alone"])
def test_any_text_comes_back(store: Store, text: str) -> None:
    key = store.put_text(text)
    assert store.text(key) == text
    store.flush()
    assert store.text(key) == text
    assert store.put_text(text) == key


def test_a_note_is_replaced_and_listed_by_prefix(store: Store) -> None:
    store.put_note("round/2", {"gain": 0.1})
    store.put_note("round/1", [1, None, "é"])
    store.put_note("round_1", "not of the prefix")
    store.put_note("round/2", {"gain": 0.2})
    assert store.note("round/2") == {"gain": 0.2}
    assert store.note("nothing") is None
    assert list(store.notes("round/")) == [("round/1", [1, None, "é"]), ("round/2", {"gain": 0.2})]


def test_a_run_is_read_by_another_connection_while_it_is_written(tmp_path: Path) -> None:
    writer = SqliteStore.create(tmp_path / "run")
    reader = SqliteStore.open(tmp_path / "run")
    writer.repository(LETTERS).put(letter("a"))
    assert reader.repository(LETTERS).count() == 0
    writer.flush()
    assert reader.repository(LETTERS).get("a") == letter("a")
    reader.repository(STAMPS).add([Stamp(id="s")])
    reader.close()
    assert writer.repository(STAMPS).count() == 1
    writer.close()


def test_what_is_closed_is_there_when_opened_again(tmp_path: Path) -> None:
    store = SqliteStore.create(tmp_path / "run")
    store.repository(LETTERS).put(letter("a"))
    store.close()
    again = SqliteStore.open(tmp_path / "run")
    again.repository(LETTERS).put(letter("b"))
    assert again.repository(LETTERS).find() == [letter("a"), letter("b")]
    again.close()


def test_equal_texts_lie_on_disk_once(tmp_path: Path) -> None:
    store = SqliteStore.create(tmp_path / "run")
    for n in range(300):
        store.repository(LETTERS).put(letter(f"{n}", pages=(("same", LONG), ("own", f"{n} " * 100))))
    store.close()
    db = sqlite3.connect(tmp_path / "run" / "run.db")
    assert db.execute("SELECT count(*) FROM texts").fetchone() == (301,)
    assert db.execute("SELECT max(length(texts)) FROM letters").fetchone()[0] < 500
    db.close()


def _nothing(folder: Path) -> None:
    folder.mkdir()


def _not_a_database(folder: Path) -> None:
    folder.mkdir()
    (folder / "run.db").write_text("hello " * 1000)


def _of_version(version: int) -> Callable[[Path], None]:
    def make(folder: Path) -> None:
        SqliteStore.create(folder).close()
        db = sqlite3.connect(folder / "run.db")
        db.execute(f"PRAGMA user_version = {version}")
        db.close()

    return make


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (_nothing, "is not a run"),
        (_not_a_database, "can't be read as a run's database"),
        (
            _of_version(1),
            r"run was written by Concord 0\.1 \(schema 1\); this version reads schemas 2 to 3: "
            "keep the old version for it, or start a new run$",
        ),
        (_of_version(SCHEMA_VERSION + 1), "by a later Concord"),
    ],
)
def test_a_folder_that_is_no_run_of_this_version_is_refused_in_one_sentence(
    tmp_path: Path, make: Callable[[Path], None], said: str
) -> None:
    make(tmp_path / "run")
    with pytest.raises(RunError, match=said):
        SqliteStore.open(tmp_path / "run")


def test_a_run_is_not_created_over_another(tmp_path: Path) -> None:
    SqliteStore.create(tmp_path / "run").close()
    with pytest.raises(RunError, match="already holds a run"):
        SqliteStore.create(tmp_path / "run")


def test_memory_may_let_go_of_texts() -> None:
    letters = MemoryStore(texts=False).repository(LETTERS)
    letters.put(letter("a"))
    assert letters.get("a").pages == ()
    assert letters.get("a").to == "ann"
