"""Finding an anchor in a section: exact text, but for the way lines end."""

import re
from collections import Counter
from dataclasses import dataclass

from ..errors import EditError
from .document import Spec
from .markdown import NEWLINE, only_newline

_ANY_NEWLINE = r"(?:\r\n|(?<!\r)\n|\r(?!\n))"
_WORD = re.compile(r"\w+")
_SHOWN = 160
_MOST_CHARACTERS = 10_000_000
"""Of an anchor that stands everywhere, so many are looked at to count it."""


@dataclass(frozen=True, slots=True)
class Span:
    """Characters `start` to `end` of the spec's text."""

    start: int
    end: int


def find_anchor(spec: Spec, section: str, anchor: str) -> Span:
    """Where `anchor` stands in the section's heading and own text, sections below it not searched.

    A line end in the anchor matches LF, CRLF and CR alike. Raises EditError, with the section, the count
    and the nearest text, unless it stands there exactly once.
    """
    start = spec.section(section).start
    source = spec.source_of(section)
    found = occurrences(source, anchor, most=max(2, _MOST_CHARACTERS // max(1, len(anchor))))
    if len(found) == 1:
        return Span(start + found[0].start, start + found[0].end)
    if found:
        raise EditError(
            f"section {section!r}: the anchor {_quoted(anchor)} stands {len(found)} times, not once;"
            " make it longer until only one place fits"
        )
    near = nearest_text(source, anchor)
    hint = f"the nearest text is {_quoted(near)}" if near else "nothing there is like it"
    raise EditError(f"section {section!r}: the anchor {_quoted(anchor)} stands 0 times, not once; {hint}")


def occurrences(source: str, anchor: str, *, most: int = 2) -> list[Span]:
    """Places in `source` where `anchor` stands, overlapping ones too, up to `most` of them."""
    lines = NEWLINE.split(anchor)
    if len(lines) == 1:
        return _plain_occurrences(source, anchor, most)
    if newline := only_newline(source):
        return _plain_occurrences(source, newline.join(lines), most)
    pattern = re.compile(_ANY_NEWLINE.join(re.escape(line) for line in lines))
    found: list[Span] = []
    position = 0
    while len(found) < most and (match := pattern.search(source, position)):
        found.append(Span(match.start(), match.end()))
        position = match.start() + 1
    return found


def nearest_text(source: str, anchor: str) -> str:
    """The run of words in `source` that shares the most words with `anchor`; empty when none does.

    One pass over the words with a sliding window as long as the anchor, so its time is linear.
    """
    wanted = Counter(word.lower() for word in _WORD.findall(anchor))
    matches = list(_WORD.finditer(source))
    width = min(sum(wanted.values()), len(matches))
    if not width:
        return ""
    words = [match.group().lower() for match in matches]
    inside: Counter[str] = Counter()
    shared = best = 0
    best_ends = (0, 0)
    for end, word in enumerate(words):
        inside[word] += 1
        shared += inside[word] <= wanted[word]
        if end >= width:
            left = words[end - width]
            shared -= inside[left] <= wanted[left]
            inside[left] -= 1
        if shared > best:
            best, best_ends = shared, (end, end)
        elif shared == best and best_ends[1] == end - 1:
            best_ends = (best_ends[0], end)
    if not best:
        return ""
    middle = (best_ends[0] + best_ends[1] + 1) // 2
    return source[matches[max(0, middle - width + 1)].start() : matches[middle].end()]


def _plain_occurrences(source: str, anchor: str, most: int) -> list[Span]:
    found: list[Span] = []
    position = source.find(anchor) if anchor else -1
    while position >= 0 and len(found) < most:
        found.append(Span(position, position + len(anchor)))
        position = source.find(anchor, position + 1)
    return found


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
