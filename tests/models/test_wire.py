"""The Chat Completions wire against a real local server: what is sent, what comes back, what goes wrong."""

import asyncio
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

import httpx2
import pytest
from pydantic import JsonValue

from concord.agents.answers import ProposerAnswer, RankingAnswer, RelevanceAnswer, ValidatorAnswer
from concord.errors import ModelError
from concord.evals import faults
from concord.models.answer_schema import narrowed, strict_schema
from concord.models.budget import Budget
from concord.models.call_log import StoredCalls
from concord.models.caller import Answered, Caller, RetryPolicy
from concord.models.chat_completion import read_completion
from concord.models.check import CheckReport, check
from concord.models.config import Settings
from concord.models.endpoints import Endpoint, open_endpoint, split_uri
from concord.models.keys import Key
from concord.models.openai_wire import OpenAIWire, open_openai
from concord.models.profiles import profile_for
from concord.models.protocol import Answer, Failure, Reply, Request
from concord.models.records import Where
from concord.prompts.render import Part, render
from concord.store.memory import MemoryCallCache
from concord.testing.behaviour import Behaviour
from concord.testing.fake_server import REPAIR, ChatServer
from concord.testing.hash_answers import Asked

KEY = "sk-test-0123456789abcdef"


def request(text: str = "Rank A and B.", shared: str = "") -> Request:
    parts = [Part(name="system", text="Rank.", shared=True), Part(name="responses", text=text)]
    if shared:
        parts.append(Part(name="sections", text=shared, shared=True))
    return Request(
        role="ranker",
        template="ranker@1",
        parts=tuple(parts),
        answer=RankingAnswer,
        expect={"labels": ["A", "B"]},
    )


GOOD = '{"explanation": "A is kinder.", "ranking": "A>B"}'


def ask(server: ChatServer, *requests: Request, **settings: Any) -> list[Reply | Failure]:
    """What comes back for each, all in flight together."""

    async def run() -> list[Reply | Failure]:
        model = open_openai(f"fake@{server.url}", Settings(**settings))
        try:
            return await asyncio.gather(*(model.complete(each) for each in requests))
        finally:
            await model.close()

    return asyncio.run(run())


def call(server: ChatServer, *requests: Request) -> tuple[list[Answered[RankingAnswer]], StoredCalls]:
    """The same by the whole path of a call, with its one repair attempt."""

    async def run() -> tuple[list[Answered[RankingAnswer]], StoredCalls]:
        calls = StoredCalls.in_memory()
        model = open_openai(f"fake@{server.url}", Settings())
        retry = RetryPolicy(attempts=3, first_delay=0.01)
        caller = Caller(model, cache=MemoryCallCache(), calls=calls, budget=Budget(), retry=retry)
        try:
            return await caller.ask(requests, Where(), RankingAnswer), calls
        finally:
            await model.close()

    return asyncio.run(run())


# What is sent


@pytest.mark.parametrize("answer", [RankingAnswer, RelevanceAnswer, ProposerAnswer, ValidatorAnswer])
def test_a_schema_is_strict_all_the_way_down(answer: type[Answer]) -> None:
    def walk(node: Mapping[str, Any]) -> None:
        assert not set(node) - {
            "type",
            "properties",
            "required",
            "additionalProperties",
            "items",
            "enum",
            "anyOf",
            "description",
            "pattern",
        }
        if node.get("type") == "object":
            assert node["additionalProperties"] is False
            assert node["required"] == list(node["properties"])
        for child in [*node.get("properties", {}).values(), *filter(None, [node.get("items")])]:
            walk(child)

    walk(strict_schema(answer))


def test_a_short_range_becomes_an_enum_that_strict_modes_know() -> None:
    grade = strict_schema(RelevanceAnswer)["properties"]["grades"]["items"]["properties"]["grade"]
    assert (grade["type"], grade["enum"]) == ("integer", [4, 5])


