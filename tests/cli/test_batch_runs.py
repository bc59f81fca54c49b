"""A run over a queue of batches: killed while it waits, listed with what it waits for, resumed to the same bytes."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from conftest import Concord

from concord.testing.batch_server import BatchServer, Slowness
from concord.testing.embedded_answers import EmbeddedAnswers
from concord.testing.small_example import write_small_example

OUTPUTS = ("summary.json", "spec.md", "spec.proven.md")


def read(folder: Path) -> dict[str, bytes]:
    return {name: (folder / name).read_bytes() for name in OUTPUTS}


@pytest.mark.slow
def test_a_run_that_is_killed_while_it_waits_collects_what_it_handed_over(
    concord: Concord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec, data = write_small_example(tmp_path / "example", 25)
    with BatchServer(tmp_path / "server", Slowness(late=600.0), EmbeddedAnswers()) as server:
        queue = f"openai-batch:stand-in@{server.url}"
        (tmp_path / "models.toml").write_text(f'[models."{queue}"]\npoll = 0.05\ngather = 0.2\n')
        words = ("run", "--spec", spec, "--data", data, "--rounds", "1", "--quiet")
        environment = {**os.environ, "CONCORD_HOME": str(tmp_path / "home")}
        process = subprocess.Popen(
            [sys.executable, "-m", "concord", *map(str, words), "--model", queue, "--config", "models.toml", "--out",
             "home/queued"],
            cwd=tmp_path, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )  # fmt: skip
        deadline = time.monotonic() + 120
        while not server.batches and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait()

        (row,) = concord("runs", "--json").json
        size = sum(batch["request_counts"]["total"] for batch in server.batches)
        assert row["stands"] == "unfinished"
        assert row["waits"].startswith(f"{size:,} of {size:,} answers from {queue} since 20")
        assert "answers from" in " ".join(concord("runs").out.split())

        server.slowness = Slowness(late=0.1, expired_share=0.1)
        assert concord("run", "--resume", "queued", "--quiet").code == 0
        assert set(server.answers.values()) == {1}, "an answer was paid for twice"
        assert concord("runs", "--json").json[0]["waits"] == ""

        monkeypatch.setenv("CONCORD_HOME", str(tmp_path / "elsewhere"))
        live = concord(*words, "--model", f"openai:stand-in@{server.url}", "--out", "live")
        assert live.code == 0
    assert read(tmp_path / "home" / "queued") == read(tmp_path / "live")
