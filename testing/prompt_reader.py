"""Answers the agents' prompts from their text alone, by hashes: a stand-in for a model behind a wire.

It judges nothing, but always the same way: equal responses get equal places, whatever their order or label,
so whole runs can be compared with one another.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

Format = Literal["strict_schema", "json_mode", "prompted"]

_FENCED = r"<(data-[0-9a-f]{24})>\n(.*?)\n</\2>"
_RESPONSE = re.compile(r"^Response (\S+):\n" + _FENCED, re.MULTILINE | re.DOTALL)
_SECTION = re.compile(r"^Section id: ([^\s,]+)", re.MULTILINE)
_CONVERSATION = re.compile(
    r"^Conversation key: (\S+)\n(.*?)(?=^Conversation key: |\Z)", re.MULTILINE | re.DOTALL
)
_JUSTIFICATION = re.compile(r"^Key: (\S+)\nRanking: [^\n]*\n" + _FENCED, re.MULTILINE | re.DOTALL)
_TIERS = 6


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the server reads it."""

    system: str
    user: str
    format: Format
    schema: Mapping[str, Any] | None
    body: Mapping[str, Any]


Answerer = Callable[[Asked], str | Mapping[str, Any]]
"""Gives the text of an answer, or fields of the message (`refusal`) and its `finish_reason`."""


def read_prompt(asked: Asked) -> str:
    """The answer, as JSON text, to a prompt of any agent; else whatever fits the schema; else a chatty line."""
    wanted = _wanted(asked)
    if wanted == "ranking" and (responses := _RESPONSE.findall(asked.user)):
        return _ranking([(label, text) for label, _, text in responses])
    if wanted == "grades":
        return _grades(asked.user)
    if wanted == "verdicts":
        return _verdicts(asked.user)
    if wanted == "proposals":
        return _proposals(asked.user)
    if asked.schema is not None:
        return json.dumps(instance_of(asked.schema))
    return "{}" if asked.format == "json_mode" else "I would rather talk about something else."


def instance_of(schema: Mapping[str, Any]) -> Any:
    """A small value that satisfies `schema`."""
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return instance_of(schema["anyOf"][0])
    kind = schema.get("type")
    if kind == "object":
        return {name: instance_of(child) for name, child in schema.get("properties", {}).items()}
    if kind == "array":
        return []
    return {"string": "text", "integer": 1, "number": 1.0, "boolean": True}.get(str(kind))


def _wanted(asked: Asked) -> str:
    names = set((asked.schema or {}).get("properties", {}))
    if not names:
        names = {
            name for name in ("ranking", "grades", "verdicts", "proposals") if f'"{name}"' in asked.system
        }
    return next((name for name in ("ranking", "grades", "verdicts", "proposals") if name in names), "")


def _ranking(responses: list[tuple[str, str]]) -> str:
    tiers: dict[int, list[str]] = {}
    for label, text in responses:
        tiers.setdefault(_number(text) % _TIERS, []).append(label)
    ranking = ">".join("=".join(sorted(tiers[rank])) for rank in sorted(tiers))
    return json.dumps({"explanation": "Placed by the hash of each response.", "ranking": ranking})


def _grades(user: str) -> str:
    sections = _SECTION.findall(user)
    grades = [
        {"conversation": key, "section": section, "grade": grade}
        for key, text in _CONVERSATION.findall(user)
        for section in sections
        if (grade := 1 + _number(f"{section}\0{text.strip()}") % 5) >= 3
    ]
    return json.dumps({"grades": grades})


def _verdicts(user: str) -> str:
    stances = ("support", "support", "refute", "silent")
    verdicts = [
        {"justification": key, "stance": stances[_number(text) % len(stances)]}
        for key, _, text in _JUSTIFICATION.findall(user)
    ]
    return json.dumps({"verdicts": verdicts})


def _proposals(user: str) -> str:
    sections = _SECTION.findall(user)
    if not sections:
        return json.dumps({"proposals": []})
    section = sections[_number(user) % len(sections)]
    edit = {"op": "insert", "section": section, "anchor": "", "text": "\nSay plainly what is uncertain.\n"}
    change = {"intent": "Say plainly what is uncertain.", "kind": "clarification", "edits": [edit]}
    return json.dumps({"proposals": [change]})


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:6], "big")
