"""A store on PostgreSQL holds many runs and serves many workers: names, secrets, schemas, leases, restarts."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from operator import attrgetter
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from concord.errors import OptionError, RunError
from concord.models.tickets import TicketBook, waiting
from concord.records import Record
from concord.store.address import POINTER, Address, Pointer, address_of, pointer_of
from concord.store.kinds import Kind, fields
from concord.testing.postgres import PostgresServer, postgres

psycopg = pytest.importorskip("psycopg", reason="the extra `postgres` isn't installed")

from concord.store.postgres import schema  # noqa: E402
from concord.store.postgres.catalogue import Catalogue  # noqa: E402
from concord.store.postgres.lease import Lease  # noqa: E402
from concord.store.postgres.lines import PostgresLines  # noqa: E402
from concord.store.postgres.link import Link  # noqa: E402
from concord.store.postgres.rows import PostgresRows  # noqa: E402
from concord.store.postgres.shared import PostgresCallCache, PostgresLedger  # noqa: E402
from concord.store.postgres.store import PostgresStore  # noqa: E402


class Letter(Record):
    id: str
    to: str = ""
    round: int = 1
    text: str = ""


LETTERS: Kind[Letter] = Kind("letters", Letter, attrgetter("id"), fields("to"), texts=("text",))
LETTERS_BY_ROUND: Kind[Letter] = Kind(
    "letters", Letter, attrgetter("id"), fields("to", "round"), texts=("text",)
)
KEY = "0" * 64


@pytest.fixture
def address(database: str) -> Address:
    return Address.parse(database)


@pytest.fixture
def catalogue(address: Address) -> Iterator[Catalogue]:
    made = Catalogue(address)
    yield made
    made.close()


def rows_of(address: Address, sql: str) -> list[Any]:
    with psycopg.connect(address.url) as db:
        return list(db.execute(sql.encode()).fetchall())


def test_runs_on_one_store_know_nothing_of_each_other(address: Address, catalogue: Catalogue) -> None:
    assert catalogue.claim("one")
    assert catalogue.claim("two")
    assert not catalogue.claim("one")
    one, two = PostgresStore.open(address, "one"), PostgresStore.open(address, "two")
    for store, to in ((one, "ann"), (two, "bob")):
        store.repository(LETTERS).add([Letter(id="same", to=to, text=to * 200)])
        store.put_note("note", to)
        store.flush()
    digest = one.put_text("ann" * 200)
    with pytest.raises(KeyError):
        two.text(digest)
    assert [each.to for each in one.repository(LETTERS).find()] == ["ann"]
    assert two.repository(LETTERS).get("same").text == "bob" * 200
    assert (one.note("note"), two.note("note")) == ("ann", "bob")
    catalogue.withdraw("one")
    assert two.repository(LETTERS).count() == 1
    assert [run.name for run in catalogue.runs()] == ["two"]
    one.close()
    two.close()


def test_rows_are_read_by_the_sql_that_reads_a_file(address: Address, catalogue: Catalogue) -> None:
    for run in ("one", "two"):
        catalogue.claim(run)
        store = PostgresStore.open(address, run)
        store.repository(LETTERS).add([Letter(id=f"{n}", to=run, text="x" * n * 90) for n in range(3)])
        store.close()
    rows = PostgresRows(address, "two")
    before = rows.stamp()
    with rows.open() as db:
        assert db.execute('SELECT id, "to" FROM letters WHERE id = ? ORDER BY seq', ["1"]).fetchall() == [
            ("1", "two")
        ]
        assert db.execute("SELECT count(*) FROM texts").fetchone() == (1,)
    assert rows.has("letters")
    assert not rows.has("parcels")
    assert rows.stamp() == before
    store = PostgresStore.open(address, "two")
    store.put_note("n", 1)
    assert rows.stamp() != before
    store.close()


@pytest.mark.parametrize("odd", ["a\x00b", "x" * 5000, "é漢", "\U000f0000", "back\\slash", ""])
def test_any_field_is_found_again(address: Address, catalogue: Catalogue, odd: str) -> None:
    catalogue.claim("run")
    store = PostgresStore.open(address, "run")
    letters = store.repository(LETTERS)
    letters.add([Letter(id=f"id {odd}", to=odd), Letter(id=f"other {odd}", to=odd + "!")])
    assert [each.to for each in letters.find(to=odd)] == [odd]
    assert letters.get(f"id {odd}").to == odd
    store.put_note(odd or "empty", odd)
    assert store.note(odd or "empty") == odd
    store.close()


def test_the_cache_and_the_ledger_belong_to_all(address: Address) -> None:
    caches = [PostgresCallCache(address) for _ in range(2)]
    caches[0].put(KEY, b"answer\x00")
    assert caches[1].get(KEY) == b"answer\x00"
    assert caches[1].get("1" * 64) is None
    ledgers = [PostgresLedger(address) for _ in range(2)]
    assert [
        ledgers[0].record("data", "a"),
        ledgers[1].record("data", "b"),
        ledgers[1].record("data", "a"),
    ] == [1, 2, 1]
    assert (ledgers[0].openings("data"), ledgers[0].openings("other")) == (2, 0)
    assert ledgers[0].record_selection("data", 7, "a") == 1
    assert ledgers[1].selections("data", 7) == 1
    for cache in caches:
        cache.close()
    for ledger in ledgers:
        ledger.close()


def test_reviewers_write_at_once_and_no_line_is_lost(address: Address, catalogue: Catalogue) -> None:
    catalogue.claim("run")

    def write(name: str) -> None:
        lines = PostgresLines(address, "run", "reviews.jsonl")
        for n in range(5):
            lines.add(f"{name} {n}".encode())

    writers = [Thread(target=write, args=(name,)) for name in "abc"]
    for each in writers:
        each.start()
    for each in writers:
        each.join()
    read = PostgresLines(address, "run", "reviews.jsonl").read()
    assert sorted(read) == sorted(f"{name} {n}".encode() for name in "abc" for n in range(5))


def test_tickets_of_batches_are_found_by_the_worker_that_takes_over(
    address: Address, catalogue: Catalogue
) -> None:
    catalogue.claim("run")
    first = PostgresStore.open(address, "run")
    book = TicketBook("openai-batch:m", "m", first)
    ticket = book.plan(["k1", "k2"], 1000.0)  # on disk at once: the process may die before it sends
    second = PostgresStore.open(address, "run")
    found = TicketBook("openai-batch:m", "m", second).of("k2")
    assert found == ticket
    assert TicketBook("openai-batch:m", "another", second).of("k2") is None
    book.write(ticket.model_copy(update={"state": "sent", "batch": "b"}))
    assert [each.batch for each in waiting(second)] == ["b"]
    book.write(ticket.model_copy(update={"state": "ended", "batch": "b", "failed": ("k1",)}))
    assert waiting(second) == []
    first.close()
    second.close()


# Addresses


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("postgresql://ann:s3cret@db.org:5432/concord", "postgresql://ann@db.org:5432/concord"),
        ("postgres://ann:s3:cr@et@db.org/concord", "postgresql://ann@db.org/concord"),
        (
            "postgresql://db.org/concord?password=s3cret&sslmode=require",
            "postgresql://db.org/concord?sslmode=require",
        ),
        ("postgresql:///concord?host=/tmp", "postgresql:///concord?host=%2Ftmp"),
        ("postgresql://ann:s3cret@a.org,b.org/concord", "postgresql://ann@a.org,b.org/concord"),
    ],
)
def test_a_password_never_reaches_a_folder(url: str, safe: str, tmp_path: Path) -> None:
    address = Address.parse(url)
    assert address.safe == safe
    assert "s3" not in repr(address)
    Pointer(address, "run").write(tmp_path)
    assert "s3" not in (tmp_path / POINTER).read_text()


@pytest.mark.parametrize(
    "url", ["mysql://a:s3cret@b/c", "postgresql://a:s3cret@b", "postgresql:", "a b:s3cret", "", "x" * 9]
)
def test_what_names_no_store_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(OptionError, match="postgresql://USER@HOST:PORT/DATABASE") as refused:
        Address.parse(url)
    assert "s3cret" not in str(refused.value)


def test_a_folder_gets_its_password_from_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Pointer(Address.parse("postgresql://eve:pw1@h/d9"), "run").write(tmp_path)
    found = pointer_of(tmp_path)
    assert found is not None
    assert found.address.url == "postgresql://eve@h/d9"
    monkeypatch.setenv("CONCORD_STORE", "postgresql://eve:pw1@h/d9")
    found = pointer_of(tmp_path)
    assert found is not None
    assert found.address.url == "postgresql://eve:pw1@h/d9"
    assert address_of(None) == found.address


def test_a_store_that_cannot_be_used_says_so_in_a_sentence_without_its_password(address: Address) -> None:
    wrong = Address.parse(address.url.replace(address.url.split(":")[2].split("@")[0], "wr0ngword"))
    for each in (
        wrong,
        Address.parse("postgresql://a:wr0ngword@127.0.0.1:1/d"),
        Address.parse("postgresql://a:wr0ngword@127.0.0.1:x/d"),
    ):
        with pytest.raises(RunError, match="can't be used") as refused:
            Catalogue(each)
        assert "wr0ngword" not in str(refused.value)
        assert "\n" not in str(refused.value)


# Schemas


def test_an_older_schema_is_brought_up_with_its_rows(address: Address) -> None:
    link = Link(address)
    schema.bring_up(link, upto=1)
    link.work(lambda db: db.execute("INSERT INTO concord.runs (name) VALUES ('old')"))
    link.work(
        lambda db: db.execute("INSERT INTO concord.notes (run, name, value) VALUES (1, 'asked', '[1]')")
    )
    link.work(lambda db: db.execute("INSERT INTO concord.texts VALUES (1, 'd', 0, 'text')"))
    link.close()
    store = PostgresStore.open(address, "old")
    assert rows_of(address, "SELECT version FROM concord.schema") == [(schema.SCHEMA_VERSION,)]
    assert (store.note("asked"), store.note_changed("asked"), store.text("d")) == ([1], None, "text")
    store.put_note("asked", 2)
    assert store.note_changed("asked") is not None
    store.close()
    PostgresStore.open(address, "old").close()


def test_two_that_bring_a_database_up_at_once_both_find_it_whole(address: Address) -> None:
    problems: list[BaseException] = []

    def bring_up() -> None:
        try:
            Catalogue(address).close()
        except BaseException as problem:
            problems.append(problem)

    workers = [Thread(target=bring_up) for _ in range(4)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert problems == []
    assert rows_of(address, "SELECT version FROM concord.schema") == [(schema.SCHEMA_VERSION,)]


def test_a_later_schema_is_refused_in_a_sentence(address: Address, catalogue: Catalogue) -> None:
    with psycopg.connect(address.url) as db:
        db.execute("UPDATE concord.schema SET version = 99")
    with pytest.raises(
        RunError, match=r"was written by a later Concord \(schema 99\); this version reads schema"
    ):
        Catalogue(address)


def test_a_field_that_is_indexed_only_now_is_filled_for_old_records(
    address: Address, catalogue: Catalogue
) -> None:
    catalogue.claim("run")
    store = PostgresStore.open(address, "run")
    store.repository(LETTERS).add([Letter(id=f"{n}", round=n) for n in range(3)])
    store.close()
    store = PostgresStore.open(address, "run")
    assert [each.id for each in store.repository(LETTERS_BY_ROUND).find(round=2)] == ["2"]
    store.close()


# Leases


def lease(address: Address, seconds: float = 60.0) -> Lease:
    return Lease(address, "run", seconds=seconds)


def test_a_run_that_is_held_is_refused_with_the_name_of_the_holder(
    address: Address, catalogue: Catalogue
) -> None:
    catalogue.claim("run")
    with lease(address):
        assert catalogue.runs()[0].holder.startswith(f"process {os.getpid()} on ")
        with (
            pytest.raises(RunError, match=rf"run is in use by process {os.getpid()} on .* since"),
            lease(address),
        ):
            pass
    with lease(address):  # given back at the end
        pass
    assert catalogue.runs()[0].holder == ""


def test_a_heartbeat_keeps_a_lease_longer_than_it_lasts(address: Address, catalogue: Catalogue) -> None:
    catalogue.claim("run")
    with lease(address, 0.4):
        time.sleep(0.9)
        with pytest.raises(RunError, match="in use"), lease(address, 0.4):
            pass


def test_a_worker_that_was_replaced_writes_nothing_more(address: Address, catalogue: Catalogue) -> None:
    catalogue.claim("run")
    first = lease(address)
    with first:
        slow = PostgresStore.open(address, "run", first)
        slow.repository(LETTERS).put(Letter(id="a", to="first"))
        slow.flush()
        with psycopg.connect(address.url) as db:
            db.execute("UPDATE concord.leases SET expires = now() - interval '1 s'")
        with lease(address) as second:
            quick = PostgresStore.open(address, "run", second)
            quick.repository(LETTERS).put(Letter(id="b", to="second"))
            quick.flush()
            slow.repository(LETTERS).put(Letter(id="a", to="overwritten"))
            for write in (slow.flush, lambda: slow.put_note("n", 1)):
                with pytest.raises(RunError, match="run was taken over by another process"):
                    write()
            assert [each.to for each in quick.repository(LETTERS).find()] == ["first", "second"]
            quick.close()
        with pytest.raises(RunError, match="taken over"):  # what waits is not written at the end either
            slow.close()


HOLD = """
import sys, time
from concord.store.address import Address
from concord.store.postgres.lease import Lease
with Lease(Address.parse(sys.argv[1]), "run", seconds=1.5):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_run_of_a_killed_process_is_taken_over_when_its_lease_ends(
    address: Address, catalogue: Catalogue
) -> None:
    catalogue.claim("run")
    other = subprocess.Popen([sys.executable, "-c", HOLD, address.url], stdout=subprocess.PIPE)
    assert other.stdout is not None
    assert other.stdout.readline() == b"held\n"
    with pytest.raises(RunError, match=f"in use by process {other.pid} on"), lease(address):
        pass
    other.send_signal(signal.SIGKILL)
    other.wait()
    other.stdout.close()
    died = time.monotonic()
    with pytest.raises(RunError, match="in use"), lease(address):  # nobody knows yet that it is gone
        pass
    while True:
        try:
            with lease(address):
                break
        except RunError:
            assert time.monotonic() - died < 10
            time.sleep(0.1)
    assert time.monotonic() - died > 0.3


# Restarts


@pytest.mark.slow
def test_a_restart_of_the_server_is_waited_for_and_nothing_is_written_twice() -> None:
    with postgres() as server:
        address = Address.parse(server.database())
        catalogue = Catalogue(address)
        catalogue.claim("run")
        with lease(address, 30.0) as held:
            store = PostgresStore.open(address, "run", held)
            cache = PostgresCallCache(address)
            store.repository(LETTERS).add([Letter(id=f"{n}", to="before") for n in range(3)])
            store.flush()
            store.repository(LETTERS).add([Letter(id="late", to="after")])
            server.kill()
            back = Thread(target=_later, args=(server,))
            back.start()
            cache.put(KEY, b"answer")
            store.flush()
            back.join()
            assert cache.get(KEY) == b"answer"
            assert [each.id for each in store.repository(LETTERS).find()] == ["0", "1", "2", "late"]
            store.close()
            cache.close()
        assert [run.holder for run in catalogue.runs()] == [""]
        catalogue.close()


def _later(server: PostgresServer) -> None:
    time.sleep(1.0)
    server.start()
