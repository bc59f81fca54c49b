"""`--store`: whole runs on PostgreSQL end like runs in files, are seen from elsewhere, and survive kills."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from threading import Thread

import pytest
from conftest import Concord

from concord import revise_sync
from concord.testing.postgres import PostgresServer
from concord.testing.small_example import write_small_example

OUTPUTS = ("summary.json", "spec.md", "spec.proven.md")
pytestmark = pytest.mark.slow


def read(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in OUTPUTS}


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[str | Path, ...]:
    spec, data = write_small_example(tmp_path_factory.mktemp("example"), 30)
    return ("run", "--spec", spec, "--data", data, "--model", "embedded", "--rounds", "1", "--quiet")


@pytest.fixture(scope="module")
def expected(example: tuple[str | Path, ...], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a run in files leaves."""
    folder = tmp_path_factory.mktemp("files")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("CONCORD_HOME", str(folder / "home"))
        patch.delenv("CONCORD_STORE", raising=False)
        revise_sync(str(example[2]), str(example[4]), model="embedded", rounds=1, out=folder / "run")
    return read(folder / "run")


def test_a_run_in_a_shared_store_ends_like_one_in_files_and_is_seen_from_elsewhere(
    concord: Concord, database: str, postgres_server: PostgresServer, example: tuple[str | Path, ...],
    expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    assert concord(*example, "--out", "shared", "--store", database).code == 0
    assert read(tmp_path / "shared") == expected
    assert not (tmp_path / "home" / "cache").exists(), "the call cache is the store's"

    there = tmp_path / "there"
    monkeypatch.setenv("CONCORD_HOME", str(there))
    monkeypatch.setenv("CONCORD_STORE", database)
    listed = concord("runs", "--json").json
    assert [(row["id"], row["stands"].split(":")[0]) for row in listed] == [("shared", "finished")]
    assert read(there / "shared") == expected
    assert "ranker" in concord("trace", "shared").out
    told = concord("report", "shared")
    assert told.code == 0, told.err
    assert concord("export", "shared", "--out", "export").code == 0
    assert (tmp_path / "export" / "docket.json").is_file()
    assert "Everything holds" in concord("verify", "shared").out

    assert concord(*example, "--out", "again").code == 0  # every answer is in the store's cache
    roles = json.loads((tmp_path / "again" / "cost.json").read_bytes())["roles"].values()
    assert [role["calls"] - role["cached"] for role in roles] == [0] * len(roles)
    for path in tmp_path.rglob("*"):
        assert not path.is_file() or postgres_server.password.encode() not in path.read_bytes(), path


def test_a_killed_worker_is_replaced_when_its_lease_ends_and_the_bytes_are_the_same(
    concord: Concord, database: str, example: tuple[str | Path, ...], expected: dict[str, bytes], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    environment = {
        **os.environ, "CONCORD_HOME": str(tmp_path / "first"), "CONCORD_STORE": database, "CONCORD_LEASE_SECONDS": "5",
    }  # fmt: skip
    first = subprocess.Popen(
        [sys.executable, "-m", "concord", *map(str, example), "--out", "first/run"], cwd=tmp_path, env=environment,
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        wait_for_checkpoints(database)
        first.send_signal(signal.SIGSTOP)  # perhaps in the middle of a write
        monkeypatch.setenv("CONCORD_STORE", database)
        refused = concord("run", "--resume", "run", "--quiet")
        assert refused.code == 2
        assert f"run is in use by process {first.pid} on" in refused.err
    finally:
        first.kill()
        first.wait()
    deadline = time.monotonic() + 60
    while (taken := concord("run", "--resume", "run", "--quiet")).code and time.monotonic() < deadline:
        assert "in use by" in taken.err
        time.sleep(0.2)
    assert read(tmp_path / "home" / "run") == expected


def test_a_run_goes_on_over_a_restart_of_the_server(
    concord: Concord, database: str, postgres_server: PostgresServer, example: tuple[str | Path, ...],
    expected: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    died: list[float] = []

    def restart() -> None:
        wait_for_checkpoints(database)
        postgres_server.kill()
        died.append(time.monotonic())
        time.sleep(0.5)
        postgres_server.start()

    power_cut = Thread(target=restart)
    power_cut.start()
    ended = concord(*example, "--out", "run", "--store", database)
    power_cut.join()
    assert (ended.code, len(died)) == (0, 1), ended.err
    assert read(tmp_path / "run") == expected


def wait_for_checkpoints(database: str) -> None:
    """Until the run is well under way: its first checkpoint is there."""
    import psycopg

    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        with psycopg.connect(database) as db:
            made = db.execute("SELECT count(*) FROM pg_tables WHERE tablename = 'checkpoints'").fetchone()
            if made == (1,):
                rows = db.execute("SELECT count(*) FROM concord.checkpoints").fetchone()
                if rows is not None and rows[0] >= 3:
                    return
        time.sleep(0.05)
    raise AssertionError("the run didn't begin")
