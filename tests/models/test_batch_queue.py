"""Queues of batches, against a real server with Files and Batches endpoints: late, forgetful, killed; never paid twice."""

import asyncio
import json
import time
from pathlib import Path

import pytest

from concord.agents.answers import RankingAnswer
from concord.models.batch_lines import MOST_LINES, shares, written
from concord.models.budget import Budget
from concord.models.call_log import StoredCalls
from concord.models.caller import Answered, Caller, RetryPolicy
from concord.models.config import ModelConfig
from concord.models.protocol import BaseModel, Request, Ticketed
from concord.models.records import Where
from concord.models.registry import open_model
from concord.models.tickets import TICKETS, waiting
from concord.prompts.render import Part
from concord.store.memory import MemoryCallCache, MemoryStore
from concord.testing.batch_engine import BatchEngine
from concord.testing.batch_server import BatchServer, Slowness

FAST = {"poll": 0.02, "gather": 0.02}


def question(n: int) -> Request:
    parts = (Part(name="system", text="Rank."), Part(name="conversation", text=f"question {n}"))
    return Request(
        role="ranker", template="t@0", parts=parts, answer=RankingAnswer, expect={"labels": ["A", "B"]}
    )


def answer(asked: object) -> str:
    return json.dumps({"explanation": "because", "ranking": "A>B"})


def opened(uri: str, store: MemoryStore | None = None, **settings: object) -> BaseModel:
    model = open_model(uri, ModelConfig.checked({"models": {uri: FAST | settings}}, "test"))
    assert isinstance(model, Ticketed)
    model.keep_tickets(store or MemoryStore())
    return model


async def asked(
    model: BaseModel, count: int, cache: MemoryCallCache | None = None
) -> tuple[list[Answered[RankingAnswer]], StoredCalls]:
    calls = StoredCalls.in_memory()
    caller = Caller(
        model,
        cache=cache or MemoryCallCache(),
        calls=calls,
        budget=Budget(),
        retry=RetryPolicy(first_delay=0.0),
    )
    try:
        return await caller.ask([question(n) for n in range(count)], Where(), RankingAnswer), calls
    finally:
        await model.close()


def server(folder: Path, **slowness: object) -> BatchServer:
    return BatchServer(folder / "server", Slowness.model_validate(slowness), answer)


def uri(server: BatchServer) -> str:
    return f"openai-batch:m@{server.url}"


def test_questions_go_out_together_and_come_back_out_of_order(tmp_path: Path) -> None:
    with server(tmp_path, late=0.1) as queue:
        answered, _ = asyncio.run(asked(opened(uri(queue)), 20))
        assert all(each.answer for each in answered)
        (batch,) = queue.batches
        assert batch["request_counts"]["total"] == 20
        assert len(batch["metadata"]["concord"]) == 16
        assert set(queue.answers) == {question(n).key for n in range(20)}


@pytest.mark.parametrize(
    "slowness", [{"expired_share": 0.4}, {"refused_share": 0.4}, {"expired_share": 0.3, "refused_share": 0.3}]
)
def test_what_a_batch_left_unanswered_goes_again_and_nothing_else(
    tmp_path: Path, slowness: dict[str, float]
) -> None:
    with server(tmp_path, **slowness) as queue:
        answered, _ = asyncio.run(asked(opened(uri(queue)), 30))
        assert all(each.answer for each in answered)
        assert len(queue.batches) == 2
        assert set(queue.answers.values()) == {1}


def test_a_queue_may_have_trouble_with_some_batches_only(tmp_path: Path) -> None:
    with server(tmp_path, expired_share=0.4, troubled_share=0.0) as queue:
        answered, _ = asyncio.run(asked(opened(uri(queue)), 30))
        assert all(each.answer for each in answered)
        assert [batch["status"] for batch in queue.batches] == ["completed"]


def test_a_batch_that_is_too_much_for_the_account_goes_in_parts(tmp_path: Path) -> None:
    with server(tmp_path, most_lines=8) as queue:
        answered, _ = asyncio.run(asked(opened(uri(queue)), 30))
        assert all(each.answer for each in answered)
        assert set(queue.answers.values()) == {1}
        assert {"failed", "completed"} == {batch["status"] for batch in queue.batches}


def test_after_a_stated_wait_the_live_endpoint_is_asked_at_full_price(tmp_path: Path) -> None:
    with server(tmp_path, late=60.0) as queue:
        model = opened(
            uri(queue), live_after_hours=0.2 / 3600, usd_per_million_input=1.0, usd_per_million_output=1.0
        )
        answered, calls = asyncio.run(asked(model, 10))
        assert all(each.answer for each in answered)
        assert [batch["status"] for batch in queue.batches] == ["cancelled"]
        assert (sum(queue.answers.values()), sum(queue.answered.values())) == (5, 5)
        prices = sorted(
            call.usd / (call.input_tokens + call.output_tokens) for call in calls.find() if call.usd
        )
        assert [round(price * 1e6, 6) for price in prices] == [1.0] * 5 + [2.0] * 5


