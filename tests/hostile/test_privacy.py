"""No key in any byte of a run, no demographics in a prompt, no id where pseudonyms are asked for."""

import json
import os
import sqlite3
import stat
import subprocess
import sys
import zlib
from pathlib import Path

import pytest

from concord.graph.run_records import RunRecords
from concord.panel.importers.load import load
from concord.panel.pseudonyms import pseudonymised
from concord.testing.behaviour import Behaviour
from concord.testing.embedded_answers import EmbeddedAnswers
from concord.testing.fake_server import ChatServer

KEY = "sk-secret-4f1e7a9b2c"


def run(
    home: Path, example: tuple[Path, Path], *words: str, key: str = ""
) -> subprocess.CompletedProcess[str]:
    home.mkdir(exist_ok=True)
    return subprocess.run(
        [
            sys.executable, "-m", "concord", "run", "--spec", str(example[0]), "--data", str(example[1]), "--out",
            str(home / "run"), "--rounds", "1", "--batches", "2", "--singles", "1", "--max-trials", "3", *words,
        ],
        env={**os.environ, "CONCORD_HOME": str(home), "OPENAI_API_KEY": key}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip


def every_byte(folder: Path) -> list[tuple[str, bytes]]:
    """Every file under `folder`, and every compressed text in its databases unpacked."""
    found = []
    for path in folder.rglob("*"):
        if not path.is_file():
            continue
        found.append((path.name, path.read_bytes()))
        if path.suffix == ".db":
            with sqlite3.connect(path) as db:
                for (table,) in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                    for row in db.execute(f'SELECT * FROM "{table}"'):
                        for cell in row:
                            if isinstance(cell, bytes):
                                try:
                                    found.append((f"{path.name}:{table}", zlib.decompress(cell)))
                                except zlib.error:
                                    found.append((f"{path.name}:{table}", cell))
            db.close()
    return found


@pytest.mark.slow
@pytest.mark.parametrize("server", ["takes the key", "refuses and echoes it", "echoes it in its answers"])
def test_the_key_stands_in_no_byte_of_a_run(example: tuple[Path, Path], tmp_path: Path, server: str) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "models.toml").touch()
    expected = "another-key" if server == "refuses and echoes it" else KEY
    answers = EmbeddedAnswers()

    def answer(asked: object) -> str:
        text = answers(asked)  # type: ignore[arg-type]
        return f"The key was {KEY}.\n{text}" if server == "echoes it in its answers" else text

    with ChatServer(answer, Behaviour(key=expected)) as chat:
        (home / "models.toml").write_text(
            f'[models.keyed]\nuri = "openai:x@{chat.url}"\nkey_env = "OPENAI_API_KEY"\n'
        )
        told = run(home, example, "--model", "keyed", "--config", str(home / "models.toml"), key=KEY)
    assert (told.returncode == 0) == (expected == KEY), told.stderr
    assert KEY not in told.stdout + told.stderr
    for name, content in every_byte(home):
        assert KEY.encode() not in content, name


def test_a_run_folder_is_its_owners_alone(home: Path) -> None:
    for folder in (home / "run", home / "cache"):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_no_demographics_and_no_id_of_a_participant_stand_in_a_prompt(
    home: Path, example: tuple[Path, Path]
) -> None:
    panel = load(example[1])
    values = {
        value
        for person in panel.participants.values()
        for value in person.demographics.values()
        if len(value) > 5
    }
    assert values
    records = RunRecords.open(home / "run")
    prompts = [text for call in records.calls.find() for _, text in call.parts]
    records.close()
    assert len(prompts) > 100
    for prompt in prompts:
        assert not [name for name in panel.participants if name in prompt]
        assert not [value for value in values if f"{value}" in prompt and " " in value]


def test_pseudonyms_keep_people_apart_and_tell_nothing(example: tuple[Path, Path]) -> None:
    panel = load(example[1])
    hidden, other = pseudonymised(panel, b"salt"), pseudonymised(panel, b"other")
    written = hidden.model_dump_json()
    assert not [name for name in panel.participants if name in written]
    assert not {one.id for one in panel.assessments} & {one.id for one in hidden.assessments}
    assert len(hidden.participants) == len(panel.participants)
    assert [one.world for one in hidden.assessments] == [one.world for one in panel.assessments]
    assert pseudonymised(panel, b"salt") == hidden
    assert not set(hidden.participants) & set(other.participants)
    with pytest.raises(ValueError, match="empty salt"):
        pseudonymised(panel, b"")


@pytest.mark.slow
def test_a_pseudonymised_run_holds_no_id_and_can_be_resumed_and_verified(
    example: tuple[Path, Path], tmp_path: Path
) -> None:
    home = tmp_path / "home"
    told = run(home, example, "--model", "embedded", "--pseudonymise")
    assert told.returncode == 0, told.stderr
    names = list(load(example[1]).participants)
    for name, content in every_byte(home):
        assert not [one for one in names if one.encode() in content], name
    assert stat.S_IMODE((home / "salt").stat().st_mode) == 0o600
    for words in (("run", "--resume"), ("verify",)):
        again = subprocess.run(
            [sys.executable, "-m", "concord", *words, str(home / "run")],
            env={**os.environ, "CONCORD_HOME": str(home)}, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert again.returncode == 0, again.stderr + again.stdout
    assert json.loads((home / "run" / "config.json").read_text())["people"]["pseudonymise"] is True
