"""--dry-run: what a run would take, told without asking anything."""

import asyncio
from typing import Any

import pytest

from concord.graph.estimate import Line, estimate
from concord.graph.launch import launch


def lines(small: Any) -> dict[str, Line]:
    return {line.role: line for line in estimate(small.setup).lines}


def test_a_dry_run_asks_nothing_and_keeps_no_record(world: Any) -> None:
    small = world()
    estimate(small.setup)
    assert small.asked == []
    assert small.store.calls.count() == 0
    assert list(small.store.notes()) == []


def test_it_tells_the_conversations_of_each_split(world: Any) -> None:
    small = world(train=6, selection=12, test=4)
    assert estimate(small.setup).conversations == {"train": 6, "selection": 12, "test": 4}


def test_the_least_is_what_a_round_takes_that_finds_nothing(world: Any) -> None:
    small = world(options={"rounds": 1, "batches": 1, "singles": 2})
    told = lines(small)
    asyncio.run(launch(small.setup))
    count = small.store.calls.count
    assert told["relevance"].least == count(role="relevance") == 1
    # No spec, final and original are three prompts on the sealed conversations; here two of them are the same.
    assert told["ranker"].least == 6 + 12 + 3 * 4
    assert count(role="ranker") == 6 + 12 + 2 * 4
    assert told["batch_proposer"].least == count(role="batch_proposer")
    assert told["conversation_proposer"].least == count(role="conversation_proposer")
    assert told["validator"].least == count(role="validator") == 0


def test_every_agent_has_a_line_that_grows_with_the_run(world: Any) -> None:
    short, long = lines(world(options={"rounds": 1})), lines(world(options={"rounds": 8}))
    assert set(short) == {"ranker", "relevance", "batch_proposer", "conversation_proposer", "validator"}
    assert all(line.least <= line.most for line in short.values())
    assert long["ranker"].most > short["ranker"].most
    assert long["batch_proposer"].most == 8 * short["batch_proposer"].most


@pytest.mark.parametrize(
    ("option", "role"),
    [
        ({"proposers": "batch"}, "conversation_proposer"),
        ({"proposers": "conversation"}, "batch_proposer"),
        ({"validating": False}, "validator"),
    ],
)
def test_an_agent_that_is_switched_off_makes_no_calls(world: Any, option: dict[str, Any], role: str) -> None:
    assert (lines(world(options=option))[role].least, lines(world(options=option))[role].most) == (0, 0)


def test_dollars_come_from_the_models_prices(world: Any) -> None:
    small = world()
    assert {line.usd_most for line in lines(small).values()} == {0.0}
    small.model.profile = small.model.profile.model_copy(update={"usd_per_million_input": 1e6})
    priced = lines(small)["ranker"]
    assert priced.usd_least == pytest.approx(priced.least * priced.input_tokens_a_call, rel=0.05)
    assert priced.usd_least < priced.usd_most


def test_what_the_data_and_the_models_must_say_is_said_once(world: Any) -> None:
    small = world()
    small.model.profile = small.model.profile.model_copy(update={"notice": "A stand-in."})
    assert estimate(small.setup).notice == "A stand-in."
