"""The Chat Completions transport: `openai:MODEL[@http://host:port/v1]`.

httpx alone: the one request that is needed is simpler than an SDK that fills headers from the environment,
follows redirects and retries by itself, all of which would have to be turned off again.
"""

import asyncio
import json
import os
import time
from collections.abc import Mapping
from typing import Any, Literal

import httpx2
from pydantic import JsonValue
from pydantic_core import from_json

from ..records import digest
from .answer_schema import narrowed, strict_schema
from .chat_completion import Raw, read_completion
from .config import Settings
from .endpoints import Endpoint, open_endpoint, split_uri
from .openai_failures import failure_from, failure_of, lacks_format
from .profiles import profile_for
from .protocol import Failure, Profile, Reply, Request
from .surrogates import whole

Format = Literal["strict_schema", "json_mode", "prompted"]
_CONNECT = 15.0
"""Seconds for reaching a server at all."""
_PROBE_TOKENS = 256
"""Enough for a sentence, and for a short thought before it."""
_FORMATS: tuple[Format, ...] = ("strict_schema", "json_mode", "prompted")
_CONNECTIONS = httpx2.Limits(max_connections=None, max_keepalive_connections=None, keepalive_expiry=30.0)
"""How many requests are in flight is the rate limiter's matter."""


class OpenAIWire:
    """A model behind a server that speaks Chat Completions.

    A server that answers 400 to a strict schema is asked in JSON mode from then on, and one that lacks that
    too by the schema in the prompt; `format` tells where it stands. Nothing is retried here, and a redirect
    is a failure: prompts go to the server that was named.
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
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """`parameters` go into every request's body as they are; `narrow` writes what an answer must agree
        with, such as the labels to rank, into its schema.
        """
        self._uri = uri
        self.name = name
        self.endpoint = endpoint
        self._profile = profile
        self._parameters = dict(parameters or {})
        self._narrow = narrow
        self.format: Format = "strict_schema" if profile.answers == "native" else profile.answers
        self._client = httpx2.AsyncClient(
            headers=authorised(endpoint) | {"Content-Type": "application/json"},
            timeout=httpx2.Timeout(profile.timeout, connect=_CONNECT, pool=None),
            limits=_CONNECTIONS,
            follow_redirects=False,
            transport=transport,
        )

    @property
    def uri(self) -> str:
        return self._uri

    @property
    def identity(self) -> str:
        """The name, the address and the parameters: two settings of one model keep their answers apart."""
        told_apart = digest([self._parameters, self._profile.answers, self._profile.output_tokens])[:8]
        return f"openai:{self.name}@{self.endpoint.url}#{told_apart}"

    @property
    def profile(self) -> Profile:
        return self._profile

    async def complete(self, request: Request, /) -> Reply | Failure:
        """One request over the wire, in the first format that the server takes."""
        while True:
            asked = self.format
            sent = await self._post(self.body(request, asked))
            if isinstance(sent, Failure):
                return sent
            response, latency = sent
            if response.is_success:
                return read_completion(response.content, latency, self.endpoint)
            following = _FORMATS[_FORMATS.index(asked) + 1 :]
            if not following or not lacks_format(response):
                return failure_from(response, self.endpoint, self.name)
            if self.format == asked:
                self.format = following[0]

    def downgrade(self) -> bool:
        """Ask in the next simpler format from now on; False where there is none."""
        following = _FORMATS[_FORMATS.index(self.format) + 1 :]
        if following:
            self.format = following[0]
        return bool(following)

    async def close(self) -> None:
        await self._client.aclose()

    async def probe(self, fields: Mapping[str, Any], /) -> Raw | Failure:
        """The whole response to a body of `fields`, as it came: for finding out what a server can do."""
        sent = await self._post(
            {"model": self.name, self._limit: _PROBE_TOKENS} | self._parameters | dict(fields)
        )
        if isinstance(sent, Failure):
            return sent
        response, latency = sent
        if not response.is_success:
            return failure_from(response, self.endpoint, self.name)
        read = read_completion(response.content, latency, self.endpoint)
        return read if isinstance(read, Failure) else Raw(body=from_json(response.content), latency=latency)

    async def _post(self, body: Mapping[str, Any]) -> tuple[httpx2.Response, float] | Failure:
        """The response, and the seconds that it took."""
        began = time.perf_counter()
        content = json.dumps(body, ensure_ascii=False).encode()
        try:
            async with asyncio.timeout(self._profile.timeout):
                response = await self._client.post(f"{self.endpoint.url}/chat/completions", content=content)
        except (httpx2.HTTPError, httpx2.InvalidURL, TimeoutError) as error:
            return failure_of(error, self.endpoint)
        return response, time.perf_counter() - began

    @property
    def _limit(self) -> str:
        return "max_completion_tokens" if self.endpoint.official else "max_tokens"

    def body(self, request: Request, asked: Format) -> dict[str, Any]:
        """What a request to the server holds, in this format."""
        profile = self._profile
        body: dict[str, Any] = {
            "model": self.name,
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
        if self.endpoint.official:
            body["prompt_cache_key"] = f"{request.template}:{digest(_user(request)[0])[:8]}"
        if profile.cache_breakpoints:
            body["prompt_cache_options"] = {"mode": "explicit"}
        return body | self._parameters


def open_openai(rest: str, settings: Settings | None = None) -> OpenAIWire:
    """The model that `openai:` followed by `rest` names. Raises ModelError."""
    stated = settings or Settings()
    name, address = split_uri(rest)
    endpoint = open_endpoint(address, key_env=stated.key_env, key_file=stated.key_file)
    profile = profile_for(name, url=endpoint.url, official=endpoint.official, overrides=stated.profile)
    if endpoint.warning:
        profile = profile.model_copy(update={"notice": endpoint.warning})
    uri = f"openai:{rest}"
    return OpenAIWire(uri, name, endpoint, profile, parameters=stated.parameters)


def _messages(request: Request, asked: Format, *, marked: bool) -> list[dict[str, Any]]:
    """System message first, then the user message with its shared parts first: the longest common prefix."""
    system = whole(request.system)
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


def authorised(endpoint: Endpoint) -> dict[str, str]:
    """The headers of every request. The key goes to its own server; organisation and project are OpenAI's business alone."""
    headers = {"Accept": "application/json", "User-Agent": "concord"}
    if endpoint.key:
        headers["Authorization"] = f"Bearer {endpoint.key.reveal()}"
    if endpoint.official:
        named = {"OpenAI-Organization": "OPENAI_ORG_ID", "OpenAI-Project": "OPENAI_PROJECT_ID"}
        headers |= {
            name: os.environ[variable] for name, variable in named.items() if os.environ.get(variable)
        }
    return headers


def _user(request: Request) -> tuple[str, str]:
    """The user message in two: what many requests begin with, and what is this one's own."""
    user = [part for part in request.parts if part.name != "system"]
    shared = "".join(part.text for part in user if part.shared)
    return whole(shared), whole("".join(part.text for part in user if not part.shared))
