"""Run folders: names, files that are whole, finding one again; and the ledger of openings."""

import json
import threading
from pathlib import Path

import pytest

from concord.errors import RunError
from concord.store.ledger import Ledger
from concord.store.runs import RunFolder, create_run, find_run, list_runs, write_atomically, write_json
from concord.store.sqlite import SqliteStore


def test_a_run_is_named_after_what_it_is(tmp_path: Path) -> None:
    run = create_run(tmp_path / "runs", ["model_spec.2025", "squality", "openai:gpt-5"], 7)
    assert run.id == "model_spec.2025-squality-openai-gpt-5-s7"
    assert run.path.is_dir()
    assert {run.database.name, run.checkpoint.name, run.spec.name} == {"run.db", "checkpoint.db", "spec.md"}


def test_the_same_launch_again_is_another_run(tmp_path: Path) -> None:
    assert [create_run(tmp_path, ["a"], 0).id for _ in range(3)] == ["a-s0", "a-s0-2", "a-s0-3"]


@pytest.mark.parametrize("part", ["../../etc", "/", "..", "a\x00b", "", "漢字", "x" * 500, ".hidden"])
def test_no_name_leads_out_of_the_root(tmp_path: Path, part: str) -> None:
    run = create_run(tmp_path, [part, "data"], 0)
    assert run.path.parent == tmp_path
    assert not run.id.startswith(".")
    assert len(run.id) < 100


def made(root: Path, name: str) -> RunFolder:
    run = create_run(root, [name], 0)
    SqliteStore.create(run.path).close()
    return run


def test_a_run_is_found_by_path_or_id(tmp_path: Path) -> None:
    run = made(tmp_path, "example")
    assert find_run(run.path, tmp_path) == run
    assert find_run(str(run.path), Path("elsewhere")).path == run.path
    assert find_run("example-s0", tmp_path).path == run.path
    assert [found.id for found in list_runs(tmp_path)] == ["example-s0"]


def test_a_run_that_is_not_there_names_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(RunError, match="holds none: start one"):
        find_run("example-s0", tmp_path)
    made(tmp_path, "example")
    with pytest.raises(RunError, match="did you mean example-s0"):
        find_run("exmaple-s0", tmp_path)
    (tmp_path / "folder").mkdir()
    with pytest.raises(RunError, match="is a folder but not a run"):
        find_run(tmp_path / "folder", tmp_path)


def test_equal_values_make_equal_files(tmp_path: Path) -> None:
    write_json(tmp_path / "a.json", {"b": 1, "a": {"é": [0.1, None]}})
    write_json(tmp_path / "b.json", {"a": {"é": [0.1, None]}, "b": 1})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert json.loads((tmp_path / "a.json").read_text()) == {"b": 1, "a": {"é": [0.1, None]}}


def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "spec.md"
    write_atomically(path, b"old\r\n")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("concord.store.runs.os.fsync", full)
    with pytest.raises(OSError, match="No space"):
        write_atomically(path, "new")
    assert path.read_bytes() == b"old\r\n"
    assert list(tmp_path.iterdir()) == [path]


def test_openings_are_counted_by_data_over_runs(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "runs" / "ledger.jsonl")
    assert ledger.openings("data") == 0
    assert ledger.record("data", "run-1") == 1
    assert ledger.record("data", "run-2") == 2
    assert ledger.record("other", "run-2") == 1
    assert Ledger(ledger.path).openings("data") == 2


def test_a_resumed_run_has_looked_once(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    assert [ledger.record("data", run) for run in ("a", "b", "a")] == [1, 2, 1]


def test_openings_at_the_same_moment_are_all_written(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    threads = [threading.Thread(target=ledger.record, args=("data", f"run-{n}")) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert ledger.openings("data") == 16


def test_an_edited_ledger_is_refused_with_its_line(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.jsonl")
    ledger.record("data", "run-1")
    with ledger.path.open("a") as file:
        file.write("oops\n")
    with pytest.raises(RunError, match=r"line 2: this is no line of a ledger"):
        ledger.openings("data")
