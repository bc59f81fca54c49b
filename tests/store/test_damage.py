"""Damaged files, full disks, folders that can't be written, a second process: one sentence, nothing lost."""

import json
import multiprocessing
import os
import signal
import sqlite3
import stat
import time
from operator import attrgetter
from pathlib import Path

import pytest

from concord.errors import RunError
from concord.records import Record, digest
from concord.store.cache import DiskCallCache
from concord.store.kinds import Kind
from concord.store.ledger import Ledger
from concord.store.lock import LOCK, run_lock
from concord.store.runs import create_run
from concord.store.sqlite import SqliteStore


class Note(Record):
    id: str
    text: str = ""


NOTES: Kind[Note] = Kind(
    "letters", Note, attrgetter("id"), {"first": lambda note: note.id[:1]}, texts=("text",)
)
OTHERS: Kind[Note] = Kind("others", Note, attrgetter("id"), {})


def run_with(folder: Path, count: int = 300) -> Path:
    store = SqliteStore.create(folder)
    store.repository(NOTES).add([Note(id=f"{n:04d}", text=f"note {n} " * 40) for n in range(count)])
    store.close()
    return folder / "run.db"


def read_all(folder: Path) -> list[Note]:
    store = SqliteStore.open(folder)
    try:
        notes = store.repository(NOTES)
        notes.count(first="0")
        return notes.find()
    finally:
        store.close()


def one_sentence(problem: pytest.ExceptionInfo[RunError]) -> str:
    text = str(problem.value)
    assert "\n" not in text
    return text


# Databases


@pytest.mark.parametrize("keep", [0.1, 0.5, 0.9])
def test_a_truncated_database_is_one_sentence(tmp_path: Path, keep: float) -> None:
    path = run_with(tmp_path / "run")
    path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
    with pytest.raises(RunError) as problem:
        read_all(tmp_path / "run")
    assert str(path) in one_sentence(problem)


def test_a_scribbled_database_is_one_sentence(tmp_path: Path) -> None:
    path = run_with(tmp_path / "run")
    content = bytearray(path.read_bytes())
    content[4096 : len(content)] = b"\xa5" * (len(content) - 4096)
    path.write_bytes(content)
    with pytest.raises(RunError) as problem:
        read_all(tmp_path / "run")
    assert "damaged" in one_sentence(problem)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE letters SET body = 'not json'", "a record of letters can't be read"),
        ("DELETE FROM texts", "a text of letters is missing"),
        ("UPDATE texts SET packed = 1, body = x'00'", "a text of letters is missing"),
        ("UPDATE letters SET texts = '[]'", "a text of letters is missing"),
    ],
)
def test_a_record_that_something_else_changed_is_one_sentence(tmp_path: Path, change: str, said: str) -> None:
    path = run_with(tmp_path / "run")
    db = sqlite3.connect(path)
    db.execute(change)
    db.commit()
    db.close()
    with pytest.raises(RunError, match=said) as problem:
        read_all(tmp_path / "run")
    assert "damaged" in one_sentence(problem)


def test_a_full_disk_is_said_and_what_waits_is_written_once_there_is_room(tmp_path: Path) -> None:
    store = SqliteStore.create(tmp_path / "run")
    notes = store.repository(NOTES)
    pages = store._database.db.execute("PRAGMA page_count").fetchone()[0]
    store._database.db.execute(f"PRAGMA max_page_count = {pages + 2}")
    written = [Note(id=f"{n:04d}", text=os.urandom(600).hex()) for n in range(300)]
    with pytest.raises(RunError, match="can't be written") as problem:
        notes.add(written)
    assert "full" in one_sentence(problem)
    store._database.db.execute("PRAGMA max_page_count = 100000")
    store.flush()
    assert notes.count() == 300
    assert len(notes.find()[299].text) == 1200
    store.close()


def test_a_finished_run_is_read_from_a_folder_that_cannot_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_with(tmp_path / "run", 20)
    monkeypatch.setattr("concord.store.sqlite.os.access", lambda *_: False)  # root may write everywhere
    before = sorted(file.name for file in (tmp_path / "run").iterdir())
    store = SqliteStore.open(tmp_path / "run")
    assert len(store.repository(NOTES).find()) == 20
    assert store.repository(OTHERS).find() == []
    store.close()
    assert sorted(file.name for file in (tmp_path / "run").iterdir()) == before


# The cache


