"""The JSON schema of an answer, in the dialect that strict structured output takes."""

from functools import lru_cache
from typing import Any

from .protocol import Answer

_KEPT = ("type", "enum", "description", "items", "anyOf")
_LONGEST_ENUM = 32


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