def test_shared_parts_come_first_and_parameters_go_along() -> None:
    with ChatServer(lambda _: GOOD) as server:
        server.keep = True
        ask(server, request("Rank A and B.", shared="The spec. "), temperature=0.2, extra_body={"top_k": 3})
    (asked,) = server.asked
    assert asked.user == "The spec. Rank A and B."
    assert asked.body["temperature"] == 0.2
    assert asked.body["top_k"] == 3
    assert asked.body["response_format"]["json_schema"]["strict"] is True


def test_a_provider_that_wants_it_gets_the_end_of_the_shared_prefix_marked() -> None:
    sent: list[dict[str, Any]] = []
    wire = _official(sent, "gpt-6-luna")
    asyncio.run(_send_and_close(wire, request("Rank A and B.", shared="The spec. ")))
    (body,) = sent
    shared, own = body["messages"][1]["content"]
    assert shared["prompt_cache_breakpoint"] == {"mode": "explicit"}
    assert (shared["text"], own) == ("The spec. ", {"type": "text", "text": "Rank A and B."})
    assert body["prompt_cache_key"].startswith("ranker@1:")
    assert "max_completion_tokens" in body
    assert "temperature" not in body


def test_a_server_without_strict_schemas_is_asked_otherwise() -> None:
    with ChatServer(lambda _: GOOD, Behaviour(schema_support="refused")) as server:
        server.keep = True
        results = ask(server, *(request(f"Question {number}.") for number in range(5)))
        assert [asked.format for asked in server.asked] == ["json_mode"] * 5
    assert all(isinstance(result, Reply) for result in results)
    with ChatServer(lambda _: GOOD, Behaviour(schema_support="refused", json_mode="refused")) as server:
        server.keep = True
        ask(server, request())
        assert server.asked[0].format == "prompted"
        assert '"ranking"' in server.asked[0].system


# What goes wrong


def test_faults_are_told_apart_by_whether_asking_again_may_help() -> None:
    cases: dict[str, tuple[Behaviour, bool, str]] = {
        "throttled": (Behaviour(fault_share=0.5, faults=("throttled",), retry_after=0.25), True, "fewer"),
        "error": (Behaviour(fault_share=0.5, faults=("error",)), True, "500"),
        "dropped": (Behaviour(fault_share=0.5, faults=("dropped",)), True, "dropped"),
        "cut": (Behaviour(fault_share=0.5, faults=("cut_body",)), True, "dropped"),
        "key": (Behaviour(key="other"), False, "401"),
        "length": (Behaviour(context_tokens=1), False, "longer than the context"),
    }
    for name, (behaviour, retryable, words) in cases.items():
        with ChatServer(lambda _: GOOD, behaviour) as server:
            (result,) = ask(server, request())
        assert isinstance(result, Failure), name
        assert result.retryable is retryable, name
        assert words in result.message, name
        assert result.throttled is (name == "throttled")
        assert result.after == (0.25 if name == "throttled" else None)


def test_a_server_that_is_slow_or_away_is_worth_another_try() -> None:
    with ChatServer(lambda _: GOOD, Behaviour(latency=1.0)) as server:
        (slow,) = ask(server, request(), timeout=0.1)
        url = server.url
    assert isinstance(slow, Failure)
    assert slow.retryable
    assert "in time" in slow.message
    with ChatServer() as gone:
        pass
    (away,) = ask(gone, request())
    assert isinstance(away, Failure)
    assert away.retryable
    assert "can't be reached" in away.message
    assert url != gone.url


@pytest.mark.parametrize("said", ["Wed, 21 Oct 2015 07:28:00 GMT", "soon", ""])
def test_a_wait_that_is_past_or_unreadable_is_no_wait(said: str) -> None:
    headers = {"retry-after": said} if said else {}
    wire = _wire(lambda _: httpx2.Response(429, json={"error": {"message": "slow"}}, headers=headers))
    result = asyncio.run(_send_and_close(wire, request()))
    assert isinstance(result, Failure)
    assert result.throttled
    assert not result.after


def test_an_account_without_credit_is_not_asked_again() -> None:
    error = {"error": {"message": "You exceeded your quota", "code": "insufficient_quota"}}
    result = asyncio.run(_send_and_close(_wire(lambda _: httpx2.Response(429, json=error)), request()))
    assert isinstance(result, Failure)
    assert not result.retryable
    assert "no credit" in result.message


