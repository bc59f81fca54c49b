"""Renders an agent's template into typed prompt parts.

A template `<role>.jinja` is a row of named blocks. The block `system` becomes the system message; the
others, in the order in which they stand, make the user message. Each block is one part. A template may extend
another: then the blocks are those of the one it extends, with what it fills in.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any

import jinja2
import jinja2.meta
import jinja2.nodes
import jinja2.runtime
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


_folders: list[Traversable] = [files(__package__)]
_texts: dict[str, str] = {}


def add_templates(folder: Path) -> None:
    """Look for templates in `folder` too, for an agent that doesn't come with Concord; its own come first."""
    if folder not in _folders:
        _folders.append(folder)


def add_template(name: str, text: str) -> None:
    """Make a template known that stands in the file of its agent. Raises ValueError where its name is taken."""
    if _texts.setdefault(name, text) != text or any(
        each.joinpath(f"{name}.jinja").is_file() for each in _folders
    ):
        raise ValueError(f"there is a template {name!r} already")


def _source(name: str) -> str:
    """The template's text. Raises jinja2.TemplateNotFound (a bug in the calling agent)."""
    if name in _texts:
        return _texts[name]
    for folder in _folders:
        path = folder.joinpath(name.removesuffix(".jinja") + ".jinja")
        if path.is_file():
            return path.read_text(encoding="utf-8")
    raise jinja2.TemplateNotFound(name)


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
    sources = "".join(_source(each) for each in templates_of(name))
    return f"{name}@{hashlib.sha256(sources.encode()).hexdigest()[:8]}"


def templates_of(name: str) -> tuple[str, ...]:
    """The template, and all that it extends or includes."""
    found = [name]
    for inner in jinja2.meta.find_referenced_templates(_environment.parse(_source(name))):
        found += templates_of((inner or "").removesuffix(".jinja"))
    return tuple(dict.fromkeys(found))


def variables_of(name: str) -> frozenset[str]:
    """The variables that the template reads, with all that it extends or includes."""
    return frozenset(
        variable
        for each in templates_of(name)
        for variable in jinja2.meta.find_undeclared_variables(_environment.parse(_source(each)))
    )


def source_of(name: str) -> str:
    """The template's own text."""
    return _source(name)


def render(
    name: str, values: Mapping[str, Any], data: Mapping[str, JsonValue], shared: frozenset[str] = frozenset()
) -> Prompt:
    """The parts of template `name` filled with `values`; `data[block]` travels with the block's text.

    `values` are never templates themselves. Raises jinja2.UndefinedError for a variable that is missing
    (a bug in the calling agent).
    """
    return Prompt(
        template=version(name),
        parts=tuple(
            block(name, block_name, values, data.get(block_name), block_name in shared)
            for block_name in block_names(name)
        ),
    )


@lru_cache(maxsize=64)
def block_names(name: str) -> tuple[str, ...]:
    """The blocks that become parts: those at the top level of the template, or of the one it extends."""
    parsed = _environment.parse(_source(_line_of_extended(name)[-1]))
    return tuple(node.name for node in parsed.body if isinstance(node, jinja2.nodes.Block))


def block(
    name: str, block_name: str, values: Mapping[str, Any], data: JsonValue = None, shared: bool = False
) -> Part:
    """One part alone, for an agent that keeps the parts which many of its prompts have in common.

    Raises KeyError for a block that the template doesn't have.
    """
    line = [_environment.get_template(each) for each in _line_of_extended(name)]
    context = line[0].new_context(dict(values))
    for extended in line[1:]:
        for inner, made in extended.blocks.items():
            context.blocks.setdefault(inner, []).append(made)
    made_by: Callable[[jinja2.runtime.Context], Iterator[str]] = context.blocks[block_name][0]
    # Not validated again: the data was plain JSON when the agent made it, and may be large.
    return Part.model_construct(name=block_name, text="".join(made_by(context)), data=data, shared=shared)


@lru_cache(maxsize=64)
def _line_of_extended(name: str) -> tuple[str, ...]:
    """The template, the one it extends, and so on."""
    line = [name]
    for node in _environment.parse(_source(name)).find_all(jinja2.nodes.Extends):
        if isinstance(node.template, jinja2.nodes.Const):
            line += _line_of_extended(str(node.template.value).removesuffix(".jinja"))
    return tuple(line)
