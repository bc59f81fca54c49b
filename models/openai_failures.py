"""What went wrong on the wire, in one sentence each, and whether asking again may help."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urljoin, urlsplit

import httpx2
from pydantic import JsonValue
from pydantic_core import from_json

from .endpoints import Endpoint
from .protocol import Failure, one_line

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


def failure_from(response: httpx2.Response, endpoint: Endpoint, model: str) -> Failure:
    """The failure behind a response that isn't a success; its message never holds the key."""
    status = response.status_code
    if response.has_redirect_location or 300 <= status < 400:
        return Failure(message=endpoint.clean(_redirected(response, endpoint)))
    error = _error(response)
    code = str(error.get("code") or "")
    broke = status == 429 and (code in _BROKE or str(error.get("type") or "") in _BROKE)
    retryable = (status in (408, 409, 425, 429) or status >= 500) and not broke
    return Failure(
        message=_sentence(status, _BROKE[0] if broke else code, _message(error), endpoint, model),
        retryable=retryable,
        after=_after(response) if retryable else None,
        throttled=retryable and status in _THROTTLED,
    )


def failure_of(error: Exception, endpoint: Endpoint) -> Failure:
    """The failure behind an exception of the connection. All but an unusable address may pass."""
    url = endpoint.url
    if isinstance(error, httpx2.ConnectError | httpx2.ConnectTimeout):
        message = f"{url} can't be reached; check that the server runs and that the address is right"
    elif isinstance(error, httpx2.TimeoutException | TimeoutError):
        message = f"{url} gave no answer in time"
    elif isinstance(error, httpx2.InvalidURL | httpx2.UnsupportedProtocol | httpx2.LocalProtocolError):
        return Failure(message=endpoint.clean(f"{url} can't be asked ({_short(str(error))})"))
    else:
        message = f"{url} dropped the connection ({type(error).__name__}: {_short(str(error))})"
    return Failure(message=endpoint.clean(message), retryable=True)


def failure_in(error: JsonValue, endpoint: Endpoint) -> Failure:
    """The failure that a router wraps into a response of status 200 without a choice."""
    if not isinstance(error, dict):
        return Failure(message=f"{endpoint.url} sent a response without a choice", retryable=True)
    message = endpoint.clean(_short(str(error.get("message", ""))))
    code = error.get("code")
    final = isinstance(code, int) and 400 <= code < 500 and code not in (408, 409, 425, 429)
    return Failure(
        message=f"{endpoint.url} answered with an error: {message or code}",
        retryable=not final,
        throttled=code in _THROTTLED,
    )


def lacks_format(response: httpx2.Response) -> bool:
    """Whether the server turned the request down for the answer format that it asks for."""
    message = _message(_error(response))
    return response.status_code == 400 and bool(_FORMAT.search(message)) and not _TOO_LONG.search(message)


def _redirected(response: httpx2.Response, endpoint: Endpoint) -> str:
    try:
        target = urlsplit(urljoin(f"{endpoint.url}/", response.headers.get("location", "")))
        target_host = f"{target.scheme}://{target.netloc.rpartition('@')[2]}" if target.netloc else "nowhere"
    except ValueError:
        target_host = "an unreadable address"
    return (
        f"{endpoint.url} redirects to {_short(target_host)} ({response.status_code}); that is not followed, so neither "
        "prompts nor key went there: name that address itself, if you trust it"
    )


def _error(response: httpx2.Response) -> dict[str, Any]:
    """What the body says of the error, whichever way it is wrapped; empty for a body that says nothing."""
    try:
        body = from_json(response.content)
    except ValueError:  # not JSON, or nested without end
        return {}
    for _ in range(4):
        inner = body.get("error") if isinstance(body, dict) else None
        if not isinstance(inner, dict):
            break
        body = inner
    return body if isinstance(body, dict) else {}


def _sentence(status: int, code: str, message: str, endpoint: Endpoint, model: str) -> str:
    url, quote = endpoint.url, f": {message}" if message else ""
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
        text = f"{url} asks for fewer requests (429){quote}"
    elif status in (400, 413, 422) and (
        code == "context_length_exceeded" or status == 413 or _TOO_LONG.search(message)
    ):
        text = (
            f"the prompt is longer than the context of {model} at {url}; state context_tokens for it{quote}"
        )
    elif status < 500:
        text = f"{url} turned the request down ({status}){quote}"
    else:
        text = f"{url} failed ({status}){quote}"
    return endpoint.clean(text)


def _message(error: dict[str, Any]) -> str:
    """The server's own words."""
    message = error.get("message") or error.get("error") or error.get("detail") or ""
    return _short(str(message))


def _short(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= _LONGEST_QUOTE else text[: _LONGEST_QUOTE - 1] + "…"


def _after(response: httpx2.Response) -> float | None:
    """Seconds that the server asks to wait: `retry-after-ms`, or `Retry-After` in seconds or as a date."""
    headers = response.headers
    try:
        if (milliseconds := headers.get("retry-after-ms")) is not None:
            return max(0.0, float(milliseconds) / 1000)
        wanted = headers.get("retry-after")
        if wanted is None:
            return None
        if re.fullmatch(r"\s*\d+(\.\d+)?\s*", wanted):
            return float(wanted)
        return max(0.0, (parsedate_to_datetime(wanted) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
