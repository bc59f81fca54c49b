"""The base of every record, and ids made from content."""

import hashlib
import json
from typing import Any

from pydantic import BaseModel, ConfigDict


class Record(BaseModel):
    """A frozen, closed pydantic model: what Concord keeps, passes between rooms and writes to disk."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)


def canonical_json(value: Any) -> bytes:
    """JSON with sorted keys and no blanks, as UTF-8: equal values give equal bytes.

    Records are written by their fields. Raises TypeError for what JSON has no word for.
    """
    return json.dumps(
        value, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=_plain, allow_nan=False
    ).encode("utf-8", "surrogatepass")


def digest(value: Any) -> str:
    """SHA-256 (64 hex digits) of the canonical JSON of `value`."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def content_id(*parts: Any) -> str:
    """A short id (16 hex digits) that depends on nothing but `parts`."""
    return digest(list(parts))[:16]


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no canonical JSON")
