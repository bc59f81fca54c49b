"""Halves of characters: what a cut emoji leaves, and what no UTF-8 can carry."""

from typing import Any


def whole(text: str) -> str:
    """`text`, with U+FFFD for each half of a character (a lone surrogate)."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return text


def whole_value(value: Any) -> Any:
    """A JSON value with every string in it, keys included, made whole."""
    if isinstance(value, str):
        return whole(value)
    if isinstance(value, dict):
        return {whole_value(key): whole_value(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [whole_value(each) for each in value]
    return value
