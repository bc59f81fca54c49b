"""The second data set: collected through a study's pages from scripted people, marked synthetic, and used by a run."""

import asyncio
import json
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

import concord
from concord.example.collect import main

FOLDER = Path(str(files("concord.example")))
COLLECTED = FOLDER / "collected"
FILES = ("comparisons.jsonl", "annotators.jsonl", "conversation_rubrics.jsonl")


@pytest.fixture(scope="module")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("collected")
    assert main(["--seed", "0", "--out", str(out)]) == 0
    return out


def told(path: Path) -> Iterator[Any]:
    """Lines without the ids of calls, which change with the base model's own version."""
    for line in path.read_text(encoding="utf-8").splitlines():
        fields = json.loads(line)
        for response in fields.get("responses", ()):
            response["provenance"].pop("call")
        yield fields


@pytest.mark.slow
def test_it_is_what_scripted_people_give_through_the_pages(collected: Path) -> None:
    for name in FILES:
        assert list(told(collected / name)) == list(told(COLLECTED / name)), (
            f"collect {name} anew (see README.md)"
        )


def test_it_says_that_it_is_synthetic() -> None:
    panel = concord.load_panel(COLLECTED)
    assert "synthetic" in panel.notice
    for line in (COLLECTED / "comparisons.jsonl").read_text(encoding="utf-8").splitlines():
        assert json.loads(line)["synthetic"] is True


def test_nothing_in_it_is_lost_on_reading() -> None:
    panel = concord.load_panel(COLLECTED)
    assert [problem for problem in panel.problems if problem.dropped] == []
    assert len(panel.participants) == 24
    assert len(panel.assessments) == 24 * 8


def test_each_response_says_where_it_came_from() -> None:
    for line in (COLLECTED / "comparisons.jsonl").read_text(encoding="utf-8").splitlines():
        sources = [each["provenance"] for each in json.loads(line)["responses"]]
        assert all(each["model"] == "embedded" and each["call"] for each in sources)
        assert sum(not each["opinion"] for each in sources) == 1, "one plain answer"


@pytest.mark.slow
def test_a_run_uses_what_was_collected(
    collected: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONCORD_HOME", str(tmp_path))
    run = asyncio.run(concord.revise(FOLDER / "spec.md", collected, model="embedded", rounds=1, keep=False))
    summary = run.summary
    assert summary is not None
    assert summary.data.assessments == 24 * 8
    assert summary.data.not_used == {}
    measured = summary.agreement[0]
    assert measured is not None
    assert 0.6 < measured < 1.0, "scripted people agree with the spec, with errors of their own"
    assert "synthetic" in summary.notice
