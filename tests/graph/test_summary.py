"""The summary: the output contract, and the same bytes for the same inputs whatever the timing."""

import asyncio
import json
import random
from pathlib import Path
from typing import Any

import pytest

from concord.graph.launch import Finished, launch
from concord.graph.run_records import RunRecords
from concord.models.protocol import Failure
from concord.store.memory import MemoryCallCache

OPTIONS = {"rounds": 2, "batches": 2, "singles": 2, "trial_conversations": 20, "screen_conversations": 8}
SIZES = {"train": 20, "selection": 60, "test": 8}


def mends(request: Any) -> dict[str, Any]:
    """What a proposer may come up with: a mend, one that changes nothing, one that doesn't apply."""
    texts = [("must be short", "must be kind"), ("must be short", "must be short"), ("is not there", "x")]
    return {
        "proposals": [
            {
                "intent": f"{section}: {text}", "kind": "clarification",
                "edits": [{"op": "replace", "section": section, "anchor": anchor, "text": text}],
            }
            for section in ("tone", "money")
            for anchor, text in texts
        ]
    }  # fmt: skip


def small_world(world: Any, **more: Any) -> Any:
    answers = {"batch_proposer": mends, "conversation_proposer": mends, **more.pop("answers", {})}
    return world(**SIZES, answers=answers, options={**OPTIONS, **more.pop("options", {})}, **more)


def finished(small: Any, checkpoint: Path | None = None) -> Finished:
    ended = asyncio.run(launch(small.setup, checkpoint=checkpoint))
    assert isinstance(ended, Finished)
    return ended


def test_it_says_what_the_contract_asks_for(world: Any) -> None:
    small = small_world(world)
    told = json.loads(finished(small).summary.model_dump_json())
    assert {
        "stop_reason",
        "rounds",
        "model",
        "notice",
        "calls",
        "proposals",
        "adopted",
        "rejected",
        "sealed_test",
    } <= set(told)
    assert set(told["calls"]) == {"ranker", "relevance", "proposer", "validator"}
    assert told["model"] == dict.fromkeys(["ranker", "relevance", "proposer", "validator"], "scripted")
    assert set(told["proposals"]) == {"made", "tried", "adopted"}
    assert {"id", "section", "kind", "origin", "intent"} <= set(told["adopted"][0])
    sealed = told["sealed_test"]
    assert sealed["conversations"] == 8
    for name in ("original", "final", "no_spec", "leave_one_out", "longest", "gain"):
        assert {"estimate", "low", "high"} <= set(sealed[name])
    for name in ("original", "final", "no_spec", "leave_one_out", "longest"):
        assert 0 <= sealed[name]["estimate"] <= 1


def test_its_counts_are_those_of_the_store(world: Any) -> None:
    small = small_world(world)
    told = finished(small).summary
    store = small.store
    assert told.proposals == {
        "made": store.proposals.count(),
        "tried": store.trials.count(stage="trial"),
        "adopted": store.decisions.count(decision="adopted"),
    }
    assert told.calls["ranker"] == store.calls.count(role="ranker")
    assert sum(told.rejected.values()) + told.proposals["adopted"] == store.proposals.count()
    assert told.rejected["empty"] == 1
    assert told.rejected["anchor"] >= 1


def test_times_caches_and_openings_are_not_in_it(world: Any) -> None:
    text = finished(small_world(world)).summary.model_dump_json()
    for word in ("latency", "second", "cached", "opening", "usd"):
        assert word not in text


def test_a_second_run_out_of_the_cache_writes_the_same_bytes(world: Any) -> None:
    cache = MemoryCallCache()
    first = finished(small_world(world, cache=cache)).summary.model_dump_json()
    again = small_world(world, cache=cache)
    assert finished(again).summary.model_dump_json() == first
    assert again.asked == []


@pytest.mark.parametrize("seed", range(2))
def test_the_order_in_which_answers_come_changes_nothing(world: Any, seed: int) -> None:
    def run(slow: bool) -> tuple[str, str, list[Any]]:
        small = small_world(world)
        small.model.profile = small.model.profile.model_copy(update={"ticket_size": 1, "concurrency": 8})
        if slow:
            waits = random.Random(seed)
            collect = small.model.collect

            async def late(ticket: Any) -> Any:
                await asyncio.sleep(waits.random() / 500)
                async for reply in collect(ticket):
                    yield reply

            small.model.collect = late
        ended = finished(small)
        return (
            ended.summary.model_dump_json(),
            ended.spec.text,
            sorted(small.store.proposals.find(), key=lambda p: p.id),
        )

    assert run(slow=True) == run(slow=False)


def test_what_both_proposers_made_keeps_the_conversations_of_both(world: Any) -> None:
    small = small_world(world, options={"rounds": 1, "batches": 1, "singles": 2, "batch_size": 2})
    finished(small)
    shown = {
        c for _, note in small.store.notes("selection:") for c in [*note["batches"][0], *note["singles"]]
    }
    kept = [p for p in small.store.proposals.find() if p.edits[0].text == "must be kind"]
    assert {c for p in kept for c in p.conversations} == shown
    assert {p.origin for p in kept} == {"batch"}
    assert small.store.note("overlap:0001") == {"proposals": 4, "by_both": 2}


@pytest.mark.parametrize("max_calls", [30, 110, 130, 150, 170, 180])
def test_wherever_the_budget_ends_each_proposal_has_one_decision_of_the_loop(
    world: Any, max_calls: int
) -> None:
    small = small_world(world, max_calls=max_calls, options={"rounds": 3})
    ended = finished(small)
    assert sorted(d.proposal for d in small.store.decisions.find(by="loop")) == sorted(
        p.id for p in small.store.proposals.find()
    )
    assert ended.summary.stop_reason == "budget"
    assert ended.summary.sealed_test is not None
    assert sum(1 for _ in small.asked) <= max_calls


@pytest.mark.parametrize("after", [25, 95, 110, 150, 180])
def test_a_run_broken_off_anywhere_comes_to_the_same_summary(world: Any, tmp_path: Path, after: int) -> None:
    whole = finished(small_world(world))
    store, cache = RunRecords.in_memory(), MemoryCallCache()
    small = small_world(world, store=store, cache=cache)
    collect = small.model.collect
    left = [after]

    async def breaks(ticket: Any) -> Any:
        async for reply in collect(ticket):
            left[0] -= 1
            if left[0] == 0:
                raise ConnectionAbortedError("power cut")
            yield reply

    small.model.collect = breaks
    with pytest.raises(ConnectionAbortedError):
        finished(small, tmp_path / "checkpoint.db")
    resumed = finished(small_world(world, store=store, cache=cache), tmp_path / "checkpoint.db")
    assert resumed.summary == whole.summary
    assert resumed.spec == whole.spec


def test_a_model_that_fails_everything_asked_of_a_role_leaves_an_honest_summary(world: Any) -> None:
    small = small_world(world, answers={"validator": lambda _: Failure(message="down")})
    told = finished(small).summary
    assert told.proposals["adopted"] == 0
    assert told.rejected["silent"] == 2
    assert told.failed_calls > 0
