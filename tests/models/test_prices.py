"""What a call costs: from a kept price list, from the models file, or unknown, and never zero for something."""

import asyncio
import json
from pathlib import Path

import pytest

from concord.agents.answers import RankingAnswer
from concord.errors import ModelError
from concord.models.budget import Budget, paid, price
from concord.models.call_log import StoredCalls
from concord.models.caller import Caller
from concord.models.config import ModelConfig
from concord.models.prices import known_prices
from concord.models.protocol import Profile, Reply, Request, Usage
from concord.models.records import Where
from concord.models.registry import open_model
from concord.prompts.render import Part
from concord.store.memory import MemoryCallCache
from concord.store.protocol import Store
from concord.store.sqlite import SqliteStore
from concord.testing.scripted import ScriptedModel

OPENAI = "https://api.openai.com/v1"
ANSWER = Reply(
    text=json.dumps({"explanation": "", "ranking": "A"}), usage=Usage(input_tokens=10, output_tokens=2)
)


def question(n: int = 0) -> Request:
    parts = (Part(name="conversation", text=f"question {n}"),)
    return Request(role="ranker", template="ranker@0", parts=parts, answer=RankingAnswer)


def test_the_price_list_knows_models_and_their_dated_snapshots() -> None:
    listed = known_prices("gpt-4.1-mini", OPENAI)
    assert listed == known_prices("gpt-4.1-mini-2025-04-14", OPENAI)
    assert set(listed) == {"usd_per_million_input", "usd_per_million_cached", "usd_per_million_output"}
    assert 0 < listed["usd_per_million_cached"] < listed["usd_per_million_input"]


def test_a_model_that_the_list_does_not_know_has_no_price_and_another_server_none_of_openais() -> None:
    assert known_prices("gpt-5.9-mystery", OPENAI) == {}
    assert known_prices("gpt-4.1-mini", "http://localhost:8000/v1") == {}


def test_an_unknown_price_is_unknown_and_not_nothing() -> None:
    usage = Usage(input_tokens=1000, cached_tokens=400, output_tokens=100)
    assert price(Profile(), usage) is None
    assert price(Profile(usd_per_million_input=1.0), usage) is None
    assert price(Profile(answers="native"), usage) == 0.0
    priced = Profile(usd_per_million_input=10.0, usd_per_million_output=20.0)
    assert price(priced, usage) == pytest.approx(0.012)
    cheaper = priced.model_copy(update={"usd_per_million_cached": 1.0})
    assert price(cheaper, usage) == pytest.approx(0.0084)


def test_a_limit_in_dollars_is_refused_for_a_model_without_a_price() -> None:
    model = ScriptedModel(lambda _: ANSWER, profile=Profile(), uri="openai:mystery")
    with pytest.raises(
        ModelError, match=r"openai:mystery.*usd_per_million_input and.*--max-calls"
    ) as problem:
        Caller(model, cache=MemoryCallCache(), calls=StoredCalls.in_memory(), budget=Budget(max_usd=20))
    assert "\n" not in str(problem.value)


def test_the_models_file_is_the_way_out() -> None:
    uri = "openai:qwen3@http://localhost:8000/v1"
    free = {"usd_per_million_input": 0, "usd_per_million_output": 0}
    model = open_model(uri, ModelConfig.checked({"models": {uri: free}}, "m"))
    Budget(max_usd=20).check_prices(model)
    asyncio.run(model.close())


@pytest.mark.parametrize("kept", ["on disk", "in memory"])
def test_one_call_of_unknown_price_makes_the_sum_unknown(tmp_path: Path, kept: str) -> None:
    store: Store | None = SqliteStore.create(tmp_path / "run") if kept == "on disk" else None
    calls = StoredCalls(store) if store else StoredCalls.in_memory()
    budget = Budget()
    known = Profile(usd_per_million_input=1.0, usd_per_million_output=1.0)
    for number, profile in enumerate((known, Profile())):
        model = ScriptedModel(lambda _: ANSWER, profile=profile, uri=f"m{number}")
        caller = Caller(model, cache=MemoryCallCache(), calls=calls, budget=budget)
        asyncio.run(caller.ask([question(number)], Where(), RankingAnswer))
        spent = calls.spent()["ranker"]
        assert (spent.usd is None) == bool(number)
    assert spent.usd_known == pytest.approx(12e-6)
    assert (spent.unpriced, budget.spent.unpriced) == (1, 1)
    assert paid(calls.spent()) == budget.spent
    if store:
        store.close()


def test_a_budget_that_ended_does_not_claim_to_know_what_was_spent() -> None:
    budget = Budget(max_calls=1)
    model = ScriptedModel(lambda _: ANSWER, profile=Profile(concurrency=1))
    caller = Caller(model, cache=MemoryCallCache(), calls=StoredCalls.in_memory(), budget=budget)
    with pytest.raises(Exception, match=r"1 calls, 12 tokens, cost unknown spent"):
        asyncio.run(caller.ask([question(1), question(2)], Where(), RankingAnswer))
