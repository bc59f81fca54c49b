"""Renders an agent's template into typed prompt parts.

A template `<role>.jinja` is a row of named blocks. The block `system` becomes the system message; the
others, in the order in which they stand, make the user message. Each block is one part.
"""

import hashlib
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

import jinja2
import jinja2.meta
from pydantic import JsonValue

from ..records import Record


class Part(Record):
    """One block of a rendered prompt: its text, and the data behind it for models that aren't on a wire."""

    name: str
    text: str
    data: JsonValue = None
    shared: bool = False
    """Whether many requests begin with the same text up to here: worth a prefix cache."""


class Prompt(Record):
    template: str
    parts: tuple[Part, ...]


def fence(text: str) -> str:
    """`text` between two boundary lines that its author can't have written into it.

    The boundary derives from the SHA-256 of the text itself, so equal texts give equal bytes.
    """
    boundary = "data-" + hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]
    return f"<{boundary}>\n{text}\n</{boundary}>"


def line(text: str, most: int = 64) -> str:
    """`text` fit to stand outside a fence: one line of at most `most` characters, none of them unseen or `<`.

    For labels, roles and rankings, which come out of data too. What is usual there stays as it is.
    """
    kept = "".join(mark for mark in " ".join(text.split()) if mark.isprintable() and mark != "<")
    return kept[:most]


def _source(name: str) -> str:
    return files(__package__).joinpath(name.removesuffix(".jinja") + ".jinja").read_text(encoding="utf-8")


_environment = jinja2.Environment(
    loader=jinja2.FunctionLoader(_source),
    undefined=jinja2.StrictUndefined,
    autoescape=False,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_environment.filters["fence"] = fence
_environment.filters["line"] = line


@lru_cache(maxsize=64)
def version(name: str) -> str:
    """Name and version hash of a template, e.g. `ranker@1a2b3c4d`."""
    return f"{name}@{hashlib.sha256(_whole_source(name).encode()).hexdigest()[:8]}"


def _whole_source(name: str) -> str:
    source = _source(name)
    included = jinja2.meta.find_referenced_templates(_environment.parse(source))
    return source + "".join(_whole_source(inner) for inner in included if inner)


def render(
    name: str, values: Mapping[str, Any], data: Mapping[str, JsonValue], shared: frozenset[str] = frozenset()
) -> Prompt:
    """The parts of template `name` filled with `values`; `data[block]` travels with the block's text.

    `values` are never templates themselves. Raises jinja2.UndefinedError for a variable that is missing
    (a bug in the calling agent).
    """
    template = _environment.get_template(name)
    return Prompt(
        template=version(name),
        parts=tuple(
            block(name, block_name, values, data.get(block_name), block_name in shared)
            for block_name in template.blocks
        ),
    )


def block(
    name: str, block_name: str, values: Mapping[str, Any], data: JsonValue = None, shared: bool = False
) -> Part:
    """One part alone, for an agent that keeps the parts which many of its prompts have in common.

    Raises KeyError for a block that the template doesn't have.
    """
    template = _environment.get_template(name)
    text = "".join(template.blocks[block_name](template.new_context(dict(values))))
    # Not validated again: the data was plain JSON when the agent made it, and may be large.
    return Part.model_construct(name=block_name, text=text, data=data, shared=shared)
