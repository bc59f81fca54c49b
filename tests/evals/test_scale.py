"""The experiment on scale, on small sizes: figures are there, and what isn't asked for or can't be had is null."""

import asyncio
import json
import urllib.request
from collections import Counter
from dataclasses import replace
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


def brief(ground: Ground) -> Ground:
    """The same case in a short run: one round with a trial or two."""
    words = (*ground.case.arguments, "--batches", "1", "--singles", "1", "--max-trials", "2")
    return replace(ground, case=replace(ground.case, arguments=words))


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_a_run_ends_with_the_same_bytes_elsewhere_and_after_kills(place: Place, tmp_path: Path) -> None:
    if (reason := why_absent(place)) is not None:
        pytest.skip(reason)
    ground = brief(example_ground(tmp_path, 20, 1, 0.05))
    wanted, found, said = ground.run("here", "--model", "live"), Found(), list[str]()
    compare(ground, wanted, place, found, kills=True, say=said.append)
    assert (found.same, found.kill_same) == (True, True), said
    assert found.asked_twice <= AT_ONCE, said


@pytest.mark.slow
def test_a_planted_world_goes_over_the_wire_and_on_postgres_too(tmp_path: Path) -> None:
    if (reason := why_absent("postgres")) is not None:
        pytest.skip(reason)
    ground = brief(world_ground(tmp_path, "small", 3, 1, 0.0))
    wanted, found = ground.run("here", "--model", "live"), Found()
    compare(ground, wanted, "postgres", found, kills=False, say=lambda _: None)
    assert found == Found(same=True, kill_same=None)
    assert len(wanted.answered) > 100


def test_a_place_that_cannot_be_had_is_told_and_its_figures_are_null(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scale, "why_absent", lambda place: f"no {place} here")
    monkeypatch.setattr(scale, "_grounds", lambda *_: [])
    said: list[str] = []
    figures = asyncio.run(run(Config(parts=("fleet", "ray", "postgres", "batch")), progress=said.append))
    assert said == ["no ray here", "no ray here", "no postgres here", "no batch here"]
    assert set(figures.values()) == {None}


def test_what_the_places_came_to_is_told_by_their_names(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def compared(_ground: Ground, _wanted: Ran, place: Place, found: Found, *, kills: bool, **_: Any) -> None:
        found.same &= place != "batch"
        if kills:
            found.kill_same, found.asked_twice = True, 7

    monkeypatch.setattr(scale, "compare", compared)
    monkeypatch.setattr(scale, "why_absent", lambda _: None)
    monkeypatch.setattr(Ground, "run", lambda *_: Ran({}, Counter(), 0.0))
    config = Config(parts=("postgres", "batch"), conversations=20, world="small", kills=False)
    figures = asyncio.run(run(config))
    assert {name: value for name, value in figures.items() if value is not None} == {
        "postgres_same": 1.0,
        "batch_same": 0.0,
    }
    figures = asyncio.run(run(Config(parts=("postgres",), conversations=20, world="none")))
    told = (figures["postgres_kill_same"], figures["postgres_asked_twice"], figures["in_flight"])
    assert told == (1.0, 7.0, AT_ONCE)


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
    monkeypatch.setitem(scale_places._UNDISTURBED, "ray", runs)
    monkeypatch.setitem(scale_places._DISTURBED, "ray", killed)
    found, said = Found(), list[str]()
    compare(ground, wanted, "ray", found, kills=True, say=said.append)
    assert found == Found(same=True, kill_same=False, asked_twice=2)
    assert said[1] == "the example, first killed: different, 2 asked twice, 1 s"


def test_a_part_that_there_is_not_is_refused() -> None:
    with pytest.raises(ValidationError, match="parts"):
        Config.model_validate({"parts": ["agreemnt"]})


def asked(url: str, text: str, system: str = "Rank.") -> None:
    told = [{"role": "system", "content": system}] if system else []
    body = {"model": "m", "messages": [*told, {"role": "user", "content": text}]}
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
        asked(url, "is anybody there?", system="")  # what a run tries a server with
        asked(url, "a")
        asked(url, "b")
        server.kill()
        server.start(Slowness(late=9.0))
        asked(url, "b")
        assert server.count == 3
        assert sorted(server.answered.values()) == [1, 2]
    assert batches_in(tmp_path / "server") == []