@pytest.mark.parametrize(
    ("body", "retryable", "words"),
    [
        (b"<html>busy</html>", True, "broken"),
        (b'{"choices": [{"message": {"content": "x"', True, "broken"),
        (b'{"greeting": "hello"}', True, "without a choice"),
        (b'{"choices": "none"}', False, "/v1"),
        (b'{"error": {"code": 429, "message": "busy"}}', True, "busy"),
        (b'{"error": {"code": 402, "message": "pay first"}}', False, "pay first"),
    ],
)
def test_a_body_that_is_no_completion_is_a_failure(body: bytes, retryable: bool, words: str) -> None:
    result = read_completion(body, 0.1, Endpoint("http://x/v1"))
    assert isinstance(result, Failure)
    assert result.retryable is retryable
    assert words in result.message


def test_usage_tier_and_finish_are_read() -> None:
    body = {
        "model": "m-1",
        "service_tier": "flex",
        "choices": [{"finish_reason": "length", "message": {"content": "cut o"}}],
        "usage": {
            "prompt_tokens": 2000,
            "completion_tokens": 9,
            "prompt_tokens_details": {"cached_tokens": 1536},
            "completion_tokens_details": {"reasoning_tokens": 7},
        },
    }
    reply = read_completion(json.dumps(body).encode(), 0.5, Endpoint("http://x/v1"))
    assert isinstance(reply, Reply)
    assert (reply.finish, reply.tier, reply.model, reply.latency) == ("length", "flex", "m-1", 0.5)
    assert list(reply.usage.model_dump().values()) == [2000, 1536, 9, 7]


# Answers that can't be used


@pytest.mark.parametrize(
    "text",
    [
        f"Here is my answer:\n{GOOD}\nI hope it helps.",
        f"```json\n{GOOD}\n```",
        GOOD.replace("}", ",}"),
        f"<think>B is {{worse}}.</think>{GOOD}",
    ],
    ids=["prose", "fence", "comma", "thought"],
)
def test_an_answer_with_something_around_it_is_read_at_once(text: str) -> None:
    with ChatServer(lambda _: text) as server:
        (answered,), _ = call(server, request())
        assert answered.answer is not None
        assert answered.answer.ranking == "A>B"
        assert server.requests.total() == 1


Said = str | Mapping[str, Any]
UNUSABLE: dict[str, Said] = {
    "wrong labels": '{"explanation": "", "ranking": "A>Q"}',
    "truncated": {"content": '{"explanation": "A is', "finish_reason": "length"},
    "refusal": {"content": None, "refusal": "I can't help with that."},
    "filtered": {"content": "", "finish_reason": "content_filter"},
    "prose": "I would put A first.",
}


@pytest.mark.parametrize("name", UNUSABLE)
def test_an_unusable_answer_gets_one_more_attempt(name: str) -> None:
    def answer(asked: Asked) -> Said:
        return GOOD if REPAIR in asked.user else UNUSABLE[name]

    with ChatServer(answer) as server:
        (answered,), calls = call(server, request())
        assert answered.answer is not None, answered.failure
        assert server.requests.total() == 2
        assert calls.get(answered.id).attempts == 2


@pytest.mark.parametrize("name", UNUSABLE)
def test_a_second_unusable_answer_is_that_calls_failure_and_no_others(name: str) -> None:
    def answer(asked: Asked) -> Said:
        return UNUSABLE[name] if "second" in asked.user else GOOD

    with ChatServer(answer) as server:
        (first, second, third), calls = call(server, request("first"), request("second"), request("third"))
    assert second.answer is None
    assert second.failure
    assert calls.get(second.id).status == "failed"
    assert first.answer is not None
    assert third.answer is not None


def test_what_a_repair_attempt_begins_with() -> None:
    """The stand-in server tells a repair from a new question by this."""
    prompt = render("repair", {"problem": "p", "reply": "r"}, {})
    assert REPAIR in prompt.parts[0].text


