"""`concord data pack` and `concord agreement --rankings`: the figures of a panel of any size, without a model."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from concord.panel.importers.load import load

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "example" / "data"


@pytest.fixture
def rankings(tmp_path: Path) -> Path:
    path = tmp_path / "stored.jsonl"
    lines = [{"conversation": name, "ranking": "B>A>C=D"} for name in load(DATA).conversations]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_packed_data_gives_the_figures_of_the_files(
    concord: Callable[..., Any], tmp_path: Path, rankings: Path
) -> None:
    packed = concord("data", "pack", DATA, "--out", tmp_path / "panel.npz")
    assert packed.code == 0
    assert "3,201 assessments of 320 conversations" in packed.out
    found = [
        concord("agreement", "--data", data, "--rankings", rankings, "--group", "age", "--json")
        for data in (DATA, tmp_path / "panel.npz")
    ]
    assert found[0].json == found[1].json
    level = found[0].json["level"]
    assert level["low"] < level["estimate"] < level["high"]
    assert found[0].json["groups"][0]["key"] == "age"


@pytest.mark.slow
def test_a_runs_exported_rankings_are_compared_with_those_before(
    concord: Callable[..., Any], tmp_path: Path
) -> None:
    spec = ROOT / "example" / "spec.md"
    words = ("--model", "embedded", "--rounds", "1", "--batches", "2", "--singles", "1", "--quiet")
    assert concord("run", "--spec", spec, "--data", DATA, *words, "--out", "run").code == 0
    assert concord("export", "run").code == 0
    stored = concord("agreement", "--data", DATA, "--rankings", "run/export/rankings.jsonl", "--json").json
    measured = concord(
        "agreement", "--spec", spec, "--data", DATA, "--model", "embedded", "--quiet", "--json"
    ).json
    assert stored["before"]["estimate"] == pytest.approx(measured["spec"]["estimate"], abs=1e-6)
    assert stored["before"]["assessments"] == measured["spec"]["assessments"]
    assert stored["gain"]["estimate"] == pytest.approx(
        stored["level"]["estimate"] - stored["before"]["estimate"], abs=1e-12
    )
    shown = concord("agreement", "--data", DATA, "--rankings", "run/export/rankings.jsonl").out
    assert "gain over before" in shown


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--model", "embedded"), "--model has no meaning with --rankings"),
        (("--spec", "spec.md"), "--spec has no meaning with --rankings"),
        (("--on", "mars"), "--on can't be 'mars'"),
        (("--group", "shoe_size"), "no participant has a demographic key"),
        (("--before", "nothing.jsonl"), "nothing.jsonl: can't be read"),
    ],
)
def test_what_makes_no_sense_is_told(
    concord: Callable[..., Any], rankings: Path, words: tuple[str, ...], told: str
) -> None:
    found = concord("agreement", "--data", DATA, "--rankings", rankings, *words)
    assert found.code == 2
    assert told in found.err


def test_without_rankings_a_spec_is_needed(concord: Callable[..., Any]) -> None:
    found = concord("agreement", "--data", DATA, "--model", "embedded")
    assert found.code == 2
    assert "--spec FILE" in found.err
