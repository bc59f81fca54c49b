"""What went wrong on the wire, in one sentence each, and whether asking again may help."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx2
import openai
from pydantic import JsonValue

from .endpoints import Endpoint
from .protocol import Failure

_TOO_LONG = re.compile(
    r"context.?(length|window|size)|maximum context|exceeds? the (available|maximum)|too many tokens|"
    r"prompt is too long|n_ctx|reduce the length",
    re.IGNORECASE,
)
_FORMAT = re.compile(
    r"response.?format|json.?schema|json.?object|structured.?output|guided|grammar", re.IGNORECASE
)
_BROKE = ("insufficient_quota", "billing_hard_limit_reached", "billing_not_active")
_THROTTLED = (429, 529)
_LONGEST_QUOTE = 240


def failure_from(error: openai.OpenAIError, endpoint: Endpoint, model: str) -> Failure:
    """The failure behind an exception of the SDK; its message never holds the key."""
    url = endpoint.url
    if isinstance(error, openai.APITimeoutError):
        return Failure(message=f"{url} gave no answer in time", retryable=True)
    if isinstance(error, openai.APIConnectionError):
        cause = error.__cause__
        if isinstance(cause, httpx2.ConnectError | httpx2.ConnectTimeout):
            message = f"{url} can't be reached; check that the server runs and that the address is right"
            return Failure(message=message, retryable=True)
        told = f" ({type(cause).__name__}: {cause})" if cause else ""
        return Failure(message=endpoint.clean(f"{url} dropped the connection{told}"), retryable=True)
    if isinstance(error, openai.APIStatusError):
        status = error.status_code
        message = _sentence(status, str(error.code or ""), _told(error), endpoint, model)
        broke = status == 429 and str(error.code or error.type or "") in _BROKE
        retryable = (status in (408, 409, 425, 429) or status >= 500) and not broke
        return Failure(
            message=message,
            retryable=retryable,
            after=_after(error) if retryable else None,
            throttled=retryable and status in _THROTTLED,
        )
    return Failure(message=endpoint.clean(f"{url}: {_short(str(error))}"))


def failure_in(error: JsonValue, endpoint: Endpoint) -> Failure:
    """The failure that a router wraps into a response of status 200 without a choice."""
    if not isinstance(error, dict):
        return Failure(message=f"{endpoint.url} sent a response without a choice", retryable=True)
    told = endpoint.clean(_short(str(error.get("message", ""))))
    code = error.get("code")
    final = isinstance(code, int) and 400 <= code < 500 and code not in (408, 409, 425, 429)
    return Failure(
        message=f"{endpoint.url} answered with an error: {told or code}",
        retryable=not final,
        throttled=code in _THROTTLED,
    )


def lacks_format(error: openai.BadRequestError) -> bool:
    """Whether the server turned the request down for the answer format that it asks for."""
    return bool(_FORMAT.search(_told(error))) and not _TOO_LONG.search(_told(error))


def _sentence(status: int, code: str, told: str, endpoint: Endpoint, model: str) -> str:
    url, quote = endpoint.url, f": {told}" if told else ""
    if status == 401:
        source = (
            f"in {endpoint.key_source}" if endpoint.key_source else "(none was sent; name one as key_env)"
        )
        text = f"{url} refuses the key {source} (401); check it"
    elif status == 403:
        text = f"{url} does not let this key use {model} (403){quote}"
    elif status == 404:
        text = f"{url} knows no model {model}, or the address lacks its /v1 (404){quote}"
    elif status == 429 and code in _BROKE:
        text = f"the account at {url} has no credit left (429){quote}"
    elif status == 429:
        text = f"{url} asks for a slower pace (429){quote}"
    elif status in (400, 413, 422) and (
        code == "context_length_exceeded" or status == 413 or _TOO_LONG.search(told)
    ):
        text = (
            f"the prompt is longer than the context of {model} at {url}; state context_tokens for it{quote}"
        )
    elif status < 500:
        text = f"{url} turned the request down ({status}){quote}"
    else:
        text = f"{url} failed ({status}){quote}"
    return endpoint.clean(text)


def _told(error: openai.APIStatusError) -> str:
    """The server's own words, whichever way it wraps them."""
    body: Any = error.body
    while isinstance(body, dict):
        body = body.get("message") or body.get("error") or body.get("detail") or ""
    return _short(str(body)) if body else ""


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"


def _after(error: openai.APIStatusError) -> float | None:
    """Seconds that the server asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as a date."""
    headers = error.response.headers
    try:
        if (milliseconds := headers.get("retry-after-ms")) is not None:
            return max(0.0, float(milliseconds) / 1000)
        told = headers.get("retry-after")
        if told is None:
            return None
        if re.fullmatch(r"\s*\d+(\.\d+)?\s*", told):
            return float(told)
        return max(0.0, (parsedate_to_datetime(told) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