def test_a_damaged_cache_is_one_sentence_with_the_way_out(tmp_path: Path) -> None:
    cache = DiskCallCache(tmp_path)
    cache.put_many({digest(n): os.urandom(500) for n in range(200)})
    cache.close()
    (tmp_path / "cache.db").write_bytes(b"scribble " * 5000)
    with pytest.raises(RunError, match="delete that folder") as problem:
        DiskCallCache(tmp_path).get(digest(1))
    one_sentence(problem)


def test_a_disk_that_is_full_under_the_cache_is_said_at_once(tmp_path: Path) -> None:
    cache = DiskCallCache(tmp_path)
    cache.put(digest("first"), b"kept")
    cache._cache._sql("PRAGMA max_page_count = 1").fetchall()
    began = time.monotonic()
    many = {digest(n): os.urandom(2000) for n in range(2000)}
    with pytest.raises(RunError, match="can't be used") as problem:
        cache.put_many(many)
    assert time.monotonic() - began < 30
    assert "full" in one_sentence(problem)
    assert cache.get(digest("first")) == b"kept"
    cache.close()


def test_a_large_answer_that_the_disk_has_no_room_for_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = DiskCallCache(tmp_path)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(type(cache._cache.disk), "_write", full)
    with pytest.raises(RunError, match="No space left on device"):
        cache.put(digest("large"), b"x" * 200_000)
    cache.close()


# The ledger


@pytest.mark.parametrize("cut", range(1, 30, 4))
def test_a_torn_line_of_the_ledger_mends_itself(tmp_path: Path, cut: int) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    assert [ledger.record("data", "one"), ledger.record("data", "two")] == [1, 2]
    whole = ledger.path.read_bytes()
    ledger.path.write_bytes(whole[:-cut])
    left = 2 if cut == 1 else 1  # only the line's end is missing
    assert ledger.openings("data") == left
    assert ledger.record("data", "three") == left + 1
    assert all(json.loads(line) for line in ledger.path.read_text().splitlines())
    assert Ledger(ledger.path).openings("data") == left + 1


def test_runs_that_select_on_the_same_split_are_counted_apart_from_openings(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    assert ledger.record_selection("data", 0, "a") == 1
    assert ledger.record_selection("data", 0, "b") == 2
    assert ledger.record_selection("data", 1, "b") == 1
    assert ledger.record_selection("data", 0, "a") == 1
    assert ledger.record("data", "a") == 1
    assert (ledger.selections("data", 0), ledger.selections("other", 0)) == (2, 0)
    assert ledger.openings("data") == 1


def test_a_ledger_in_a_folder_that_cannot_be_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(RunError, match="can't be") as problem:
        Ledger(tmp_path / "file" / "ledger.jsonl").record("data", "run")
    one_sentence(problem)


# One process a run


def _hold(folder: Path, ready: str) -> None:
    with run_lock(folder):
        Path(ready).write_text("held")
        time.sleep(60)


def test_a_second_process_is_told_which_one_holds_the_run_and_a_dead_one_holds_nothing(
    tmp_path: Path,
) -> None:
    ready = tmp_path / "ready"
    holder = multiprocessing.get_context("fork").Process(target=_hold, args=(tmp_path, str(ready)))
    holder.start()
    while not ready.exists():
        time.sleep(0.01)
    with (
        pytest.raises(RunError, match=rf"in use by process {holder.pid} on \S+ since 20") as problem,
        run_lock(tmp_path),
    ):
        pass
    one_sentence(problem)
    assert holder.pid is not None
    os.kill(holder.pid, signal.SIGKILL)
    holder.join()
    assert (tmp_path / LOCK).read_text()
    with run_lock(tmp_path):
        pass


def test_a_lock_is_let_go_whatever_happens_inside(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), run_lock(tmp_path):
        raise ZeroDivisionError
    with run_lock(tmp_path), pytest.raises(RunError, match=f"process {os.getpid()}"), run_lock(tmp_path):
        pass


def test_a_folder_that_cannot_be_locked_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="can't be locked"), run_lock(tmp_path / "nowhere"):
        pass


# Who may look


def test_only_its_owner_may_enter_a_run(tmp_path: Path) -> None:
    made = create_run(tmp_path / "runs", ["a"], 0).path
    given = tmp_path / "given"
    given.mkdir(mode=0o755)
    for folder in (made, given):
        SqliteStore.create(folder).close()
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
