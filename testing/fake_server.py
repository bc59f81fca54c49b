"""A local server that speaks Chat Completions, with the faults of real ones: for tests and experiments.

As a program, `python -m concord.testing.fake_server --latency 0.25` prints its address and serves until its
standard input closes. In a program, `with ChatServer() as server:` serves from a thread.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, Self

from .behaviour import Behaviour, Fault, mislabelled
from .hash_answers import Answerer, Asked, Format, answer_by_hash

_REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 429: "Too Many Requests"}


class ChatServer:
    """Serves from a thread of its own; what it counted may be read while it runs and afterwards."""

    def __init__(
        self, answer: Answerer = answer_by_hash, behaviour: Behaviour | None = None, *, port: int = 0
    ) -> None:
        """`port` 0 takes a free one."""
        self.port = port
        self.behaviour = behaviour or Behaviour()
        self.url = ""
        self.asked: list[Asked] = []
        """The requests that were read, when `keep` is set."""
        self.keep = False
        self.requests: Counter[str] = Counter()
        """Requests by question: the digest of the user's message up to a repair."""
        self.answered: Counter[str] = Counter()
        """Of these, those that got a whole and right answer."""
        self.faults: Counter[str] = Counter()
        self.connections = 0
        self._answer = answer
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._ready = threading.Event()
        self._stop: asyncio.Event

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _serve(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._main())

    async def _main(self) -> None:
        self._stop = asyncio.Event()
        open_connections: set[asyncio.Task[None]] = set()

        async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            open_connections.add(task)
            self.connections += 1
            try:
                await self._talk(reader, writer)
            except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
                pass
            finally:
                open_connections.discard(task)
                writer.close()
                with contextlib.suppress(ConnectionError):
                    await writer.wait_closed()

        server = await asyncio.start_server(connected, "127.0.0.1", self.port, backlog=1024)
        self.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        self._ready.set()
        await self._stop.wait()
        server.close()
        for task in list(open_connections):
            task.cancel()
        await asyncio.gather(*open_connections, return_exceptions=True)
        await server.wait_closed()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            try:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            except asyncio.IncompleteReadError:
                return
            line, *rows = head.split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (row.partition(":") for row in rows)}
            body = await reader.readexactly(int(headers.get("content-length", "0")))
            method, path, _ = line.split(" ", 2)
            if not await self._respond(method, path, headers, body, writer):
                return

    async def _respond(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, writer: asyncio.StreamWriter
    ) -> bool:
        """Answer one request; False where the connection is to be dropped."""
        behaviour = self.behaviour
        if behaviour.key and headers.get("authorization") != f"Bearer {behaviour.key}":
            return await send(
                writer, 401, error_body("Incorrect API key provided: " + headers.get("authorization", ""))
            )
        if method == "GET" and path == "/v1/models":
            return await send(writer, 200, {"object": "list", "data": [{"id": "fake", "object": "model"}]})
        if method != "POST" or path != "/v1/chat/completions":
            return await send(writer, 404, error_body(f"no such path: {path}"))
        sent = json.loads(body)
        asked = asked_of(sent)
        if refusal := self._refuses(asked):
            return await send(writer, 400, refusal)
        if self.keep:
            self.asked.append(asked)
        key = question(asked)
        fault = behaviour.fault(key, self.requests[key])
        self.requests[key] += 1
        if behaviour.latency:
            await asyncio.sleep(behaviour.latency)
        return await self._answered(asked, key, fault, writer)

    async def _answered(
        self, asked: Asked, key: str, fault: Fault | None, writer: asyncio.StreamWriter
    ) -> bool:
        behaviour = self.behaviour
        if fault is not None:
            self.faults[fault] += 1
        if fault == "throttled":
            after = {"retry-after": f"{behaviour.retry_after:g}"}
            return await send(writer, 429, error_body("Rate limit reached"), after)
        if fault == "error":
            return await send(writer, 500, error_body("The server had an error"))
        if fault == "dropped":
            return False
        if fault == "slow":
            await asyncio.sleep(behaviour.slow)
        content = self._content(asked)
        text, finish = str(content.get("content") or ""), str(content.get("finish_reason", "stop"))
        if fault == "truncated":
            text, finish = text[: max(1, len(text) * 2 // 3)], "length"
        if fault == "wrong_labels":
            text = mislabelled(text)
        message = {"role": "assistant", "content": text, "refusal": content.get("refusal")}
        completion = completion_of(asked, message, finish, behaviour)
        if fault == "cut_body":
            raw = json.dumps(completion).encode()
            writer.write(b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\n\r\n" % len(raw) + raw[: len(raw) // 2])
            await writer.drain()
            return False
        if fault in (None, "slow"):
            self.answered[key] += 1
        return await send(writer, 200, completion)

    def _content(self, asked: Asked) -> Mapping[str, Any]:
        if asked.format == "strict_schema" and self.behaviour.schema_support == "ignored":
            asked = Asked(asked.system, asked.user, "prompted", None, asked.body)
        content = self._answer(asked)
        return {"content": content} if isinstance(content, str) else content

    def _refuses(self, asked: Asked) -> dict[str, Any] | None:
        behaviour = self.behaviour
        if asked.format == "strict_schema" and behaviour.schema_support == "refused":
            return error_body("response_format of type json_schema is not supported by this model")
        if asked.format == "json_mode" and behaviour.json_mode == "refused":
            return error_body("response_format is not supported by this model")
        length = (len(asked.system) + len(asked.user)) // 4
        if behaviour.context_tokens is not None and length > behaviour.context_tokens:
            message = f"This model's maximum context length is {behaviour.context_tokens} tokens; you sent {length}."
            return error_body(message, code="context_length_exceeded")
        return None


def completion_of(
    asked: Asked, message: Mapping[str, Any], finish: str = "stop", behaviour: Behaviour | None = None
) -> dict[str, Any]:
    """The body of a response: `message` as the one choice."""
    behaviour = behaviour or Behaviour()
    text = str(message["content"])
    choice: dict[str, Any] = {"index": 0, "message": message, "finish_reason": finish}
    if asked.body.get("logprobs") and behaviour.logprobs:
        choice["logprobs"] = {"content": [{"token": text[:1], "logprob": -0.1, "top_logprobs": []}]}
    completion: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 0,
        "model": str(asked.body.get("model", "")),
        "choices": [choice],
    }
    if behaviour.usage:
        prompt, answer = (len(asked.system) + len(asked.user)) // 4, max(1, len(text) // 4)
        completion["usage"] = {
            "prompt_tokens": prompt,
            "completion_tokens": answer,
            "total_tokens": prompt + answer,
            "prompt_tokens_details": {"cached_tokens": 0},
        }
    return completion


def question(asked: Asked) -> str:
    """What a request asks, the same for a repair attempt: the digest of the user's message up to it."""
    return hashlib.sha256(asked.user.partition(REPAIR)[0].encode("utf-8", "surrogatepass")).hexdigest()[:16]


REPAIR = "\n---\nYour previous reply to the request above"
"""What a repair attempt begins with."""


@contextlib.contextmanager
def server_process(behaviour: Behaviour) -> Iterator[str]:
    """The address of a server in a process of its own, for as long as the context lasts."""
    command = [sys.executable, "-m", __name__, behaviour.model_dump_json()]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield process.stdout.readline().strip()
        finally:
            process.stdin.close()
            process.wait(timeout=30)


async def send(
    writer: asyncio.StreamWriter,
    status: int,
    body: Mapping[str, Any],
    headers: Mapping[str, str] | None = None,
) -> bool:
    raw = json.dumps(body).encode()
    rows = {"content-type": "application/json", "content-length": str(len(raw)), **(headers or {})}
    head = "".join(f"{name}: {value}\r\n" for name, value in rows.items())
    reason = _REASONS.get(status, "Error")
    writer.write(f"HTTP/1.1 {status} {reason}\r\n{head}\r\n".encode("latin-1") + raw)
    await writer.drain()
    return True


def asked_of(body: Mapping[str, Any]) -> Asked:
    texts = {"system": "", "user": ""}
    for message in body.get("messages", []):
        content = message.get("content", "")
        text = content if isinstance(content, str) else "".join(block.get("text", "") for block in content)
        texts[message["role"]] = texts.get(message["role"], "") + text
    response_format = body.get("response_format") or {}
    formats: dict[str, Format] = {"json_schema": "strict_schema", "json_object": "json_mode"}
    asked_format = formats.get(response_format.get("type", ""), "prompted")
    schema = (response_format.get("json_schema") or {}).get("schema")
    return Asked(texts["system"], texts["user"], asked_format, schema, body)


def error_body(message: str, code: str | None = None) -> dict[str, Any]:
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": code}}


def main() -> None:
    """Serve as the JSON of a Behaviour in the first argument says, until standard input closes."""
    parser = argparse.ArgumentParser(prog="fake_server")
    parser.add_argument("behaviour", nargs="?", default="{}")
    with ChatServer(behaviour=Behaviour.model_validate_json(parser.parse_args().behaviour)) as server:
        sys.stdout.write(server.url + "\n")
        sys.stdout.flush()
        sys.stdin.read()


if __name__ == "__main__":
    main()
