"""Two processes on one run, and disks that are full, damaged or can't be written: a sentence each, nothing lost."""

import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import Concord
from permissions import without_root

from concord.store.lock import run_lock

RUN = ("--rounds", "1", "--batches", "2", "--singles", "1", "--max-trials", "3")


def concord_in(home: Path, *words: str, largest: int | None = None) -> subprocess.CompletedProcess[str]:
    """A process of `concord` that can write no file beyond `largest` bytes."""

    def limit() -> None:
        import signal

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest or resource.RLIM_INFINITY, resource.RLIM_INFINITY))

    return subprocess.run(
        [sys.executable, "-m", "concord", *words], env={**os.environ, "CONCORD_HOME": str(home)},
        capture_output=True, text=True, check=False, preexec_fn=limit if largest else None,
    )  # fmt: skip


def test_a_run_that_another_process_works_on_is_left_alone(
    concord: Concord, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONCORD_HOME", str(home))
    with run_lock(home / "run"):
        told = concord("run", "--resume", home / "run")
    assert told.code == 2
    assert f"process {os.getpid()}" in told.err
    assert told.err.count("\n") == 1
    assert concord("run", "--resume", home / "run").code == 0


@pytest.mark.slow
@pytest.mark.parametrize("largest", [60_000, 300_000])
def test_a_full_disk_is_a_sentence_and_the_run_goes_on_when_there_is_room(
    example: tuple[Path, Path], tmp_path: Path, finished: Path, largest: int
) -> None:
    home = tmp_path / "home"
    words = ("run", "--spec", str(example[0]), "--data", str(example[1]), "--model", "embedded", *RUN)
    full = concord_in(home, *words, "--out", str(home / "run"), largest=largest)
    assert full.returncode in (1, 2), full.stderr
    assert "Traceback" not in full.stderr
    assert full.stderr.strip().splitlines()[-1].startswith("concord: ")
    if (home / "run" / "run.db").is_file() and (home / "run" / "config.json").is_file():
        again = concord_in(home, "run", "--resume", str(home / "run"))
    else:
        again = concord_in(home, *words, "--out", str(home / "again"))
    assert again.returncode == 0, again.stderr
    made = home / ("run" if (home / "run" / "summary.json").is_file() else "again")
    assert (made / "spec.md").read_bytes() == (finished / "run" / "spec.md").read_bytes()


@pytest.mark.parametrize("locked", ["run", ".", "cache"])
def test_a_folder_that_cant_be_written_is_a_sentence(home: Path, locked: str) -> None:
    (home / locked).chmod(0o500)
    told = without_root("run", "--resume", str(home / "run"), home=home)
    (home / locked).chmod(0o700)
    assert "Traceback" not in told.stderr
    assert told.returncode in (0, 1, 2)
    if told.returncode:
        assert told.stderr.strip().splitlines()[-1].startswith("concord: ")
    assert concord_in(home, "run", "--resume", str(home / "run")).returncode == 0


def test_a_run_that_cant_begin_says_where_nothing_can_be_kept(
    example: tuple[Path, Path], tmp_path: Path
) -> None:
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    words = ("run", "--spec", str(example[0]), "--data", str(example[1]), "--model", "embedded", *RUN)
    told = without_root(*words, "--out", str(locked / "run"), home=tmp_path / "home")
    assert (told.returncode, told.stdout) == (2, "")
    assert told.stderr == f"concord: {locked / 'run'}: no run can be kept there (Permission denied)\n"


@pytest.mark.parametrize("name", ["run/run.db", "run/checkpoint.db", "cache/cache.db", "run/config.json"])
@pytest.mark.parametrize("how", ["cut in half", "overwritten", "empty"])
def test_a_damaged_file_is_a_sentence(
    concord: Concord, home: Path, monkeypatch: pytest.MonkeyPatch, name: str, how: str
) -> None:
    monkeypatch.setenv("CONCORD_HOME", str(home))
    path = home / name
    for beside in ("-wal", "-shm"):
        path.with_name(path.name + beside).unlink(missing_ok=True)
    content = path.read_bytes()
    path.write_bytes(
        {"cut in half": content[: len(content) // 2], "overwritten": b"\xff" * len(content), "empty": b""}[
            how
        ]
    )
    told = concord("run", "--resume", home / "run")
    assert told.code in (0, 1, 2)
    assert "Traceback" not in told.err
    if told.code:
        assert [line for line in told.err.splitlines() if line.startswith("concord: ")]


def test_a_torn_line_of_the_ledger_is_mended(
    concord: Concord, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONCORD_HOME", str(home))
    ledger = home / "ledger.jsonl"
    whole = ledger.read_bytes()
    ledger.write_bytes(whole + b'{"data": "torn')
    assert concord("run", "--resume", home / "run").code == 0
    assert ledger.read_bytes().startswith(whole)
