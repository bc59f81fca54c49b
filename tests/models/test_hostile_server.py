"""A server that means harm, or is merely broken: one failure in one sentence each, and nothing leaks."""

import asyncio
import base64
import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest

from concord.agents.answers import RankingAnswer
from concord.errors import ModelError
from concord.models.budget import Budget
from concord.models.call_log import StoredCalls
from concord.models.caller import Answered, Caller, RetryPolicy
from concord.models.endpoints import Endpoint, open_endpoint, split_uri
from concord.models.keys import Key
from concord.models.openai_wire import OpenAIWire
from concord.models.parsing import Unreadable, read_answer
from concord.models.profiles import profile_for
from concord.models.protocol import Failure, Profile, Reply, Request
from concord.models.records import Where
from concord.prompts.render import Part
from concord.store.cache import DiskCallCache
from concord.store.sqlite import SqliteStore

KEY = "sk-test-0123456789abcdef"
GOOD = '{"explanation": "A is kinder.", "ranking": "A>B"}'
Handler = Callable[[httpx2.Request], httpx2.Response]


def question(n: int = 0) -> Request:
    parts = (Part(name="system", text="Rank."), Part(name="conversation", text=f"the prompt {n}"))
    return Request(
        role="ranker", template="ranker@1", parts=parts, answer=RankingAnswer, expect={"labels": ["A", "B"]}
    )


def completion(text: str | None, **more: Any) -> dict[str, Any]:
    return {"choices": [{"message": {"content": text}}], **more}


def wire(handler: Handler, url: str = "http://h/v1", key: str = "") -> OpenAIWire:
    endpoint = Endpoint(url, Key(key) if key else None, "TEST_KEY" if key else "")
    return OpenAIWire("openai:m", "m", endpoint, profile_for("m"), transport=httpx2.MockTransport(handler))


def one(handler: Handler, **more: str) -> Reply | Failure:
    async def send() -> Reply | Failure:
        model = wire(handler, **more)
        try:
            return await model.complete(question())
        finally:
            await model.close()

    return asyncio.run(send())


def asked(folder: Path, handler: Handler, *requests: Request, key: str = "") -> list[Answered[RankingAnswer]]:
    """By the whole path of a call, with store and cache on disk in `folder`."""

    async def run() -> list[Answered[RankingAnswer]]:
        cache = DiskCallCache(folder / "cache")
        store = (
            SqliteStore.open(folder / "run")
            if (folder / "run").exists()
            else SqliteStore.create(folder / "run")
        )
        model = wire(handler, key=key)
        retry = RetryPolicy(attempts=2, first_delay=0.0)
        caller = Caller(model, cache=cache, calls=StoredCalls(store), budget=Budget(), retry=retry)
        try:
            return await caller.ask(requests, Where(), RankingAnswer)
        finally:
            await model.close()
            store.close()
            cache.close()

    return asyncio.run(run())


# Bodies


