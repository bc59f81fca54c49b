"""The whole loop against a real HTTP server that speaks Chat Completions."""

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from builders import ROLES

from concord.graph import Finished, Options, RunInputs, RunRecords, launch
from concord.models.budget import Budget
from concord.models.caller import Caller
from concord.models.registry import open_model
from concord.panel.importers.load import load
from concord.panel.records import Panel
from concord.spec import read_spec
from concord.store.memory import MemoryCallCache
from concord.testing.behaviour import Behaviour
from concord.testing.fake_server import ChatServer

ROOT = Path(__file__).resolve().parents[2]
OPTIONS = Options(rounds=1, batches=2, singles=2, max_trials=6)


def few(count: int) -> Panel:
    """The first conversations of the example with their people."""
    whole = load(ROOT / "example" / "data")
    names = set(sorted(whole.conversations)[:count])
    return whole.model_copy(
        update={
            "conversations": {name: whole.conversations[name] for name in names},
            "assessments": tuple(a for a in whole.assessments if a.conversation in names),
        }
    )


def run(uri: str, options: Options = OPTIONS) -> Finished:
    async def whole() -> Finished:
        model = open_model(uri)
        records, budget = RunRecords.in_memory(), Budget()
        caller = Caller(model, cache=MemoryCallCache(), calls=records.calls, budget=budget)
        inputs = RunInputs(
            spec=read_spec(ROOT / "example" / "spec.md"), panel=few(60), callers=dict.fromkeys(ROLES, caller),
            budget=budget, records=records, options=options,
        )  # fmt: skip
        ended = await launch(inputs)
        await model.close()
        assert isinstance(ended, Finished)
        return ended

    return asyncio.run(whole())


@pytest.mark.slow
@pytest.mark.parametrize("context", ["scoped", "full"])
def test_every_agent_answers_and_the_run_ends_by_itself(context: str) -> None:
    with ChatServer() as server:
        ended = run(f"openai:stand-in@{server.url}", OPTIONS.model_copy(update={"context": context}))
    records = ended.context.records
    roles = Counter(call.role for call in records.calls.find())
    assert {"ranker", "relevance", "batch_proposer", "conversation_proposer"} <= set(roles)
    assert ended.summary.failed_calls == 0
    assert all(call.input_tokens > 0 for call in records.calls.find(status="answered") if not call.cached)


@pytest.mark.slow
def test_a_server_that_fails_often_gives_the_same_summary() -> None:
    with ChatServer() as server:
        smooth = run(f"openai:stand-in@{server.url}")
    with ChatServer(behaviour=Behaviour(fault_share=0.2, retry_after=0.01)) as server:
        rough = run(f"openai:stand-in@{server.url}")
    assert rough.spec == smooth.spec
    one, other = (each.summary.model_dump(exclude={"provenance"}) for each in (rough, smooth))
    assert one == other
