"""`--store`: whole runs on PostgreSQL end like runs in files, are seen from elsewhere, and survive kills."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from concord.testing.postgres import PostgresServer
from concord.testing.small_example import write_small_example

OUTPUTS = ("summary.json", "spec.md", "spec.proven.md")
pytestmark = pytest.mark.slow


class Machine:
    """A folder that is a machine's home; commands run there in processes of their own."""

    def __init__(self, folder: Path, url: str | None = None) -> None:
        self.folder = folder
        folder.mkdir()
        plain = {name: value for name, value in os.environ.items() if name != "CONCORD_STORE"}
        self.environment = {**plain, "CONCORD_HOME": str(folder / "home"), "CONCORD_LEASE_SECONDS": "2"}
        if url:
            self.environment["CONCORD_STORE"] = url

    def start(self, *words: str | Path) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-m", "concord", *map(str, words)], cwd=self.folder, env=self.environment, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip

    def concord(self, *words: str | Path, code: int = 0) -> str:
        process = self.start(*words)
        out, err = process.communicate(timeout=300)
        assert process.returncode == code, err
        return out + err


def read(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in OUTPUTS}


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> tuple[str | Path, ...]:
    spec, data = write_small_example(tmp_path_factory.mktemp("example"), 30)
    return ("run", "--spec", spec, "--data", data, "--model", "embedded", "--rounds", "1", "--quiet")


@pytest.fixture(scope="module")
def expected(example: tuple[str | Path, ...], tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What a run in files leaves."""
    machine = Machine(tmp_path_factory.mktemp("files") / "machine")
    machine.concord(*example, "--out", "run")
    return read(machine.folder / "run")


def test_a_run_in_a_shared_store_ends_like_one_in_files_and_is_seen_from_elsewhere(
    database: str, postgres_server: PostgresServer, example: tuple[str | Path, ...], expected: dict[str, bytes],
    tmp_path: Path,
) -> None:  # fmt: skip
    here = Machine(tmp_path / "here")
    here.concord(*example, "--out", "shared", "--store", database)
    assert read(here.folder / "shared") == expected
    assert not list((here.folder / "home").glob("cache")), "the call cache is the store's"

    there = Machine(tmp_path / "there", database)
    listed = json.loads(there.concord("runs", "--json"))
    assert [(row["id"], row["stands"].split(":")[0]) for row in listed] == [("shared", "finished")]
    assert read(there.folder / "home" / "shared") == expected
    assert "ranker" in there.concord("trace", "shared")
    there.concord("report", "shared")
    there.concord("export", "shared", "--out", "export")
    assert (there.folder / "export" / "docket.json").is_file()
    assert "Everything holds" in there.concord("verify", "shared")

    again = Machine(tmp_path / "again", database)  # every answer is in the store's cache
    again.concord(*example, "--out", "again")
    assert (
        sum(
            role["calls"] - role["cached"]
            for role in json.loads((again.folder / "again" / "cost.json").read_bytes())["roles"].values()
        )
        == 0
    )
    for folder in (here.folder, there.folder, again.folder):
        for path in folder.rglob("*"):
            assert not path.is_file() or postgres_server.password.encode() not in path.read_bytes(), path


def test_a_killed_worker_is_replaced_when_its_lease_ends_and_the_bytes_are_the_same(
    database: str, example: tuple[str | Path, ...], expected: dict[str, bytes], tmp_path: Path
) -> None:
    first, second = Machine(tmp_path / "first", database), Machine(tmp_path / "second", database)
    process = first.start(*example, "--out", "run")
    _wait_for_records(database)
    said = second.concord("run", "--resume", "run", "--quiet", code=2)
    assert f"run is in use by process {process.pid} on" in said
    process.kill()
    process.communicate()
    deadline = time.monotonic() + 60
    while (worker := second.start("run", "--resume", "run", "--quiet")) and worker.communicate()[1].find(
        "in use by"
    ) >= 0:
        assert time.monotonic() < deadline
    assert worker.returncode == 0
    assert read(second.folder / "home" / "run") == expected


def test_a_run_goes_on_over_a_restart_of_the_server(
    database: str, postgres_server: PostgresServer, example: tuple[str | Path, ...], expected: dict[str, bytes],
    tmp_path: Path,
) -> None:  # fmt: skip
    machine = Machine(tmp_path / "machine", database)
    process = machine.start(*example, "--out", "run")
    _wait_for_records(database)
    postgres_server.kill()
    time.sleep(1.0)
    postgres_server.start()
    _, err = process.communicate(timeout=300)
    assert process.returncode == 0, err
    assert read(machine.folder / "run") == expected


def _wait_for_records(database: str) -> None:
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
