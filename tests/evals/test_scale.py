"""The experiment on scale, on small sizes: figures are there, and what isn't asked for or can't be had is null."""

import asyncio
import json
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from concord.evals import scale, scale_places
from concord.evals.scale import NONE_YET, Config, run
from concord.evals.scale_agreement import exponent
from concord.evals.scale_places import PLACES, Found, Place, compare, why_absent
from concord.evals.scale_runs import AT_ONCE, Ground, Ran, example_ground, world_ground
from concord.evals.scale_server import Reader, Server, Serving
from concord.testing.batch_server import Slowness, batches_in


@pytest.mark.slow
def test_agreement_is_timed_in_processes_of_its_own() -> None:
    said: list[str] = []
    config = Config(parts=("agreement",), sizes=(2_000, 20_000))
    figures = asyncio.run(run(config, seed=1, progress=said.append))
    assert figures.keys() == NONE_YET.keys()
    assert isinstance(figures["agreement_exponent"], float)
    assert figures["ray_same"] is figures["agreement_seconds_1e6"] is None
    assert len(said) == 2


def test_the_exponent_is_the_power_of_growth() -> None:
    assert exponent({10: 3.0, 100: 30.0, 1000: 300.0}) == pytest.approx(1.0)
    assert exponent({10: 1.0, 100: 100.0}) == pytest.approx(2.0)


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_a_run_ends_with_the_same_bytes_elsewhere_and_after_kills(place: Place) -> None:
    if (reason := why_absent(place)) is not None:
        pytest.skip(reason)
    said: list[str] = []
    config = Config(parts=(place,), conversations=30, rounds=1, world="none", answer_latency=0.05)
    figures = asyncio.run(run(config, progress=said.append))
    assert (figures[f"{place}_same"], figures[f"{place}_kill_same"]) == (1.0, 1.0), said
    asked_twice = figures[f"{place}_asked_twice"]
    assert isinstance(asked_twice, float)
    assert asked_twice <= AT_ONCE
    others = {f"{other}_same" for other in PLACES if other != place}
    assert all(figures[name] is None for name in (*others, "pace_error", "agreement_exponent"))


@pytest.mark.slow
def test_a_planted_world_goes_through_a_queue_of_batches_too(tmp_path: Path) -> None:
    ground = world_ground(tmp_path, "small", 3, 1, 0.0)
    wanted, found = ground.run("here", "--model", "live"), Found()
    compare(ground, wanted, "batch", found, kills=False, say=lambda _: None)
    assert found == Found(same=True, kill_same=None)
    assert b"the simulated" not in wanted.outputs["spec.md"]


def test_a_place_that_cannot_be_had_is_told_and_its_figures_are_null(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "why_absent", lambda place: f"no {place} here")
    monkeypatch.setattr(scale, "_grounds", lambda *_: [])
    said: list[str] = []
    figures = asyncio.run(run(Config(parts=("fleet", "ray", "postgres", "batch")), progress=said.append))
    assert said == ["no ray here", "no ray here", "no postgres here", "no batch here"]
    assert set(figures.values()) == {None}


def test_one_different_byte_and_every_question_asked_again_are_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = example_ground(tmp_path, 20, 1, 0.0)
    wanted = Ran({"spec.md": b"a"}, Counter(["q", "q", "r"]), 1.0)
    runs: dict[str, Any] = {"left alone": lambda _: Ran({"spec.md": b"a"}, wanted.answered, 1.0)}
    killed: dict[str, Any] = {
        "first": lambda *_: Ran({"spec.md": b"b"}, Counter(["q", "q", "q", "r", "s"]), 1.0),
        "second": lambda *_: Ran({"spec.md": b"a"}, Counter(["q"]), 1.0),
    }
    monkeypatch.setitem(scale_places._UNDISTURBED, "ray", runs)  # type: ignore[arg-type]  # a dict behind a Mapping
    monkeypatch.setitem(scale_places._DISTURBED, "ray", killed)  # type: ignore[arg-type]  # a dict behind a Mapping
    found, said = Found(), list[str]()
    compare(ground, wanted, "ray", found, kills=True, say=said.append)
    assert found == Found(same=True, kill_same=False, asked_twice=2)
    assert said[1] == "the example, first killed: different, 2 asked twice, 1 s"


def test_a_part_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValidationError, match="parts"):
        Config.model_validate({"parts": ["agreemnt"]})


def asked(url: str, text: str) -> None:
    body = {"model": "m", "messages": [{"role": "user", "content": text}]}
    request = urllib.request.Request(f"{url}/chat/completions", json.dumps(body).encode())
    urllib.request.urlopen(request).read()


def test_a_server_that_is_killed_still_knows_what_it_answered(tmp_path: Path) -> None:
    ground: Ground = example_ground(tmp_path, 20, 1, 0.0)
    url = f"http://127.0.0.1:{ground.port}/v1"
    serving = Serving(
        folder=tmp_path / "server", port=ground.port, reader=Reader(), latency=0.0, slowness=Slowness()
    )
    with Server(serving) as server:
        assert server.count == 0
        asked(url, "a")
        asked(url, "b")
        server.kill()
        server.start(Slowness(late=9.0))
        asked(url, "b")
        assert server.count == 3
        assert sorted(server.answered.values()) == [1, 2]
    assert batches_in(tmp_path / "server") == []