def test_the_same_table_through_a_server_of_which_a_third_goes_wrong() -> None:
    figures = asyncio.run(faults.run(faults.Config(questions=120, slow=0.05), seed=3))
    assert figures["faulty_share"] == pytest.approx(0.3, abs=0.07)
    assert figures["lost"] == 0
    assert figures["differing"] == 0
    assert figures["answered_twice"] == 0
    assert figures["beyond_retries"] == 0


# Addresses, keys, profiles


@pytest.mark.parametrize(
    ("rest", "name", "address"),
    [
        ("gpt-5", "gpt-5", None),
        ("qwen/qwen3:8b@http://localhost:8000/v1", "qwen/qwen3:8b", "http://localhost:8000/v1"),
        ("team@model@https://host/v1/", "team@model", "https://host/v1"),
    ],
)
def test_a_name_may_hold_nearly_anything(rest: str, name: str, address: str | None) -> None:
    assert split_uri(rest) == (name, address)


@pytest.mark.parametrize(
    "rest", ["", "@http://host/v1", "m@http://", "m@http://me:secret@host/v1", "m@http://h/v1?key=1"]
)
def test_an_address_that_cannot_be_one_is_refused_without_its_secret(rest: str) -> None:
    with pytest.raises(ModelError) as problem:
        split_uri(rest)
    assert "secret" not in str(problem.value)


def test_openais_key_goes_nowhere_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.delenv("OPENAI_BASE_URL", raising=False)
    assert open_endpoint("http://localhost:1/v1").key is None
    official = open_endpoint(None)
    assert official.key is not None
    assert official.key.reveal() == KEY
    monkeypatch.delenv("OPENAI_API_KEY")
    with pytest.raises(ModelError, match="set OPENAI_API_KEY"):
        open_endpoint(None)


def test_a_keyless_server_gets_no_key_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)
    monkeypatch.setenv("OPENAI_ORG_ID", "org-mine")
    seen: list[httpx2.Request] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request)
        return httpx2.Response(200, json={"choices": [{"message": {"content": GOOD}}]})

    asyncio.run(_send_and_close(_wire(handler), request()))
    assert not {"authorization", "openai-organization"} & set(seen[0].headers)


def test_a_key_shows_in_no_message_record_or_name() -> None:
    with ChatServer(lambda asked: f"your key is {KEY}", Behaviour(key="another")) as server:
        endpoint = Endpoint(server.url, Key(KEY), "TEST_KEY")
        wire = OpenAIWire("openai:m", "m", endpoint, profile_for("m"))
        refused = asyncio.run(_send_and_close(wire, request()))
    assert isinstance(refused, Failure)
    assert "TEST_KEY" in refused.message
    for text in (refused.message, wire.uri, wire.identity, repr(endpoint), repr(vars(wire))):
        assert KEY not in text


def test_what_is_known_of_a_model_and_what_is_not() -> None:
    official = "https://api.openai.com/v1"
    assert profile_for("gpt-4.1-mini-2025-04-14", url=official, official=True).usd_per_million_input == 0.4
    assert profile_for("openai/gpt-4.1").context_tokens == 1_047_576
    assert profile_for("gpt-5.9-mystery", url=official, official=True).usd_per_million_output is None
    assert not profile_for("gpt-4.1-mini", url="http://localhost:8000/v1").priced
    unknown = profile_for("my-own", overrides={"context_tokens": 4096})
    assert (unknown.context_tokens, unknown.reasoning, unknown.answers) == (4096, False, "strict_schema")
    with pytest.raises(ModelError, match="output_tokens"):
        profile_for("m", overrides={"output_tokens": "many"})


def test_settings_tell_two_readers_of_one_model_apart() -> None:
    cold, warm = (open_openai("m@http://h/v1", Settings(temperature=each)) for each in (0.0, 1.0))
    assert cold.identity != warm.identity
    asyncio.run(_close(cold, warm))


# Probing


def _checked(behaviour: Behaviour) -> CheckReport:
    async def run(url: str) -> CheckReport:
        model = open_openai(f"fake@{url}", Settings())
        try:
            return await check(model)
        finally:
            await model.close()

    with ChatServer(behaviour=behaviour) as server:
        return asyncio.run(run(server.url))


