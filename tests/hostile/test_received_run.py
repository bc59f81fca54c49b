"""A run's folder that came from somebody else opens no server, reads no key and runs no code unasked."""

import json
import pickle
import sqlite3
from pathlib import Path

import pytest
from conftest import Concord


def say(home: Path, model: str, config: str | None = None) -> None:
    """Let the run's configuration name this base model for every agent."""
    path = home / "run" / "config.json"
    said = json.loads(path.read_text())
    said["models"] = dict.fromkeys(said["models"], model)
    if config is not None:
        (home / "models.toml").write_text(config)
        said["config"] = str(home / "models.toml")
    path.write_text(json.dumps(said))


@pytest.mark.parametrize(
    ("model", "config", "told"),
    [
        ("openai:x@http://198.51.100.7/v1", None, "sends prompts to 198.51.100.7"),
        ("mine", '[models.mine]\nuri = "openai:x@http://198.51.100.7/v1"\nkey_env = "HOME"\n', "HOME"),
        ("python:os:getcwd", None, "runs the code of os:getcwd"),
        ("record:/tmp/stolen.jsonl=embedded", None, "writes to the file /tmp/stolen.jsonl"),
    ],
    ids=["server", "key", "code", "file"],
)
def test_what_it_reaches_for_is_said_and_refused(
    concord: Concord, home: Path, monkeypatch: pytest.MonkeyPatch, model: str, config: str | None, told: str
) -> None:
    monkeypatch.setenv("CONCORD_HOME", str(home))
    say(home, model, config)
    refused = concord("run", "--resume", home / "run")
    assert refused.code == 2
    assert told in refused.err
    assert "--trust" in refused.err
    assert refused.err.count("\n") == 1


def test_what_was_launched_here_is_not_asked_about(
    concord: Concord, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONCORD_HOME", str(home))
    assert concord("run", "--resume", home / "run").code == 0


class Opened:
    """What a pickle in a tampered file would run."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return (open, (str(self.mark), "w"))


def tables(path: Path) -> list[tuple[str, str]]:
    """(table, column) of everything that a database can hold bytes in."""
    with sqlite3.connect(path) as db:
        names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        found = [(name, column[1]) for name in names for column in db.execute(f'PRAGMA table_info("{name}")')]
    db.close()
    return found


@pytest.mark.slow
def test_no_tampered_database_runs_a_pickle(
    concord: Concord, home: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A pickle in every column of every table in turn, also with the type that would have it read as one."""
    monkeypatch.setenv("CONCORD_HOME", str(home))
    mark = tmp_path / "executed"
    payload = pickle.dumps(Opened(mark))
    tampered = 0
    for name in ("run/checkpoint.db", "run/run.db", "cache/cache.db"):
        path = home / name
        sound = path.read_bytes()
        for table, column in tables(path):
            with sqlite3.connect(path) as db:
                try:
                    db.execute(f'UPDATE OR IGNORE "{table}" SET "{column}" = ?', (payload,))
                    if column in ("checkpoint", "value"):
                        for kind, of in (("type", "pickle"), ("mode", 4)):
                            if (table, kind) in tables(path):
                                db.execute(f'UPDATE "{table}" SET "{kind}" = ?', (of,))
                except sqlite3.Error:
                    continue
            db.close()
            tampered += 1
            told = concord("run", "--resume", home / "run")
            assert told.code in (0, 1, 2), told.err
            assert "Traceback" not in told.err
            assert not mark.exists(), (name, table, column)
            for beside in ("-wal", "-shm"):
                path.with_name(path.name + beside).unlink(missing_ok=True)
            path.write_bytes(sound)
    assert tampered >= 27
