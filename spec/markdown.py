"""Where a Markdown text has its headings and fences, in characters of the text itself.

markdown-it-py finds the blocks and tells their lines; offsets are taken from the unchanged text, so every
byte stays where it was. Only headings at the top level count: those in fences, lists, quotes, HTML blocks
and YAML front matter do not. Front matter stands between two `---` lines at the start of the file, or of a
part of it where files were joined.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from markdown_it import MarkdownIt

NEWLINE = re.compile(r"\r\n?|\n")
"""What ends a line in Markdown. Form feeds and U+2028 do not, unlike in `str.splitlines`."""

BOM = "\ufeff"

_parser = MarkdownIt("commonmark")
_parser.core.ruler.enableOnly(["normalize", "block"])

_FRONT_MATTER = re.compile(
    r"---[ \t]*(?:\r\n?|\n)(?P<yaml>(?:[^\r\n]*(?:\r\n?|\n))*?)(?:---|\.\.\.)[ \t]*(?=\r|\n|\Z)"
)
_PART_START = re.compile(r"---[ \t]*")
_PART_END = re.compile(r"(?:---|\.\.\.)[ \t]*")
_YAML_KEY = re.compile(r"[A-Za-z_][\w.-]*:(?:[ \t].*)?")
_YAML_MORE = re.compile(r"[A-Za-z_][\w.-]*:(?:[ \t].*)?|[ \t]+\S.*|-[ \t].*")
_LONGEST_PART = 200
"""Lines of front matter between parts."""

_YAML_LINE = re.compile(r"[\w\"'][^:\r\n]*:(?:\s.*)?|\s.*|-\s.*|#.*")


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading: characters `start` to `end` with its line end; `content` is its inline Markdown."""

    start: int
    end: int
    level: int
    content: str


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block: characters `start` to `end` with both fence lines; `content` has LF line ends."""

    start: int
    end: int
    info: str
    content: str


@dataclass(frozen=True, slots=True)
class Blocks:
    headings: tuple[Heading, ...]
    fences: tuple[Fence, ...]


def read_blocks(text: str) -> Blocks:
    """The top-level headings and all fences of `text`, in order. Linear in the length of the text."""
    skipped = len(BOM) if text.startswith(BOM) else 0
    body = text[skipped:]
    starts = [0, *(match.end() for match in NEWLINE.finditer(body))]
    first = _lines_of_front_matter(body, starts)

    def offset(line: int) -> int:
        return skipped + (starts[first + line] if first + line < len(starts) else len(body))

    headings: list[Heading] = []
    fences: list[Fence] = []
    tokens = _parser.parse(body[starts[first] :] if first < len(starts) else "")
    closed = -1
    for position, token in enumerate(tokens):
        if token.map is None:
            continue
        start, end = offset(token.map[0]), offset(token.map[1])
        if token.type == "hr" and token.level == 0 and start >= closed:
            closed = _end_of_part_matter(text, start, closed)
        elif token.type == "heading_open" and token.level == 0 and start >= closed:
            content = " ".join(tokens[position + 1].content.split())
            headings.append(Heading(start=start, end=end, level=int(token.tag[1:]), content=content))
        elif token.type == "fence":
            fences.append(Fence(start=start, end=end, info=token.info.strip(), content=token.content))
    return Blocks(headings=tuple(headings), fences=tuple(fences))


@lru_cache(maxsize=16)
def blocks_of(text: str) -> Blocks:
    """`read_blocks`, which remembers the last few texts."""
    return read_blocks(text)


def line_of(text: str, offset: int) -> int:
    """The line, from 1, on which the character at `offset` stands."""
    return sum(1 for _ in NEWLINE.finditer(text, 0, offset)) + 1


def newline_of(text: str) -> str:
    """The line end that `text` uses most; LF when it has none."""
    if "\r" not in text:
        return "\n"
    windows = text.count("\r\n")
    counts = {"\n": text.count("\n") - windows, "\r\n": windows, "\r": text.count("\r") - windows}
    return max(counts, key=lambda newline: counts[newline])


def only_newline(text: str) -> str | None:
    """The one kind of line end in `text`; None where there are several kinds, or none."""
    windows, carriage, line = text.count("\r\n"), text.count("\r"), text.count("\n")
    if windows:
        return "\r\n" if windows == carriage == line else None
    if carriage:
        return None if line else "\r"
    return "\n" if line else None


def with_newlines(text: str, newline: str) -> str:
    """`text` with every line end written as `newline`."""
    return NEWLINE.sub(lambda _: newline, text)


def _end_of_part_matter(text: str, start: int, otherwise: int) -> int:
    """The end of the front matter that the `---` line at `start` opens, or `otherwise`.

    It must begin with a key and hold no blank line and no comment, so that prose between two rules, and any
    heading of its own, stays what it is.
    """
    line = _line_at(text, start)
    if not _PART_START.fullmatch(line):
        return otherwise
    place = _after_line(text, start + len(line))
    for number in range(_LONGEST_PART):
        line = _line_at(text, place)
        if number and _PART_END.fullmatch(line):
            return _after_line(text, place + len(line))
        if not (_YAML_MORE if number else _YAML_KEY).fullmatch(line):
            break
        place = _after_line(text, place + len(line))
    return otherwise


def _line_at(text: str, start: int) -> str:
    end = NEWLINE.search(text, start)
    return text[start : end.start() if end else len(text)]


def _after_line(text: str, end: int) -> int:
    newline = NEWLINE.match(text, end)
    return newline.end() if newline else end


def _lines_of_front_matter(body: str, starts: list[int]) -> int:
    match = _FRONT_MATTER.match(body) if body.startswith("---") else None
    if match is None:
        return 0
    lines = NEWLINE.split(match["yaml"])
    if not match["yaml"] or not all(_YAML_LINE.fullmatch(line) for line in lines if line):
        return 0
    return bisect_right(starts, match.end())
