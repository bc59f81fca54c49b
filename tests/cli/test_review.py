"""`concord review`, `report` and `export` at a terminal."""

import os
import re
import subprocess
import sys
import urllib.request
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.slow
EXAMPLE = Path(__file__).resolve().parents[2] / "example"


@pytest.fixture
def run(concord: Any) -> str:
    words = (
        "--spec",
        EXAMPLE / "spec.md",
        "--data",
        EXAMPLE / "data",
        "--model",
        "embedded",
        "--rounds",
        "1",
    )
    assert concord("run", *words).code == 0
    return "spec-data-s0"


def test_report_and_export_write_files_and_say_where(concord: Any, run: str, tmp_path: Path) -> None:
    printed = concord("report", run)
    assert printed.code == 0
    assert Path(printed.out.strip()).read_text(encoding="utf-8").startswith("<!doctype html>")
    printed = concord("export", run, "--out", tmp_path / "out", "--traces", "inspect")
    assert printed.code == 0
    paths = [Path(line) for line in printed.out.splitlines()]
    assert all(path.stat().st_size for path in paths)
    assert {path.suffix for path in paths} == {".md", ".patch", ".json", ".csv", ".jsonl", ".eval"}


def test_bad_input_is_one_sentence(concord: Any, run: str, tmp_path: Path) -> None:
    for words, told in (
        (("report", "nothing"), "there is no run 'nothing'"),
        (("export", run, "--otlp", "nowhere"), "no collector's address"),
        (("review", "nothing"), "there is no run 'nothing'"),
        (("review", run, "--host", "0.0.0.0"), "127.0.0.1 only"),
        (("review", run, "--tls-cert", tmp_path), "belong together"),
        (("review", run, "--password-file", tmp_path / "none"), "can't be read"),
        (("review", run, "--host", "192.0.2.1"), "can't be listened on"),
    ):
        printed = concord(*words)
        assert printed.code == 2, words
        assert told in printed.err
        assert len(printed.err.strip().splitlines()) == 1


def test_review_serves_this_machine_until_it_is_ended(concord: Any, run: str, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "concord", "review", run, "--no-open", "--port", "0"],
        env={**os.environ, "CONCORD_HOME": str(tmp_path / "home"), "COLUMNS": "200"},
        stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert process.stderr is not None
        address = re.findall(r"http://127\.0\.0\.1:\d+/", process.stderr.readline())[0]
        with urllib.request.urlopen(f"{address}runs/{run}/", timeout=10) as answer:
            assert "spec.md against data" in answer.read().decode()
    finally:
        process.terminate()
        assert process.wait(timeout=10) in (0, -15)
        assert process.stderr is not None
        process.stderr.close()
