"""What is read from a Chat Completions response: little, and with patience for servers that leave things out."""

import json
from typing import Any

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from ..records import Record
from .endpoints import Endpoint
from .openai_failures import failure_in
from .protocol import Failure, Finish, Reply, Usage


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore")


class _Message(_Lenient):
    content: str | None = None
    refusal: str | None = None


class _Choice(_Lenient):
    message: _Message
    finish_reason: str | None = None


class _PromptDetails(_Lenient):
    cached_tokens: int | None = None


class _CompletionDetails(_Lenient):
    reasoning_tokens: int | None = None


class _Usage(_Lenient):
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    prompt_tokens_details: _PromptDetails | None = None
    completion_tokens_details: _CompletionDetails | None = None


class _Completion(_Lenient):
    choices: list[_Choice] = []
    model: str | None = None
    service_tier: str | None = None
    usage: _Usage | None = None
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
        """A number out of the usage; 0 where there is none."""
        value: Any = self.body.get("usage")
        for name in path:
            value = value.get(name) if isinstance(value, dict) else None
        return value if isinstance(value, int) else 0


def read_completion(content: bytes, latency: float, endpoint: Endpoint) -> Reply | Failure:
    """The reply in a response's body.

    A refusal or a filtered answer is a reply with `finish` "refusal"; a broken body, or an error that a router
    sends with status 200, is a Failure.
    """
    try:
        completion = _Completion.model_validate_json(content)
    except ValidationError as problem:
        if _is_json(content):
            where = ".".join(str(place) for place in problem.errors()[0]["loc"]) or "the body"
            return Failure(
                message=f"{endpoint.url} answers, but not in Chat Completions ({where}); does the address end in /v1?"
            )
        return Failure(message=f"{endpoint.url} sent a broken response body", retryable=True)
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
        usage=_counted(completion.usage or _Usage()),
        finish=finish,
        model=completion.model or "",
        tier=completion.service_tier or "",
        latency=latency,
    )


def _counted(usage: _Usage) -> Usage:
    prompt = usage.prompt_tokens_details or _PromptDetails()
    completion = usage.completion_tokens_details or _CompletionDetails()
    return Usage(
        input_tokens=usage.prompt_tokens or 0,
        cached_tokens=prompt.cached_tokens or 0,
        output_tokens=usage.completion_tokens or 0,
        reasoning_tokens=completion.reasoning_tokens or 0,
    )


def _is_json(content: bytes) -> bool:
    try:
        json.loads(content)
    except ValueError:
        return False
    return True
