"""The Chat Completions wire: `openai:MODEL[@http://host:port/v1]`."""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Literal

import httpx2
import openai
from pydantic import JsonValue

from ..records import digest
from .answer_schema import narrowed, strict_schema
from .chat_completion import Raw, read_completion
from .config import Settings
from .endpoints import Endpoint, open_endpoint, split_uri
from .openai_failures import failure_from, lacks_format
from .profiles import profile_for
from .protocol import Failure, Profile, Reply, Request, Ticket

Format = Literal["strict_schema", "json_mode", "prompted"]
_CONNECT = 15.0
"""Seconds for reaching a server at all."""
_PROBE_TOKENS = 256
"""Enough for a sentence, and for a short thought before it."""
_ERRORS = (openai.OpenAIError, httpx2.HTTPError, TimeoutError)
_FORMATS: tuple[Format, ...] = ("strict_schema", "json_mode", "prompted")


class OpenAIWire:
    """A model behind a server that speaks Chat Completions.

    A server that answers 400 to a strict schema is asked in JSON mode from then on, and one that lacks that
    too by the schema in the prompt; `format` tells where it stands. Nothing is retried here.
    """

    def __init__(
        self,
        uri: str,
        name: str,
        endpoint: Endpoint,
        profile: Profile,
        *,
        parameters: Mapping[str, JsonValue] | None = None,
        narrow: bool = False,
        client: httpx2.AsyncClient | None = None,
    ) -> None:
        """`parameters` go into every request's body as they are; `narrow` writes what an answer must agree
        with, such as the labels to rank, into its schema.
        """
        self._uri = uri
        self._name = name
        self._endpoint = endpoint
        self._profile = profile
        self._parameters = dict(parameters or {})
        self._narrow = narrow
        self._running: dict[str, list[list[asyncio.Task[tuple[int, Reply | Failure]]]]] = {}
        self.format: Format = "strict_schema" if profile.answers == "native" else profile.answers
        self._options: openai.RequestOptions = {"headers": _withheld(endpoint)}
        self._client = openai.AsyncOpenAI(
            base_url=endpoint.url,
            api_key=endpoint.key.reveal() if endpoint.key else "none",
            max_retries=0,
            timeout=httpx2.Timeout(profile.timeout, connect=_CONNECT, pool=None),
            http_client=client,
        )

    @property
    def uri(self) -> str:
        return self._uri

    @property
    def identity(self) -> str:
        """The name, the address and the parameters: two settings of one model keep their answers apart."""
        told = digest([self._parameters, self._profile.answers, self._profile.output_tokens])[:8]
        return f"openai:{self._name}@{self._endpoint.url}#{told}"

    @property
    def profile(self) -> Profile:
        return self._profile

    async def submit(self, requests: Sequence[Request], /) -> Ticket:
        """Sends all of `requests` at once; how many are in the air is the caller's matter."""
        ticket = Ticket.of(requests)
        tasks = [asyncio.create_task(self._numbered(index, each)) for index, each in enumerate(requests)]
        self._running.setdefault(ticket.id, []).append(tasks)
        return ticket

    async def collect(self, ticket: Ticket, /) -> AsyncIterator[tuple[int, Reply | Failure]]:
        waiting = self._running.get(ticket.id)
        if not waiting:
            lost = Failure(message="the request was submitted by a process that has ended", retryable=True)
            for index in range(ticket.size):
                yield index, lost
            return
        tasks = waiting.pop(0)
        if not waiting:
            del self._running[ticket.id]
        try:
            for finished in asyncio.as_completed(tasks):
                yield await finished
        finally:
            await _end(tasks)

    async def close(self) -> None:
        for waiting in self._running.values():
            for tasks in waiting:
                await _end(tasks)
        self._running.clear()
        await self._client.close()

    async def _numbered(self, index: int, request: Request) -> tuple[int, Reply | Failure]:
        return index, await self.send(request)

    async def send(self, request: Request) -> Reply | Failure:
        """One request over the wire, in the first format that the server takes."""
        while True:
            asked = self.format
            try:
                content, latency = await self._post(self._body(request, asked))
                return read_completion(content, latency, self._endpoint)
            except openai.BadRequestError as error:
                following = _FORMATS[_FORMATS.index(asked) + 1 :]
                if not following or not lacks_format(error):
                    return self._failure(error)
                if self.format == asked:
                    self.format = following[0]
            except _ERRORS as error:
                return self._failure(error)

    async def probe(self, fields: Mapping[str, Any], /) -> Raw | Failure:
        """The whole response to a body of `fields`, as it came: for finding out what a server can do."""
        body = {"model": self._name, self._limit: _PROBE_TOKENS} | self._parameters | dict(fields)
        try:
            content, latency = await self._post(body)
        except _ERRORS as error:
            return self._failure(error)
        read = read_completion(content, latency, self._endpoint)
        return read if isinstance(read, Failure) else Raw(body=json.loads(content), latency=latency)

    async def _post(self, body: Mapping[str, Any]) -> tuple[bytes, float]:
        """The response's body, and the seconds that it took."""
        began = time.perf_counter()
        async with asyncio.timeout(self._profile.timeout):
            response = await self._client.post(
                "/chat/completions", body=body, options=self._options, cast_to=httpx2.Response
            )
        return response.content, time.perf_counter() - began

    def _failure(self, error: Exception) -> Failure:
        if isinstance(error, openai.OpenAIError):
            return failure_from(error, self._endpoint, self._name)
        if isinstance(error, TimeoutError):
            return Failure(message=f"{self._endpoint.url} gave no answer in time", retryable=True)
        broken = f"{self._endpoint.url} sent a broken response ({type(error).__name__})"
        return Failure(message=broken, retryable=True)

    @property
    def _limit(self) -> str:
        return "max_completion_tokens" if self._endpoint.official else "max_tokens"

    def _body(self, request: Request, asked: Format) -> dict[str, Any]:
        profile = self._profile
        body: dict[str, Any] = {
            "model": self._name,
            "messages": _messages(request, asked, marked=profile.cache_breakpoints),
            self._limit: profile.output_tokens,
        }
        if asked == "strict_schema":
            schema = strict_schema(request.answer)
            if self._narrow:
                schema = narrowed(schema, request.expect)
            named = {"name": request.answer.__name__, "strict": True, "schema": schema}
            body["response_format"] = {"type": "json_schema", "json_schema": named}
        elif asked == "json_mode":
            body["response_format"] = {"type": "json_object"}
        if profile.seed:
            body["seed"] = int(request.key[:7], 16)
        if self._endpoint.official:
            body["prompt_cache_key"] = f"{request.template}:{digest(_user(request)[0])[:8]}"
        if profile.cache_breakpoints:
            body["prompt_cache_options"] = {"mode": "explicit"}
        return body | self._parameters


