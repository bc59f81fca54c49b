"""`concord calibrate` writes what it measured, and `concord run --dry-run --reader` plans with it."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from concord.cli.app import app
from concord.errors import OptionError

ROOT = Path(__file__).resolve().parents[2]
GIVEN = ["--spec", str(ROOT / "example/spec.md"), "--data", str(ROOT / "example/data")]


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONCORD_HOME", str(tmp_path / "home"))


def concord(*words: str) -> str:
    done = CliRunner().invoke(app, list(words))
    if done.exception is not None:
        raise done.exception
    return done.stdout


def test_a_reader_is_measured_and_plans_a_run(tmp_path: Path) -> None:
    out = tmp_path / "reader.json"
    told = concord(
        "calibrate", "--model", "embedded", *GIVEN, "--out", str(out), "--conversations", "6", "--json"
    )
    assert json.loads(told) == json.loads(out.read_text())
    shown = concord("run", "--dry-run", *GIVEN, "--model", "embedded", "--reader", str(out), "--json")
    assert any("as this reader was measured" in line for line in json.loads(shown)["provable"])
    assumed = concord("run", "--dry-run", *GIVEN, "--model", "embedded", "--json")
    assert any("assumed" in line for line in json.loads(assumed)["provable"])


def test_prompts_are_written_for_others_to_answer(tmp_path: Path) -> None:
    concord("calibrate", *GIVEN, "--export", str(tmp_path / "p.jsonl"), "--conversations", "2")
    assert {"id", "messages", "schema"} <= json.loads(
        (tmp_path / "p.jsonl").read_text().splitlines()[0]
    ).keys()


def test_what_does_not_go_together_is_refused(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="one of"):
        concord("calibrate", *GIVEN)
    with pytest.raises(OptionError, match="dry-run"):
        concord("run", *GIVEN, "--model", "embedded", "--reader", str(tmp_path / "reader.json"))
