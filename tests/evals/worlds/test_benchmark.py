"""`concord eval worlds`: the loop as shipped in a synthetic world, its two texts scored by the hidden truth."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from concord.errors import OptionError
from concord.evals.synthetic.config import PeopleConfig, WorldConfig
from concord.evals.worlds.benchmark import Config, run, world_config
from concord.evals.worlds.figures import false_share, figures
from concord.evals.worlds.jobs import Result, best_rival
from concord.evals.worlds.outcome import Outcome, Reported
from concord.graph.options import Options

LOOP = Options(rounds=2, batches=3, singles=2)


def outcome(method: str, **more: Any) -> Outcome:
    given: dict[str, Any] = {
        "gain": 1.0,
        "share": 0.5,
        "adopted": 2,
        "false": 0,
        "held": 1,
        "planted": 2,
        "calls": 10,
    }
    return Outcome(method=method, **{**given, **more})


def result(**outcomes: Outcome) -> Result:
    names = {"likely": "concord likely", "proven": "concord proven", "gepa": "gepa b8"}
    return Result(
        seed=0, original=60, best=2, effects=(5, 6), seconds=1,
        outcomes={names.get(name, name): each for name, each in outcomes.items()},
    )  # fmt: skip


def test_figures_are_shares_of_what_the_true_spec_brings() -> None:
    results = [
        result(
            likely=outcome("l", told=Reported(estimate=1, low=0, high=2)), proven=outcome("p", gain=0.5, adopted=1),
            study=outcome("s", gain=1.9, adopted=4, false=2), gepa=outcome("g", gain=-1.0),
        ),
        result(
            likely=outcome("l", gain=2.0, held=2, told=Reported(estimate=1, low=0, high=1.5)),
            proven=outcome("p", gain=0.0, adopted=0), study=outcome("s", gain=1.0), gepa=outcome("g", gain=2.0),
        ),
    ]  # fmt: skip
    found = figures(results)
    assert (found["net_gain_likely"], found["net_gain_proven"]) == (0.75, 0.125)
    assert (best_rival(results), found["net_gain_best_rival"]) == ("study", 2.9 / 4)
    assert (found["coverage_likely"], found["found_likely"]) == (0.5, 0.5)
    assert found["false_share_best_rival"] == false_share([r.outcomes["study"] for r in results]) == 0.25


@pytest.mark.slow
def test_the_loop_closes_a_gap_and_inverted_prompts_close_none() -> None:
    shipped, inverted = (
        asyncio.run(run(Config(shape="small", effects="large", prompts=prompts, rivals=(), processes=1), seeds=1, seed=0))
        for prompts in ("shipped", "inverted")
    )  # fmt: skip
    assert float(shipped["net_gain_likely"] or 0) > 0.5
    assert float(inverted["net_gain_likely"] or 0) < 0.1


def test_a_world_is_worked_on_and_told(tmp_path: Path) -> None:
    world = tmp_path / "world.toml"
    world.write_text(
        "conversations = 60\nfresh = 200\nsections = 4\nplanted = 1\n[people]\nparticipants = 30\nraters = 5\n"
    )
    config = Config(
        shape="small", world=world, rivals=("greedy",), processes=1, loop=LOOP, out=tmp_path / "out",
        frontier=(0.1,),
    )  # fmt: skip
    found = asyncio.run(run(config, seeds=1, seed=1))
    assert str(found["best_rival"]).startswith("greedy")
    wanted = {"net_gain_likely", "net_gain_proven", "net_gain_best_rival", "false_share_likely", "calls", "best_rival_calls",
              "coverage_likely", "coverage_proven", "found_likely", "false_share_best_rival"}  # fmt: skip
    assert wanted <= found.keys()
    told = [
        Result.model_validate_json(line)
        for line in (tmp_path / "out" / "outcomes.jsonl").read_text().splitlines()
    ]
    assert len(told) == 1
    assert (
        sum(place.fate == "held" for place in told[0].account.places)
        == told[0].outcomes["concord likely"].held
    )
    assert told[0].account.reached["adopted"].proposals == told[0].outcomes["concord likely"].adopted
    assert told[0].account.reached["made"].proposals >= told[0].account.reached["tried"].proposals > 0
    assert [point.outcome for point in told[0].frontier] == [told[0].outcomes["concord likely"]]
    table = (tmp_path / "out" / "table.txt").read_text()
    for part in ("concord likely", "what became of the planted places", "q = 0.1"):
        assert part in table


def test_a_measured_reader_becomes_the_world_s(tmp_path: Path) -> None:
    (tmp_path / "reader.json").write_text(
        '{"model": "m", "retest_flip_share": 0.07, "order_flip_share": 0.07, "wording_flip_share": null, "edit_flip_share": 0.2,'
        '"position_bias": 0.1, "length_bias": null, "relevance_repeat": 0.8, "validator_repeat": 0.9, "answered": 9,'
        '"failed": 0, "conversations": 3}'
    )
    reader = world_config(Config(reader=tmp_path / "reader.json")).reader
    assert (reader.retest_flips, reader.order_flips) == (0.07, 0.0)
    assert reader.position_bias > 0.1
    with pytest.raises(OptionError, match=r"nowhere\.json"):
        world_config(Config(reader=tmp_path / "nowhere.json"))
    assert isinstance(WorldConfig(people=PeopleConfig()), WorldConfig)
