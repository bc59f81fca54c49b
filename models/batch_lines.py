"""The lines of a batch: what is asked, and what came back, as OpenAI's Batch API and vLLM's `run-batch` write them.

https://platform.openai.com/docs/guides/batch
"""

import json
from collections.abc import Mapping
from typing import Any

import httpx2
from pydantic import JsonValue
from pydantic_core import from_json

from .chat_completion import read_completion
from .endpoints import Endpoint
from .openai_failures import failure_from, lacks_format
from .protocol import Failure, Reply, one_line

MOST_LINES = 50_000
MOST_BYTES = 200_000_000
"""Of one batch."""
PATH = "/v1/chat/completions"
_UNANSWERED = ("batch_expired", "batch_cancelled")
"""Codes of lines that the queue didn't come to."""


def written(key: str, body: Mapping[str, JsonValue]) -> bytes:
    """One question as a line, its end included."""
    line = {"custom_id": key, "method": "POST", "url": PATH, "body": body}
    return json.dumps(line, ensure_ascii=False).encode("utf-8", "replace") + b"\n"


def shares(
    lines: Mapping[str, bytes], most: int = MOST_LINES, most_bytes: int = MOST_BYTES
) -> list[list[str]]:
    """Keys of lines that go together, in their order: as many as one batch may hold."""
    found: list[list[str]] = []
    size = most_bytes + 1
    for key, line in lines.items():
        if size + len(line) > most_bytes or len(found[-1]) >= most:
            found.append([])
            size = 0
        found[-1].append(key)
        size += len(line)
    return found


class LineFailure(Failure):
    """A line without an answer."""

    format: bool = False
    """Whether the server turned it down for the answer format that it asks for."""


def read_line(line: bytes, endpoint: Endpoint, model: str) -> tuple[str, Reply | LineFailure] | None:
    """A line of an output or an error file: the question's key, and what became of it; None for no such line."""
    try:
        value = from_json(line)
        key = value["custom_id"]
    except (ValueError, TypeError, KeyError):
        return None
    if not isinstance(key, str):
        return None
    response, error = value.get("response"), value.get("error")
    if isinstance(response, dict) and response.get("status_code") == 200:
        body = json.dumps(response.get("body"), ensure_ascii=False).encode("utf-8", "replace")
        result = read_completion(body, 0.0, endpoint)
        return key, result if isinstance(result, Reply) else LineFailure(**result.model_dump())
    if isinstance(error, dict) and error.get("code") in _UNANSWERED:
        return key, LineFailure(
            message=f"the queue didn't come to this question ({error['code']})", retryable=True
        )
    return key, _refused(response, error, endpoint, model)


def _refused(response: Any, error: Any, endpoint: Endpoint, model: str) -> LineFailure:
    status = response.get("status_code") if isinstance(response, dict) else None
    if isinstance(status, int) and 100 <= status < 600:
        content = json.dumps(response.get("body")).encode()
        whole = httpx2.Response(status, content=content)
        failure = failure_from(whole, endpoint, model)
        return LineFailure(**failure.model_dump(), format=lacks_format(whole))
    said = error.get("message") or error.get("code") if isinstance(error, dict) else error
    return LineFailure(
        message=endpoint.clean(f"the queue gave no answer: {one_line(str(said or 'no reason given'))[:240]}"),
        retryable=True,
    )
