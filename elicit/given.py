"""Prompts and responses that a person brings, from CSV or JSON lines: a study without a base model."""

import csv
import json
from collections.abc import Iterator, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from ..errors import DataError
from ..panel.records import Message
from ..records import content_id
from .prepared import PreparedItem, PreparedResponse
from .preparing import LABELS
from .spread import Spread, wording
from .twins import twins

_LARGEST_FIELD = 1_000_000


def given_items(path: Path) -> tuple[PreparedItem, ...]:
    """The prompts of a file, near-duplicates marked and dropped. Raises DataError that names the line.

    JSON lines have `prompt` (a text, or a list of {role, content}), `responses` (texts, or objects with `text` and, where
    known, `label`, `model`, `opinion`), and may have `id`, `section`, `language`, `rubrics`. CSV has a header with
    `prompt`, `response_1`, `response_2`, … and may have `model_1`, `opinion_1`, …, `rubric_1`, …, `id`, `section`,
    `language`.
    """
    if not path.is_file():
        raise DataError(f"{path}: no such file")
    rows = _csv_rows(path) if path.suffix.lower() == ".csv" else _json_rows(path)
    items: list[PreparedItem] = []
    known: set[str] = set()
    for line, row in rows:
        item = _item(row, f"{path}:{line}")
        if item.id in known:
            raise DataError(f"{path}:{line}: the id {item.id!r} stands twice; give each prompt its own")
        known.add(item.id)
        items.append(item)
    if not items:
        raise DataError(f"{path}: it holds no prompt")
    same = twins({item.id: "\n".join(message.content for message in item.messages) for item in items})
    return tuple(
        item.model_copy(update={"drop": True, "note": f"nearly the same prompt as {same[item.id]}"})
        if item.id in same
        else item
        for item in items
    )


def _item(row: Mapping[str, Any], where: str) -> PreparedItem:
    messages = _messages(row.get("prompt"), where)
    responses = _responses(row.get("responses"), where)
    same = twins({each.label: each.text for each in responses})
    kept = {each.label: each.text for each in responses if each.label not in same}
    rubrics = row.get("rubrics") or ()
    try:
        return PreparedItem(
            id=str(row.get("id") or "").strip() or content_id("prompt", messages, list(responses)),
            section=str(row.get("section") or ""), language=str(row.get("language") or ""), messages=messages,
            rubrics=tuple(rubrics) if isinstance(rubrics, (list, tuple)) else (rubrics,),
            responses=tuple(
                each.model_copy(update={"drop": True, "note": f"nearly the same as {same[each.label]}"}) if each.label in same else each
                for each in responses
            ),
            spread=Spread(wording=wording(kept)), drop=len(kept) < 2,
            note="fewer than two responses that differ" if len(kept) < 2 else "",
        )  # fmt: skip
    except ValidationError as problem:
        first = problem.errors()[0]
        raise DataError(f"{where}: {'.'.join(map(str, first['loc']))}: {first['msg'].lower()}") from None


def _messages(prompt: object, where: str) -> tuple[Message, ...]:
    if isinstance(prompt, Mapping):
        prompt = prompt.get("messages")
    if isinstance(prompt, str) and prompt.strip():
        return (Message(role="user", content=prompt.strip()),)
    if isinstance(prompt, list) and prompt and all(isinstance(each, Mapping) for each in prompt):
        try:
            return tuple(Message(role=each["role"], content=each["content"]) for each in prompt)
        except (KeyError, ValidationError):
            pass
    raise DataError(f"{where}: `prompt` is neither a text nor a list of messages with role and content")


def _responses(given: object, where: str) -> tuple[PreparedResponse, ...]:
    if isinstance(given, Mapping):
        given = [{"label": label, "text": text} for label, text in given.items()]
    if not isinstance(given, list) or len(given) < 2:
        raise DataError(f"{where}: `responses` needs two or more")
    if len(given) > len(LABELS):
        raise DataError(
            f"{where}: {len(given)} responses are more than the {len(LABELS)} that people can rank"
        )
    found = []
    for letter, each in zip(LABELS, given, strict=False):
        told = {"text": each} if isinstance(each, str) else each
        if not isinstance(told, Mapping) or not str(told.get("text") or "").strip():
            raise DataError(f"{where}: response {letter} has no text")
        named = {name: str(told.get(name) or "") for name in ("model", "opinion", "call")}
        try:
            found.append(
                PreparedResponse(
                    label=str(told.get("label") or letter), text=str(told["text"]).strip(), **named
                )
            )
        except ValidationError:
            raise DataError(f"{where}: {told.get('label')!r} is no label: take letters or digits") from None
    if len({each.label for each in found}) < len(found):
        raise DataError(f"{where}: two responses have one label")
    return tuple(found)


def _json_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    for number, line in enumerate(path.read_bytes().split(b"\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8-sig" if number == 1 else "utf-8"))
        except (ValueError, RecursionError):
            raise DataError(f"{path}:{number}: the line is no JSON in UTF-8") from None
        if not isinstance(row, dict):
            raise DataError(f"{path}:{number}: the line is no JSON object")
        yield number, row


def _csv_rows(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    csv.field_size_limit(_LARGEST_FIELD)
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            if "prompt" not in (reader.fieldnames or ()):
                raise DataError(
                    f"{path}:1: the header has no column `prompt`; columns are prompt, response_1, response_2, …"
                )
            for row in reader:
                if any((value or "").strip() for value in row.values() if isinstance(value, str)):
                    yield reader.line_num, _gathered(row)
    except UnicodeDecodeError:
        raise DataError(f"{path}: it is not UTF-8") from None
    except csv.Error as problem:
        raise DataError(f"{path}: it is no CSV ({problem})") from None


def _gathered(row: Mapping[str, Any]) -> dict[str, Any]:
    """`response_1`, `model_1`, … as one list."""
    responses: list[dict[str, str]] = []
    for number in count(1):
        if f"response_{number}" not in row:
            break
        text = (row[f"response_{number}"] or "").strip()
        if text:
            named = {name: row.get(f"{name}_{number}") or "" for name in ("model", "opinion")}
            responses.append({"text": text, **named})
    rubrics = [
        value for name, value in row.items() if name and name.startswith("rubric_") and (value or "").strip()
    ]
    return {
        **{name: row.get(name) for name in ("id", "prompt", "section", "language")},
        "responses": responses,
        "rubrics": rubrics,
    }