def open_openai(rest: str, settings: Settings | None = None) -> OpenAIWire:
    """The model that `openai:` followed by `rest` names. Raises ModelError."""
    said = settings or Settings()
    name, address = split_uri(rest)
    endpoint = open_endpoint(address, key_env=said.key_env, key_file=said.key_file)
    profile = profile_for(name, official=endpoint.official, overrides=said.profile)
    uri = f"openai:{rest}"
    return OpenAIWire(uri, name, endpoint, profile, parameters=said.parameters)


def _messages(request: Request, asked: Format, *, marked: bool) -> list[dict[str, Any]]:
    """System message first, then the user message with its shared parts first: the longest common prefix."""
    system = _sendable(request.system)
    if asked != "strict_schema":
        schema = json.dumps(strict_schema(request.answer), ensure_ascii=False)
        system += (
            "\n\nAnswer with one JSON object and nothing else: no words around it, no code fence. "
            f"It must satisfy this JSON Schema:\n{schema}"
        )
    shared, rest = _user(request)
    mark = {"prompt_cache_breakpoint": {"mode": "explicit"}} if marked else {}
    messages: list[dict[str, Any]] = []
    if system:
        content: Any = [{"type": "text", "text": system, **mark}] if marked and not shared else system
        messages.append({"role": "system", "content": content})
    blocks = [{"type": "text", "text": shared, **mark}] if shared else []
    blocks += [{"type": "text", "text": rest}] if rest or not shared else []
    messages.append({"role": "user", "content": blocks if marked else shared + rest})
    return messages


def _sendable(text: str) -> str:
    """`text`, with a replacement character for each half of a character, which UTF-8 can't carry."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def _withheld(endpoint: Endpoint) -> dict[str, str | openai.Omit]:
    """Headers that the SDK would fill from the environment, and that aren't this server's business."""
    names = [] if endpoint.key else ["Authorization"]
    if not endpoint.official:
        names += ["OpenAI-Organization", "OpenAI-Project"]
    return {name: openai.Omit() for name in names}


def _user(request: Request) -> tuple[str, str]:
    """The user message in two: what many requests begin with, and what is this one's own."""
    user = [part for part in request.parts if part.name != "system"]
    shared = "".join(part.text for part in user if part.shared)
    return _sendable(shared), _sendable("".join(part.text for part in user if not part.shared))


async def _end(tasks: Sequence[asyncio.Task[Any]]) -> None:
    """Leave no task behind, whether or not it was waited for."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
