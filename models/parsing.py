"""Reading an answer out of whatever a base model wrote.

Models put prose or thoughts around their JSON, fence it, leave a comma too many, use Python's quotes, or add
a field. None of that is worth a second call. What isn't repaired is a truncated answer: closing it by force
could pass half an edit for a whole one.
"""

import ast
import re
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

from pydantic import JsonValue, ValidationError
from pydantic_core import ErrorDetails, from_json

from ..errors import InputError
from .protocol import Answer
from .surrogates import whole, whole_value

A = TypeVar("A", bound=Answer)

_THOUGHT_ENDS = ("</think>", "</thinking>", "</reasoning>")
_MARK = re.compile(r'["{},]')
_IN_STRING = re.compile(r'(?:[^"\\\n]++|\\.)*+')
_CLOSES = re.compile(r"\s*[\]}]")
_ESCAPES = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(\\u[dD][89a-fA-F][0-9a-fA-F]{2})|\\.",
    re.DOTALL,
)
"""A pair of halves, a single half (the group), or any other escape."""
_LITERAL_LIMIT = 50_000
_CANDIDATES = 16
_RESTARTS = 8
_SHOWN_ERRORS = 4


class Unreadable(ValueError):
    """A reply that holds no valid answer. The message says why, for the repair attempt and the record."""


def read_answer(text: str, answer: type[A], expect: Mapping[str, JsonValue] | None = None) -> A:
    """The answer in `text`, validated with `expect` as context.

    Where several JSON objects stand in the text, the last valid one counts: models think first. Raises
    Unreadable.
    """
    context = dict(expect or {})
    text = _without_half_escapes(whole(text))
    try:
        return answer.model_validate_json(text, context=context)
    except (ValidationError, InputError):
        pass
    problem = "the reply holds no JSON object"
    for value in _values(text):
        try:
            return _validated(value, answer, context)
        except Unreadable as found:
            if problem.startswith("the reply holds no"):
                problem = str(found)
    raise Unreadable(problem)


def _validated(value: dict[str, Any], answer: type[A], context: dict[str, JsonValue]) -> A:
    try:
        return answer.model_validate(value, context=context)
    except InputError as problem:
        raise Unreadable(str(problem)) from None
    except ValidationError as problem:
        errors = problem.errors(include_url=False, include_context=False)
    if extra := [error["loc"] for error in errors if error["type"] == "extra_forbidden"]:
        for loc in extra:
            _drop(value, loc)
        return _validated(value, answer, context)
    raise Unreadable("; ".join(_sentence(error) for error in errors[:_SHOWN_ERRORS]))


def _sentence(error: ErrorDetails) -> str:
    message = error["msg"].removeprefix("Value error, ")
    path = ".".join(str(step) for step in error["loc"])
    return f"{path}: {message}" if path else message


def _drop(value: Any, loc: tuple[int | str, ...]) -> None:
    for step in loc[:-1]:
        value = value[step]
    del value[loc[-1]]


def _values(text: str) -> Iterator[dict[str, Any]]:
    """JSON objects in `text`, the likeliest first."""
    text = text[max((text.rfind(end) + len(end) for end in _THOUGHT_ENDS if end in text), default=0) :]
    fenced = [block.partition("\n")[2] for block in text.split("```")[1::2]]
    seen: set[str] = set()
    candidates = [text, *reversed(fenced), *reversed(list(_objects(text)))]
    for candidate in candidates[:_CANDIDATES]:
        candidate = candidate.strip()
        if not candidate.startswith(("{", "[")) or candidate in seen:
            continue
        seen.add(candidate)
        value = _lenient(candidate)
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        if isinstance(value, dict):
            yield value


def _without_half_escapes(text: str) -> str:
    """`text` with U+FFFD for each escape of half a character that lacks its other half."""
    if "\\u" not in text:
        return text
    return _ESCAPES.sub(lambda found: "\\ufffd" if found.group(1) else found.group(), text)


def _lenient(text: str) -> Any:
    """`text` as JSON, as JSON less its trailing commas, or as a Python literal; None if it is neither.

    Half a character, which JSON may spell as an escape and nothing can keep, becomes U+FFFD.
    """
    try:
        return from_json(text)
    except ValueError:
        pass
    try:
        return from_json(_without_trailing_commas(text))
    except ValueError:
        pass
    if len(text) > _LITERAL_LIMIT:
        return None
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return whole_value(ast.literal_eval(text))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        return None


class _Scanner:
    """Finds what stands outside strings, in one pass over a text, whatever it holds."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._unclosed_until = 0

    def marks(self, start: int = 0) -> Iterator[tuple[int, str]]:
        """Braces and commas outside strings from `start` on, with their positions.

        A quotation mark that isn't closed on its line begins no string. Then none before the line's end
        does: each is either escaped or would have closed the first. So no stretch is searched twice.
        """
        position = start
        while mark := _MARK.search(self._text, position):
            position = mark.end()
            if mark.group() != '"':
                yield mark.start(), mark.group()
            elif mark.start() >= self._unclosed_until:
                found = _IN_STRING.match(self._text, position)
                end = found.end() if found else position
                if self._text[end : end + 1] == '"':
                    position = end + 1
                else:
                    self._unclosed_until = end


def _objects(text: str) -> Iterator[str]:
    """The outermost `{...}` of `text`, braces inside strings not counted.

    A brace that is never closed is taken for prose, a few times over.
    """
    scanner = _Scanner(text)
    position = restarts = 0
    while (start := text.find("{", position)) >= 0 and restarts < _RESTARTS:
        depth = 0
        for found, mark in scanner.marks(start):
            depth += {"{": 1, "}": -1}.get(mark, 0)
            if depth == 0:
                position = found + 1
                yield text[start:position]
                break
        else:
            position = start + 1
            restarts += 1


def _without_trailing_commas(text: str) -> str:
    kept, done = [], 0
    for position, mark in _Scanner(text).marks():
        if mark == "," and _CLOSES.match(text, position + 1):
            kept.append(text[done:position])
            done = position + 1
    return "".join([*kept, text[done:]])
