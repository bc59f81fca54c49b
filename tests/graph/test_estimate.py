"""--dry-run: what a run would take, told without asking anything."""

import asyncio
from typing import Any

import pytest
from builders import World, kinder

from concord.graph import launch
from concord.graph.estimating import Line, estimate


def lines(given: World) -> dict[str, Line]:
    return {line.role: line for line in estimate(given.context()).lines}


def test_a_dry_run_asks_nothing_and_keeps_no_record() -> None:
    given = World()
    estimate(given.context())
    assert given.asked == []
    assert given.records.calls.count() == 0


def test_it_tells_the_open_and_the_sealed_conversations() -> None:
    assert estimate(World().context()).conversations == {"open": 24, "test": 4}


def test_the_least_is_what_a_round_takes_that_finds_nothing() -> None:
    given = World(options={"rounds": 1, "batches": 1, "singles": 2})
    told = lines(given)
    asyncio.run(launch(given.inputs))
    count = given.records.calls.count
    assert told["relevance"].least == count(role="relevance") == 1
    assert told["ranker"].least == 24 + 4 * 4
    assert count(role="ranker") == 24
    assert told["batch_proposer"].least == count(role="batch_proposer")
    assert told["conversation_proposer"].least == count(role="conversation_proposer")
    assert told["validator"].least == count(role="validator") == 0


def test_a_run_that_finds_something_stays_under_the_most() -> None:
    given = World(answers={"batch_proposer": kinder, "conversation_proposer": kinder})
    told = lines(given)
    asyncio.run(launch(given.inputs))
    for role, line in told.items():
        sent = sum(not call.cached for call in given.records.calls.find(role=role))
        assert sent <= line.most, role


def test_every_agent_has_a_line_that_grows_with_the_run() -> None:
    short, long = lines(World(options={"rounds": 1})), lines(World(options={"rounds": 8}))
    assert set(short) == {"ranker", "relevance", "batch_proposer", "conversation_proposer", "validator"}
    assert all(line.least <= line.most for line in short.values())
    assert long["ranker"].most > short["ranker"].most
    assert long["batch_proposer"].most == 8 * short["batch_proposer"].most


def test_the_precheck_is_reckoned_with_at_its_bound_and_not_at_all_where_it_is_off() -> None:
    few, many, none = (
        lines(World(options=option))["validator"].most
        for option in ({"precheck_justifications": 24}, {}, {"precheck": False})
    )
    assert many - none == 4 * (few - none) > 0


@pytest.mark.parametrize(
    ("option", "role"),
    [
        ({"proposers": "batch"}, "conversation_proposer"),
        ({"proposers": "conversation"}, "batch_proposer"),
        ({"validating": False}, "validator"),
    ],
)
def test_an_agent_that_is_switched_off_makes_no_calls(option: dict[str, Any], role: str) -> None:
    given = World(options=option, answers={"batch_proposer": kinder, "conversation_proposer": kinder})
    assert (lines(given)[role].least, lines(given)[role].most) == (0, 0)
    asyncio.run(launch(given.inputs))
    assert given.records.calls.count(role=role) == 0


def test_dollars_come_from_the_models_prices() -> None:
    given = World()
    assert {line.usd_most for line in lines(given).values()} == {0.0}
    given.model.profile = given.model.profile.model_copy(update={"usd_per_million_input": 1e6})
    priced = lines(given)["ranker"]
    assert priced.usd_least == pytest.approx(priced.least * priced.input_tokens_a_call, rel=0.05)
    assert priced.usd_least is not None
    assert priced.usd_most is not None
    assert priced.usd_least < priced.usd_most


def test_what_the_data_and_the_models_must_say_is_said_once() -> None:
    given = World()
    given.model.profile = given.model.profile.model_copy(update={"notice": "A stand-in."})
    assert estimate(given.context()).notice == "A stand-in."
