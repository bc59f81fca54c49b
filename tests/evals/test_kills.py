"""Runs that are killed and resumed end with the bytes of one that was left alone."""

import asyncio
import json
import os
import random
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from concord.evals.kill_points import KillPoint, Trap
from concord.evals.kills import Config, every_point, run
from concord.testing.behaviour import Behaviour
from concord.testing.embedded_answers import EmbeddedAnswers
from concord.testing.fake_server import ChatServer
from concord.testing.small_example import write_small_example


@pytest.mark.slow
@pytest.mark.parametrize("manner", ["process", "wire", "approval"])
def test_a_run_killed_at_named_points_ends_with_the_same_bytes(manner: str) -> None:
    config = Config.model_validate(
        {"manners": [manner], "conversations": 40, "rounds": 1, "latency": 0.05, "at_random": 0.0}
    )
    found = asyncio.run(run(config, seeds=4))
    assert found["different"] == found["unresumable"] == 0
    assert found["kills"]
    assert found["paid_twice_max"] is not None
    assert found["paid_twice_max"] <= config.at_once * 2


def test_a_trap_counts_places_and_springs_at_the_right_one(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[int] = []
    monkeypatch.setattr(os, "kill", lambda _, number: sent.append(number))
    trap = Trap(KillPoint(place="trial ends", number=2, signal="TERM"))
    for place in ("trial begins", "trial ends", "trial begins"):
        trap.passes(place)
    assert sent == []
    trap.passes("trial ends")
    assert sent == [15]


def test_points_name_every_place_before_one_comes_again() -> None:
    passed = {"trial begins": 2, "trial ends": 2, "store write": 40}
    points = list(every_point(passed, random.Random(0)))
    assert {point.place for point in points[:3]} == set(passed)
    assert Counter(point.place for point in points) == passed
    assert len({(point.place, point.number) for point in points}) == 44


@pytest.mark.slow
def test_a_server_of_which_three_requests_in_ten_fail_gives_the_same_bytes(tmp_path: Path) -> None:
    spec, data = write_small_example(tmp_path, 40)
    outputs = []
    for number, share in enumerate((0.0, 0.3)):
        behaviour = Behaviour(fault_share=share, retry_after=0.01, slow=0.05)
        with ChatServer(EmbeddedAnswers(), behaviour) as server:
            home = tmp_path / f"home{number}"
            home.mkdir()
            models = home / "models.toml"
            models.write_text(f'[models.faulty]\nuri = "openai:x@{server.url}"\n')
            subprocess.run(
                [
                    sys.executable, "-m", "concord", "run", "--spec", str(spec), "--data", str(data), "--model", "faulty",
                    "--config", str(models), "--rounds", "1", "--batches", "2", "--singles", "1", "--max-trials", "3",
                    "--out", str(home / "run"),
                ],
                env={**os.environ, "CONCORD_HOME": str(home)}, check=True, capture_output=True,
            )  # fmt: skip
            assert bool(server.faults) == bool(share)
            summary = json.loads((home / "run" / "summary.json").read_text())
            del summary["provenance"]["models"]  # each server has an address of its own
            outputs.append((summary, (home / "run" / "spec.md").read_bytes()))
    assert outputs[0] == outputs[1]
