"""Redlines as a page shows them: a section at a time, rendered as a reader reads it rather than as it is written."""

import html
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal

from ..records import Record
from ..spec import Hunk, Segment, Spec, changed_sections, flags_between, redline, visible

_HEADING = re.compile(
    r"(?P<marks>#{1,6})[ \t]+(?P<title>.*?)[ \t]*(?P<attributes>\{[^{}\n]*\})?[ \t]*$", re.DOTALL
)
_ITEM = re.compile(r"[ \t]*(?:[-*+]|\d{1,3}[.)])[ \t]+")
_KINDS: dict[str, tuple[str, str]] = {"insert": ("ins", "inserted"), "delete": ("del", "deleted")}


class SectionRedline(Record):
    """The redline of one section; `title` is the new one, or the old one where the section is gone."""

    section: str
    title: str
    change: Literal["changed", "added", "removed"]
    hunks: tuple[Hunk, ...]


@lru_cache(maxsize=256)
def section_redlines(before: Spec, after: Spec, context: int | None = None) -> tuple[SectionRedline, ...]:
    """A redline for each section that differs, in the order of the document; None keeps all unchanged lines."""
    found = []
    for id_ in changed_sections(before, after):
        old = before.source_of(id_).rstrip() + "\n" if id_ in before else ""
        new = after.source_of(id_).rstrip() + "\n" if id_ in after else ""
        found.append(
            SectionRedline(
                section=id_,
                title=(after if id_ in after else before).section(id_).title,
                change="added" if id_ not in before else "removed" if id_ not in after else "changed",
                hunks=redline(old, new, context=context),
            )
        )
    return tuple(found)


@lru_cache(maxsize=256)
def flag_sentences(before: Spec, after: Spec) -> tuple[str, ...]:
    """What weighs more than wording between two texts: authority, modal verbs, structure, examples, in words."""
    return tuple(dict.fromkeys(flag.sentence for flag in flags_between(before, after)))


def rendered(hunks: Sequence[Hunk]) -> str:
    """Escaped HTML: headings, paragraphs, list items and fenced text as blocks, changes inside them as ins and del.

    Hidden characters are made visible; a screen reader is told what was inserted and what was deleted.
    """
    parts: list[str] = []
    for hunk in hunks:
        label = f"Changes at line {hunk.before_line}, now line {hunk.after_line}"
        parts.append(f'<div class="redline" role="group" aria-label="{label}">')
        parts += _blocks(hunk.segments)
        parts.append("</div>")
    return "".join(parts)


def _blocks(segments: Sequence[Segment]) -> Iterator[str]:
    fenced: list[Segment] | None = None
    for block in _paragraphs(segments):
        text = "".join(segment.text for segment in block)
        opens = text.lstrip().startswith(("```", "~~~"))
        if fenced is not None:
            fenced += [Segment(kind="equal", text="\n\n"), *block]
            if "```" in text or "~~~" in text:
                yield f"<pre>{_inside(fenced)}</pre>"
                fenced = None
        elif opens and text.rstrip().count("```") + text.rstrip().count("~~~") < 2:
            fenced = list(block)
        elif opens:
            yield f"<pre>{_inside(block)}</pre>"
        elif text.lstrip().startswith("#") and _HEADING.match(text.lstrip()):
            yield f'<p class="heading">{_heading(block)}</p>'
        elif _ITEM.match(text):
            yield f'<p class="item">{_inside(block)}</p>'
        else:
            yield f"<p>{_inside(block)}</p>"
    if fenced is not None:
        yield f"<pre>{_inside(fenced)}</pre>"


def _paragraphs(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    """Segments cut at blank lines, and after a heading's line."""
    block: list[Segment] = []
    for segment in segments:
        pieces = re.split(r"(\n[ \t]*\r?\n+)", segment.text)
        for number, piece in enumerate(pieces):
            if number % 2:
                if block:
                    yield block
                block = []
            elif piece:
                block.append(Segment(kind=segment.kind, text=piece))
    if block:
        yield block


def _heading(block: Sequence[Segment]) -> str:
    """A heading without its marks; its attributes stand behind it in small."""
    parts: list[str] = []
    for number, segment in enumerate(block):
        text = segment.text
        if not number:
            text = text.lstrip().lstrip("#").lstrip()
        title, brace, rest = text.partition("{")
        inner = _marked(segment.kind, title)
        if brace:
            attributes, _, after = rest.partition("}")
            inner += f" <small>{_marked(segment.kind, attributes)}</small>{_marked(segment.kind, after)}"
        parts.append(inner)
    return "".join(parts)


def _inside(block: Sequence[Segment]) -> str:
    return "".join(_marked(segment.kind, segment.text) for segment in block).strip("\n")


def _marked(kind: str, text: str) -> str:
    if not text:
        return ""
    if kind in _KINDS and not text.strip("\r\n"):
        text = text.replace("\r", "␍").replace("\n", "↵\n")
    escaped = html.escape(visible(text))
    if kind == "equal":
        return escaped
    tag, word = _KINDS[kind]
    return f'<{tag}><span class="spoken">{word}: </span>{escaped}</{tag}>'
