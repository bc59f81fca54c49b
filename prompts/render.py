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


class _Blocks(jinja2.BaseLoader):
    def get_source(self, environment: jinja2.Environment, template: str) -> tuple[str, str, Any]:
        name = f"{template}.jinja"
        source = files(__package__).joinpath(name).read_text(encoding="utf-8")
        return source, name, lambda: True


_environment = jinja2.Environment(
    loader=_Blocks(),
    undefined=jinja2.StrictUndefined,
    autoescape=False,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_environment.filters["fence"] = fence


@lru_cache(maxsize=64)
def version(name: str) -> str:
    """Name and version hash of a template, e.g. `ranker@1a2b3c4d`."""
    source, _, _ = _Blocks().get_source(_environment, name)
    return f"{name}@{hashlib.sha256(source.encode()).hexdigest()[:8]}"


def render(
    name: str, values: Mapping[str, Any], data: Mapping[str, JsonValue], shared: frozenset[str] = frozenset()
) -> Prompt:
    """The parts of template `name` filled with `values`; `data[block]` travels with the block's text.

    `values` are never templates themselves. Raises jinja2.UndefinedError for a variable that is missing
    (a bug in the calling agent).
    """
    template = _environment.get_template(name)
    context = template.new_context(dict(values))
    parts = tuple(
        Part(name=block, text="".join(body(context)), data=data.get(block), shared=block in shared)
        for block, body in template.blocks.items()
    )
    return Prompt(template=version(name), parts=parts)