def test_known_prices_are_halved_and_stated_ones_hold(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test")
    live, batch = open_model("openai:gpt-4.1"), open_model("openai-batch:gpt-4.1")
    assert live.profile.usd_per_million_output
    assert batch.profile.usd_per_million_output == live.profile.usd_per_million_output / 2
    assert batch.profile.timeout is None
    stated = ModelConfig.checked(
        {"models": {"openai-batch:gpt-4.1": {"usd_per_million_output": 3.0}}}, "test"
    )
    assert open_model("openai-batch:gpt-4.1", stated).profile.usd_per_million_output == 3.0
    assert batch.identity == live.identity


async def stopped(model: BaseModel, count: int, after: float) -> None:
    """A process that ends while its batch is in the queue."""
    asking = asyncio.create_task(asked(model, count))
    await asyncio.sleep(after)
    asking.cancel()
    await asyncio.gather(asking, return_exceptions=True)


def test_a_run_that_was_stopped_collects_what_it_handed_over(tmp_path: Path) -> None:
    store = MemoryStore()
    with server(tmp_path, late=0.6) as queue:
        asyncio.run(stopped(opened(uri(queue), store), 12, 0.3))
        (ticket,) = waiting(store)
        assert (ticket.state, ticket.size, ticket.model) == ("sent", 12, uri(queue))
        answered, _ = asyncio.run(asked(opened(uri(queue), store), 12))
        assert all(each.answer for each in answered)
        assert len(queue.batches) == 1
        assert waiting(store) == []


@pytest.mark.parametrize("lost", ["the batch's name", "the ticket"])
def test_a_batch_that_was_sent_by_a_process_that_could_not_write_it_down_is_found_in_the_list(
    tmp_path: Path, lost: str
) -> None:
    store = MemoryStore()
    with server(tmp_path, late=0.6) as queue:
        for n in (2, 3):  # other batches of the account, on other pages
            asyncio.run(stopped(opened(uri(queue)), n, 0.2))
        asyncio.run(stopped(opened(uri(queue), store), 12, 0.3))
        assert len(queue.batches) == 3
        fresh = MemoryStore()
        if lost == "the batch's name":
            (ticket,) = store.repository(TICKETS).find()
            fresh.repository(TICKETS).put(ticket.model_copy(update={"state": "planned", "batch": ""}))
        answered, _ = asyncio.run(asked(opened(uri(queue), fresh), 12))
        assert all(each.answer for each in answered)
        assert len(queue.batches) == 3


def test_a_server_that_dies_between_sending_and_collecting_is_waited_for(tmp_path: Path) -> None:
    async def whole() -> list[Answered[RankingAnswer]]:
        first = server(tmp_path, late=0.3)
        first.__enter__()
        port = int(first.url.split(":")[2].split("/")[0])
        asking = asyncio.create_task(asked(opened(uri(first)), 10))
        for _ in range(500):
            if first.batches:
                break
            await asyncio.sleep(0.02)
        first.__exit__(None, None, None)
        await asyncio.sleep(0.3)
        with BatchServer(tmp_path / "server", Slowness(late=0.3), answer, port=port) as again:
            answered, _ = await asking
            assert len(again.batches) == 1
            assert set(again.answers.values()) == {1}
        return answered

    assert all(each.answer for each in asyncio.run(whole()))


def test_a_queue_without_a_key_fails_at_once_with_a_sentence(tmp_path: Path) -> None:
    with server(tmp_path) as queue:
        queue.behaviour = queue.behaviour.model_copy(update={"key": "right"})
        queue._respond = super(BatchServer, queue)._respond  # type: ignore[method-assign]  # the guard of the live endpoint
        answered, _ = asyncio.run(asked(opened(uri(queue)), 3))
    assert all("refuses the key" in each.failure for each in answered)


# Files


def batches_in(folder: Path) -> list[Path]:
    return list(folder.glob("*.in.jsonl"))


@pytest.mark.parametrize("left_out", [0.0, 0.4])
def test_a_folder_takes_batches_and_gives_answers(tmp_path: Path, left_out: float) -> None:
    folder = tmp_path / "qwen3"
    with BatchEngine(folder, answer, left_out=left_out):
        answered, _ = asyncio.run(asked(opened(f"batch-file:{folder}"), 20))
    assert all(each.answer for each in answered)
    batches = batches_in(folder)
    assert len(batches) == (2 if left_out else 1)
    lines = [json.loads(line) for batch in batches for line in batch.read_bytes().splitlines()]
    assert (lines[0]["method"], lines[0]["url"], lines[0]["body"]["model"]) == (
        "POST",
        "/v1/chat/completions",
        "qwen3",
    )
    assert {line["custom_id"] for line in lines} == {question(n).key for n in range(20)}
    answers = [line for path in folder.glob("*.out.jsonl") for line in path.read_bytes().splitlines()]
    assert len(answers) == 20, "an answer that is there is asked for again"


def test_a_folder_that_an_engine_filled_meanwhile_is_read_after_a_restart(tmp_path: Path) -> None:
    folder, store = tmp_path / "m", MemoryStore()
    asyncio.run(stopped(opened(f"batch-file:{folder}", store), 5, 0.2))
    with BatchEngine(folder, answer) as engine:
        while not engine.batches:
            time.sleep(0.01)
    answered, _ = asyncio.run(asked(opened(f"batch-file:{folder}", store), 5))
    assert all(each.answer for each in answered)
    assert len(list(folder.glob("*.in.jsonl"))) == 1


# Lines


def test_lines_are_split_at_both_limits() -> None:
    lines = {f"{n}": b"x" * 10 for n in range(7)}
    assert [len(share) for share in shares(lines, most=3)] == [3, 3, 1]
    assert [len(share) for share in shares(lines, most_bytes=25)] == [2, 2, 2, 1]
    assert [key for share in shares(lines, most=2) for key in share] == list(lines)
    assert shares({}) == []
    assert MOST_LINES == 50_000


def test_a_line_is_one_line_whatever_it_asks() -> None:
    line = written("k", {"text": "a\nb\u2028 \ud800"})
    assert line.count(b"\n") == 1
    assert line.endswith(b"\n")