@pytest.mark.parametrize("where", ["usage", "choices", "error", "beside"])
def test_json_nested_without_end_is_a_failure_and_no_traceback(where: str) -> None:
    deep = '{"a":' * 5000 + "1" + "}" * 5000
    body = f'{{"{where}": {deep}}}'.encode()

    def replying(status: int, _: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(status, content=body)

    for status in (200, 400, 500):
        result = one(partial(replying, status))
        assert isinstance(result, Failure)
        assert len(result.message) < 500


def test_half_an_emoji_in_a_body_is_replaced() -> None:
    body = b'{"choices": [{"message": {"content": "half \\ud83d of it"}}]}'
    result = one(lambda _: httpx2.Response(200, content=body))
    assert isinstance(result, Reply)
    assert result.text == "half \ufffd of it"


def test_half_an_emoji_in_an_answer_poisons_neither_cache_nor_log(tmp_path: Path) -> None:
    said = '{"explanation": "cut \\ud83d here, whole \\ud83d\\ude00", "ranking": "A>B"}'

    def handler(_: httpx2.Request) -> httpx2.Response:
        return httpx2.Response(200, json=completion(said))

    (first,) = asked(tmp_path, handler, question())
    (again,) = asked(tmp_path, handler, question())
    assert first.answer is not None
    assert first.answer.explanation == "cut \ufffd here, whole \U0001f600"
    assert again.cached
    assert again.answer == first.answer


@pytest.mark.parametrize(
    "usage",
    [
        {"prompt_tokens": 2**63, "completion_tokens": -5},
        {"prompt_tokens": 10**40, "completion_tokens": True},
        {"prompt_tokens": "many", "completion_tokens": 1.5},
        {"prompt_tokens": None, "prompt_tokens_details": 3},
        [1, 2],
        "none",
    ],
)
def test_usage_that_no_reply_can_have_counts_as_not_reported(tmp_path: Path, usage: Any) -> None:
    (answered,) = asked(
        tmp_path, lambda _: httpx2.Response(200, json=completion(GOOD, usage=usage)), question()
    )
    assert answered.answer is not None
    store = SqliteStore.open(tmp_path / "run")
    (call,) = StoredCalls(store).find()
    assert (call.input_tokens, call.output_tokens, call.status) == (0, 0, "answered")
    store.close()


def test_more_cached_tokens_than_tokens_are_all_of_them() -> None:
    usage = {"prompt_tokens": 10, "prompt_tokens_details": {"cached_tokens": 5000}}
    result = one(lambda _: httpx2.Response(200, json=completion(GOOD, usage=usage)))
    assert isinstance(result, Reply)
    assert result.usage.cached_tokens == 10


def test_names_that_a_server_gives_stay_on_one_line() -> None:
    names = {"model": "m\n\x1b]0;title\x07adopted: everything", "service_tier": "x" * 5000}
    result = one(lambda _: httpx2.Response(200, json=completion(GOOD, **names)))
    assert isinstance(result, Reply)
    assert result.model == "m ]0;title adopted: everything"
    assert len(result.tier) <= 600
    assert "\n" not in Profile(notice="one\ntwo").notice


@pytest.mark.parametrize("shape", ['{"' + '\\"' * 64_000, "{" * 128_000, '{"}' * 40_000, "{,\n" * 40_000])
def test_reading_a_reply_takes_time_in_line_with_its_length(shape: str) -> None:
    def seconds(text: str) -> float:
        began = time.process_time()
        with pytest.raises(Unreadable):
            read_answer(text, RankingAnswer, {"labels": ["A", "B"]})
        return time.process_time() - began

    assert seconds(shape) < 10 * seconds(shape[: len(shape) // 4]) + 0.2


# Waiting


@pytest.mark.parametrize("after", ["86400", "Fri, 01 Jan 2100 00:00:00 GMT", "9" * 400])
def test_a_day_of_waiting_fails_that_call_and_says_so(tmp_path: Path, after: str) -> None:
    seen: list[str] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(request.content.decode())
        if "prompt 0" in seen[-1]:
            return httpx2.Response(
                429, json={"error": {"message": "slow down"}}, headers={"retry-after": after}
            )
        return httpx2.Response(200, json=completion(GOOD))

    first, second = asked(tmp_path, handler, question(0), question(1))
    assert "asks to wait" in first.failure
    assert "15 minutes is the most" in first.failure
    assert second.answer is not None
    assert len(seen) == 2


# Redirects and keys


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_takes_neither_prompt_nor_key_elsewhere(status: int) -> None:
    hosts: list[str] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        hosts.append(request.url.host)
        return httpx2.Response(status, headers={"location": "https://user:pw@elsewhere.example/v1/x"})

    result = one(handler, url="https://named.example/v1", key=KEY)
    assert hosts == ["named.example"]
    assert isinstance(result, Failure)
    assert not result.retryable
    assert "redirects to https://elsewhere.example" in result.message
    assert "neither prompts nor key" in result.message


@pytest.mark.parametrize(
    "rest",
    [
        "qwen3@localhost:8000/v1",
        "qwen3@localhost",
        "m@10.0.0.7",
        "m@gpu.lan:8000",
        "a@b@host/v1",
        "m@[::1]:80",
    ],
)
def test_an_address_without_its_scheme_is_refused_with_what_to_write(rest: str) -> None:
    name, _, host = rest.rpartition("@")
    with pytest.raises(ModelError, match="without http") as problem:
        split_uri(rest)
    assert str(problem.value).endswith(f"write openai:{name}@http://{host}")


@pytest.mark.parametrize("rest", ["claude-sonnet@20250929", "team@model", "org/model:7b@beta", "qwen3:8b"])
def test_a_name_with_an_at_sign_is_still_a_name(rest: str) -> None:
    assert split_uri(rest) == (rest, None)


@pytest.mark.parametrize(
    ("url", "warned"),
    [
        ("http://gpu.example:8000/v1", True),
        ("http://10.0.0.7/v1", True),
        ("https://gpu.example/v1", False),
        ("http://localhost:8000/v1", False),
        ("http://127.0.0.1:8000/v1", False),
        ("http://[::1]:8000/v1", False),
    ],
)
def test_a_key_over_plain_http_to_another_machine_is_warned_of(
    monkeypatch: pytest.MonkeyPatch, url: str, warned: bool
) -> None:
    monkeypatch.setenv("MY_KEY", KEY)
    warning = open_endpoint(url, key_env="MY_KEY").warning
    assert bool(warning) == warned
    assert KEY not in warning
    assert open_endpoint(url).warning == ""


@pytest.mark.parametrize("value", ["sk-one\nsk-two", "sk secret", "sk-ключ", "sk-\x00"])
def test_what_can_be_no_key_is_refused_without_being_shown(
    monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    with pytest.raises(ModelError, match="no key has") as problem:
        Key(value)
    assert value not in str(problem.value)


def test_a_key_that_the_server_echoes_lies_in_no_file(tmp_path: Path) -> None:
    def handler(request: httpx2.Request) -> httpx2.Response:
        given = request.headers["authorization"]
        if "prompt 1" in request.content.decode():
            return httpx2.Response(400, json={"error": {"message": f"bad key {given} / {KEY}"}})
        if "prompt 2" in request.content.decode():
            return httpx2.Response(500, content=f"<h1>{KEY}</h1>".encode())
        said = json.dumps({"explanation": f"your key is {KEY}", "ranking": "A>B"})
        return httpx2.Response(200, json=completion(said, model=KEY, service_tier=given))

    results = asked(tmp_path, handler, *(question(n) for n in range(3)), key=KEY)
    assert [result.answer is None for result in results] == [False, True, True]
    assert KEY not in repr(results)
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert len(files) >= 2
    encoded = base64.b64encode(KEY.encode())
    for file in files:
        content = file.read_bytes()
        assert KEY.encode() not in content, file
        assert encoded not in content, file
