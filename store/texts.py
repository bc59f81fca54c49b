"""How long texts lie on disk: once by content, compressed, and named by their digest in the record."""

import hashlib
import json
import zlib
from collections.abc import Callable, Mapping
from typing import Any

_KEPT_WHOLE = 1024
"""Texts below this length (bytes of UTF-8) are stored as they are."""
_INLINE = 96
"""Texts up to this length (characters) stay in their record: a digest would be as long."""


def text_digest(text: str) -> str:
    """SHA-256 (64 hex digits) of a text; lone surrogates, as hostile data may hold, are kept."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def packed(text: str) -> tuple[int, bytes]:
    """(1, zlib-compressed) for a long text, (0, plain) for a short one."""
    body = text.encode("utf-8", "surrogatepass")
    return (1, zlib.compress(body, 1)) if len(body) >= _KEPT_WHOLE else (0, body)


def unpacked(is_packed: int, body: bytes) -> str:
    return (zlib.decompress(body) if is_packed else body).decode("utf-8", "surrogatepass")


def referenced(values: Mapping[str, Any], keep: Callable[[str], str]) -> str:
    """JSON of fields of strings or nested lists of strings, each long text replaced by `{"text": digest}`.

    `keep` stores a text and returns its digest. A string can't be mistaken for a reference: it is no object.
    """
    return json.dumps({name: _referenced(value, keep) for name, value in values.items()})


def resolved(written: str, text: Callable[[str], str]) -> dict[str, Any]:
    """The fields that `referenced` wrote; lists come back as tuples. `text` finds a text by its digest."""
    return {name: _resolved(value, text) for name, value in json.loads(written).items()}


def _referenced(value: Any, keep: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return value if len(value) <= _INLINE else {"text": keep(value)}
    return [_referenced(each, keep) for each in value]


def _resolved(value: Any, text: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return value
    if isinstance(value, dict):
        return text(value["text"])
    return tuple(_resolved(each, text) for each in value)