def test_a_sound_server_gives_no_trouble() -> None:
    report = _checked(Behaviour())
    assert report.troubles == ()
    assert {each.name: each.holds for each in report.findings} == {
        "answers": "yes", "usage": "yes", "strict_schema": "yes", "json_mode": "yes", "logprobs": "yes",
        "seed": "yes", "reasoning": "unknown",
    }  # fmt: skip
    assert report.latency is not None
    assert report.input_tokens > 0


@pytest.mark.parametrize(
    ("behaviour", "words"),
    [
        (Behaviour(schema_support="ignored"), "ignores it"),
        (Behaviour(schema_support="refused"), "lacks strict JSON schemas"),
        (Behaviour(usage=False), "no token usage"),
        (Behaviour(key="secret-key"), "401"),
    ],
)
def test_each_trouble_is_one_sentence(behaviour: Behaviour, words: str) -> None:
    (trouble,) = _checked(behaviour).troubles
    assert words in trouble
    assert "\n" not in trouble


def test_a_server_that_is_down_is_said_to_be() -> None:
    async def run() -> CheckReport:
        model = open_openai("fake@http://127.0.0.1:9/v1", Settings())
        try:
            return await check(model)
        finally:
            await model.close()

    report = asyncio.run(run())
    assert not report.reachable
    (trouble,) = report.troubles
    assert "can't be reached" in trouble


def _wire(handler: Callable[[httpx2.Request], httpx2.Response]) -> OpenAIWire:
    transport = httpx2.MockTransport(handler)
    return OpenAIWire("openai:m", "m", Endpoint("http://h/v1"), profile_for("m"), transport=transport)


def _official(sent: list[dict[str, Any]], name: str) -> OpenAIWire:
    def handler(request: httpx2.Request) -> httpx2.Response:
        sent.append(json.loads(request.content))
        return httpx2.Response(200, json={"choices": [{"message": {"content": GOOD}}]})

    transport = httpx2.MockTransport(handler)
    endpoint = Endpoint("https://api.openai.com/v1", Key(KEY), "OPENAI_API_KEY")
    return OpenAIWire(f"openai:{name}", name, endpoint, profile_for(name, official=True), transport=transport)


async def _send_and_close(wire: OpenAIWire, asked: Request) -> Reply | Failure:
    try:
        return await wire.complete(asked)
    finally:
        await wire.close()


async def _close(*wires: OpenAIWire) -> None:
    for wire in wires:
        await wire.close()


# Rails for small models


def test_a_narrowed_schema_takes_nothing_that_validation_would_refuse() -> None:
    ranking = narrowed(strict_schema(RankingAnswer), {"labels": ["A", "B", "C", "D"]})["properties"][
        "ranking"
    ]
    assert len(ranking["enum"]) == 192
    for text in ranking["enum"]:
        RankingAnswer.model_validate(
            {"explanation": "", "ranking": text}, context={"labels": ["A", "B", "C", "D"]}
        )
    expect: dict[str, JsonValue] = {"conversations": ["c1", "c2"], "sections": ["manner"]}
    grades = narrowed(strict_schema(RelevanceAnswer), expect)["properties"]["grades"]
    assert grades["items"]["properties"]["conversation"]["enum"] == ["c1", "c2"]
    assert grades["items"]["properties"]["section"]["enum"] == ["manner"]
    assert grades["maxItems"] == 2


def test_a_narrowed_schema_bounds_what_could_run_on() -> None:
    proposals = narrowed(strict_schema(ProposerAnswer), {})["properties"]["proposals"]
    assert proposals["maxItems"] == proposals["items"]["properties"]["edits"]["maxItems"] == 3
    assert proposals["items"]["properties"]["intent"]["maxLength"] == 800
    many = narrowed(strict_schema(RankingAnswer), {"labels": list("ABCDEF")})["properties"]["ranking"]
    assert re.fullmatch(many["pattern"].strip("^$"), "A>B=C>D=E>F")
    assert not re.fullmatch(many["pattern"].strip("^$"), "A>B")
    any_labels = strict_schema(RankingAnswer)["properties"]["ranking"]["pattern"]
    assert re.fullmatch(any_labels, "A>B=C")
    assert not re.fullmatch(any_labels, "A>>B")
