"""The JSON schema of an answer, in the dialect that strict structured output takes."""

import re
from collections.abc import Mapping
from functools import lru_cache
from itertools import permutations, product
from math import prod
from typing import Any

from pydantic import JsonValue

from .protocol import Answer

_KEPT = ("type", "enum", "description", "items", "anyOf", "pattern")
_LONGEST_ENUM = 32
_LONGEST_TEXT = 800
"""Characters of a text, for a model that would ramble to its limit."""
_MOST_ITEMS = 3
_RANKED_BY_ENUM = 4
"""Labels up to which every ranking is spelled out: 4 have 192."""


@lru_cache(maxsize=64)
def strict_schema(answer: type[Answer]) -> dict[str, Any]:
    """The schema of `answer` with nothing in it that a strict mode refuses.

    References are written out, every property is required, no other is allowed, and constraints that
    strict modes don't know are left to validation; a short range of integers becomes an enum, which
    they do know. Docstrings of answer classes are for readers of the code and stay out.
    Raises ValueError for a schema that contains itself. Callers must not change the result.
    """
    schema = answer.model_json_schema()
    return _strict(schema, schema.get("$defs", {}), ())


def _strict(node: dict[str, Any], definitions: dict[str, Any], above: tuple[str, ...]) -> dict[str, Any]:
    if "$ref" in node:
        name = str(node["$ref"]).rsplit("/", 1)[-1]
        if name in above:
            raise ValueError(f"the answer schema {name} contains itself; strict structured output can't")
        return _strict(definitions[name], definitions, (*above, name))
    if node.get("type") == "object":
        properties = {
            name: _strict(child, definitions, above) for name, child in node.get("properties", {}).items()
        }
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }
    result = {key: node[key] for key in _KEPT if key in node}
    if "const" in node:
        result["enum"] = [node["const"]]
    if "items" in node:
        result["items"] = _strict(node["items"], definitions, above)
    if options := node.get("anyOf") or node.get("oneOf"):
        result["anyOf"] = [_strict(option, definitions, above) for option in options]
    if node.get("type") == "integer" and "enum" not in node and "minimum" in node and "maximum" in node:
        values = range(int(node["minimum"]), int(node["maximum"]) + 1)
        if len(values) <= _LONGEST_ENUM:
            result["enum"] = list(values)
    return result


def narrowed(schema: Mapping[str, Any], expect: Mapping[str, JsonValue]) -> dict[str, Any]:
    """`schema` with what a valid answer must agree with written into it, for a model that needs the rails.

    A text called `section` becomes one of `expect["sections"]`, and so on; a `ranking` ranks
    `expect["labels"]`; a list of such items is no longer than there are different ones, and no text or other list
    runs on for ever. Every request then has a schema of its own, which a server that prepares schemas once and
    keeps them would take badly.
    """
    return _narrowed("", schema, expect)


def _narrowed(name: str, node: Mapping[str, Any], expect: Mapping[str, JsonValue]) -> dict[str, Any]:
    result = dict(node)
    labels, values = expect.get("labels"), expect.get(f"{name}s")
    if node.get("type") == "string" and name == "ranking" and isinstance(labels, list):
        result = {key: value for key, value in result.items() if key != "pattern"}
        result |= _rankings([str(label) for label in labels])
    elif node.get("type") == "string" and isinstance(values, list) and values:
        result["enum"] = list(values)
    elif node.get("type") == "string" and "enum" not in node:
        result["maxLength"] = _LONGEST_TEXT
    elif node.get("type") == "object":
        result["properties"] = {
            child: _narrowed(child, value, expect) for child, value in node["properties"].items()
        }
    elif node.get("type") == "array":
        result["items"] = _narrowed("", node["items"], expect)
        fields = result["items"].get("properties", {})
        choices = [len(fields[key]["enum"]) for key in fields if isinstance(expect.get(f"{key}s"), list)]
        result["maxItems"] = prod(choices) if choices else _MOST_ITEMS
    return result


def _rankings(labels: list[str]) -> dict[str, Any]:
    if len(labels) <= _RANKED_BY_ENUM:
        signs = list(product(">=", repeat=len(labels) - 1))
        orders = permutations(labels)
        return {
            "enum": [
                "".join(label + sign for label, sign in zip(order, (*between, ""), strict=True))
                for order in orders
                for between in signs
            ]
        }
    one = "(" + "|".join(map(re.escape, labels)) + ")"
    return {"pattern": f"^{one}([>=]{one}){{{len(labels) - 1}}}$"}
