"""Word-level redlines: what a revision took out and put in, for terminal, page and plain text."""

import html
import re
from functools import cached_property

from pydantic import ConfigDict
from rich.text import Text

from ..records import Record, content_id
from .changes import Comparison
from .comparison import compare
from .document import Spec
from .matching import Block, Effort, match
from .rendering import COMPARISON_CSS, comparison_html, comparison_plain
from .visible import visible
from .wording import Segment, joined, word_segments

_LINE = re.compile(r"[^\n]*\n|[^\n]+")

_STYLES = {"equal": "", "insert": "green underline", "delete": "red strike"}

REDLINE_CSS = """\
.redline { white-space: pre-wrap; overflow-wrap: anywhere; }
.redline ins { background: #dff5e1; color: #0b4a1b; text-decoration: underline; }
.redline del { background: #fde3e1; color: #7a1410; text-decoration: line-through; }
.redline .spoken { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
"""
"""Styles for `to_html`, readable in contrast; `.spoken` is read out only."""


class Hunk(Record):
    """A stretch of changed lines with unchanged ones around it.

    Equal and deleted segments together are the lines of the old text, equal and inserted ones those of the
    new. Lines count from 1.
    """

    before_line: int
    after_line: int
    segments: tuple[Segment, ...]


class Redline(Record):
    """Two specs and what changed between them: HTML in a notebook, plain text when printed.

    ```python
    redline = Redline.of(spec, edited)
    print(redline)
    redline.comparison.summary["authority changed"]
    ```
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    before: str
    after: str
    """The texts as they are, not escaped."""

    @classmethod
    def of(cls, before: Spec, after: Spec) -> "Redline":
        return cls(before=before.text, after=after.text)

    @cached_property
    def comparison(self) -> Comparison:
        """Section by section, typography folded away. Raises SpecError when a text is no spec."""
        return compare(Spec.parse(self.before), Spec.parse(self.after))

    @cached_property
    def hunks(self) -> tuple[Hunk, ...]:
        """Line by line, exactly."""
        return redline(self.before, self.after)

    def __str__(self) -> str:
        return comparison_plain(self.comparison)

    def _repr_html_(self) -> str:
        """Escaped HTML with a style element, no script; what notebooks show."""
        prefix = f"change-{content_id(self.before, self.after)}"
        return f"<style>\n{COMPARISON_CSS}</style>\n{comparison_html(self.comparison, prefix=prefix)}"


def redline(before: str, after: str, *, context: int | None = 2) -> tuple[Hunk, ...]:
    """What changed between two texts: words within the lines that differ, whole sentences where most changed.

    `context` is how many unchanged lines stand around each change; None keeps them all, in one hunk. Equal
    texts give no hunks. Time is bounded for any input (300 KB rewritten whole, one giant line: about a
    second); where the bound is met, longer stretches count as changed.
    """
    if before == after:
        return ()
    ours, theirs = _LINE.findall(before), _LINE.findall(after)
    hunks: list[Hunk] = []
    effort = Effort()
    for blocks in grouped(match(ours, theirs, effort), context):
        segments: list[Segment] = []
        for block in blocks:
            old, new = "".join(ours[block.a : block.a_end]), "".join(theirs[block.b : block.b_end])
            segments += (
                [Segment(kind="equal", text=old)]
                if block.kind == "equal"
                else word_segments(old, new, effort)
            )
        first = blocks[0]
        hunks.append(Hunk(before_line=first.a + 1, after_line=first.b + 1, segments=joined(segments)))
    return tuple(hunks)


def to_terminal(hunks: tuple[Hunk, ...]) -> Text:
    """A rich Text. No markup and no escape code of the texts is obeyed."""
    text = Text()
    for number, hunk in enumerate(hunks):
        text.append(_gap(number) + f"@ line {hunk.before_line} → {hunk.after_line}\n", style="cyan")
        for segment in hunk.segments:
            text.append(_seen(segment), style=_STYLES[segment.kind])
        if not text.plain.endswith("\n"):
            text.append("\n")
    return text


def to_html(hunks: tuple[Hunk, ...]) -> str:
    """Escaped HTML with `<ins>` and `<del>`; for a screen reader each says what it is. See REDLINE_CSS."""
    blocks = []
    for hunk in hunks:
        inside = "".join(_element(segment) for segment in hunk.segments)
        label = f"Changes at line {hunk.before_line}, now line {hunk.after_line}"
        blocks.append(f'<div class="redline" role="group" aria-label="{label}">{inside}</div>')
    return "\n".join(blocks)


def to_plain(hunks: tuple[Hunk, ...]) -> str:
    """Plain text: deleted words as `[-x-]`, inserted ones as `{+y+}`."""
    marks = {"equal": ("", ""), "insert": ("{+", "+}"), "delete": ("[-", "-]")}
    blocks = []
    for hunk in hunks:
        inside = "".join(
            marks[segment.kind][0] + _seen(segment) + marks[segment.kind][1] for segment in hunk.segments
        )
        blocks.append(f"@ line {hunk.before_line} -> {hunk.after_line}\n{inside.rstrip(chr(10))}\n")
    return "\n".join(blocks)


def grouped(blocks: list[Block], context: int | None) -> list[list[Block]]:
    """Changed blocks with up to `context` equal items around them; what touches stands in one group."""
    if context is None:
        return [blocks] if any(block.kind == "change" for block in blocks) else []
    groups: list[list[Block]] = []
    for place, block in enumerate(blocks):
        if block.kind == "change":
            if not groups:
                groups.append([_last(blocks[0], context)] if place and context else [])
            groups[-1].append(block)
        elif place + 1 == len(blocks):
            if context and groups:
                groups[-1].append(_first(block, context))
        elif groups and block.a_end - block.a <= 2 * context:
            groups[-1].append(block)
        elif groups:
            if context:
                groups[-1].append(_first(block, context))
            groups.append([_last(block, context)] if context else [])
    return groups


def _first(block: Block, count: int) -> Block:
    size = min(count, block.a_end - block.a)
    return Block("equal", block.a, block.a + size, block.b, block.b + size)


def _last(block: Block, count: int) -> Block:
    size = min(count, block.a_end - block.a)
    return Block("equal", block.a_end - size, block.a_end, block.b_end - size, block.b_end)


def _seen(segment: Segment) -> str:
    """The segment made visible; a changed line end shows itself."""
    if segment.kind != "equal" and not segment.text.strip("\r\n"):
        return segment.text.replace("\r", "␍").replace("\n", "↵\n")
    return visible(segment.text)


def _element(segment: Segment) -> str:
    text = html.escape(_seen(segment))
    if segment.kind == "equal":
        return f"<span>{text}</span>"
    tag, word = ("ins", "inserted") if segment.kind == "insert" else ("del", "deleted")
    return f'<{tag} class="{word}"><span class="spoken">{word}: </span>{text}</{tag}>'


def _gap(number: int) -> str:
    return "\n" if number else ""
