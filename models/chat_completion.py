"""What is read from a Chat Completions response: little, and forgivingly, for servers that leave things out."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError
from pydantic_core import from_json

from ..records import Record
from .endpoints import Endpoint
from .openai_failures import failure_in
from .protocol import Failure, Finish, Reply, Usage
from .surrogates import whole_value

_MOST_TOKENS = 10**9
"""In one reply."""


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Message(_Lenient):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Lenient):
    message: _Message
    finish_reason: str | None = None


class _Completion(_Lenient):
    choices: list[_Choice] = []
    model: str | None = None
    service_tier: str | None = None
    usage: Any = None
    error: JsonValue = None


class Raw(Record):
    """A whole response of a server, as it came."""

    body: dict[str, Any]
    latency: float

    @property
    def choice(self) -> dict[str, Any]:
        choices = self.body.get("choices")
        return choices[0] if isinstance(choices, list) and choices and isinstance(choices[0], dict) else {}

    @property
    def text(self) -> str:
        return str((self.choice.get("message") or {}).get("content") or "")

    def count(self, *path: str) -> int:
        """A number out of the usage; 0 where there is none that can be meant."""
        return _count(self.body.get("usage"), *path)


def read_completion(content: bytes, latency: float, endpoint: Endpoint) -> Reply | Failure:
    """The reply in a response's body.

    A refusal or a filtered answer is a reply with `finish` "refusal"; a broken body, or an error that a router
    sends with status 200, is a Failure.
    """
    value = _parsed(content)
    if value is None:
        return Failure(message=f"{endpoint.url} sent a broken response body", retryable=True)
    try:
        completion = _Completion.model_validate(value)
    except ValidationError as problem:
        where = ".".join(str(step) for step in problem.errors()[0]["loc"]) or "the body"
        return Failure(
            message=f"{endpoint.url} answers, but not in Chat Completions ({where}); does the address end in /v1?"
        )
    if not completion.choices:
        return failure_in(completion.error, endpoint)
    choice = completion.choices[0]
    message = choice.message
    text = message.content or ""
    finish: Finish = "length" if choice.finish_reason == "length" else "stop"
    if message.refusal or choice.finish_reason == "content_filter":
        finish, text = "refusal", message.refusal or text or "(withheld by the provider's content filter)"
    return Reply(
        text=endpoint.clean(text),
        usage=_counted(completion.usage),
        finish=finish,
        model=endpoint.clean(completion.model or ""),
        tier=endpoint.clean(completion.service_tier or ""),
        latency=latency,
    )


def _counted(usage: Any) -> Usage:
    sent = _count(usage, "prompt_tokens")
    return Usage(
        input_tokens=sent,
        cached_tokens=min(sent, _count(usage, "prompt_tokens_details", "cached_tokens")),
        output_tokens=_count(usage, "completion_tokens"),
        reasoning_tokens=_count(usage, "completion_tokens_details", "reasoning_tokens"),
    )


def _count(value: Any, *path: str) -> int:
    """A count of tokens; 0 for what is missing, negative, no whole number, or more than any reply can take."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    countable = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _MOST_TOKENS
    return int(value) if countable else 0


def _parsed(content: bytes) -> Any:
    """The JSON of a body, halves of characters replaced; None for one that is broken or nested without end."""
    try:
        return from_json(content)
    except ValueError:
        pass
    try:
        return whole_value(json.loads(content))
    except (ValueError, RecursionError):
        return None
