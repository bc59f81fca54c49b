"""The edits that turn one section's text into another, each anchored on text that stands there once."""

from .anchors import occurrences
from .markdown import NEWLINE
from .records import Edit
from .wording import TOKEN, sentence_windows

_REACH = 12
"""Characters of context to begin with where a change alone doesn't stand once."""


def reworded(old: str, new: str, section: str, *, fine: bool = True) -> list[Edit]:
    """Edits of `section`, whose source is `old`, that make it `new`; each against the result of the former.

    One edit a changed sentence, its unchanged start and end left out; with `fine` off, one edit for all of it.
    They follow the text, but for a change of the heading: it comes last, since the section's id may hang on it.
    """
    hunks = _hunks(old, new, fine=fine)
    heading = NEWLINE.search(old)
    title_ends = heading.start() if heading else len(old)
    edits: list[Edit] = []
    current, shift = old, 0
    for start, end, text in hunks:
        if start > title_ends:
            edits.append(_edit(current, start + shift, end + shift, text, section))
            current = current[: start + shift] + text + current[end + shift :]
            shift += len(text) - (end - start)
    for start, end, text in reversed(hunks):
        if start <= title_ends:
            edits.append(_edit(current, start, end, text, section))
            current = current[:start] + text + current[end:]
    return edits


def _hunks(old: str, new: str, *, fine: bool) -> list[tuple[int, int, str]]:
    """Characters `start` to `end` of `old` and what takes their place, in order."""
    if old == new:
        return []
    if not fine:
        return [_trimmed(0, old, new)]
    hunks: list[tuple[int, int, str]] = []
    place = 0
    for window in sentence_windows(old, new):
        was = "".join("".join(piece.old) for piece in window)
        now = "".join("".join(piece.new) for piece in window)
        if was != now:
            start, end, text = _trimmed(place, was, now)
            if hunks and hunks[-1][1] == start:
                start, text = hunks[-1][0], hunks.pop()[2] + text
            hunks.append((start, end, text))
        place += len(was)
    return hunks


def _trimmed(at: int, was: str, now: str) -> tuple[int, int, str]:
    ours, theirs = TOKEN.findall(was), TOKEN.findall(now)
    first = 0
    while first < min(len(ours), len(theirs)) and ours[first] == theirs[first]:
        first += 1
    last = 0
    while last < min(len(ours), len(theirs)) - first and ours[-1 - last] == theirs[-1 - last]:
        last += 1
    start = at + sum(map(len, ours[:first]))
    return (
        start,
        start + sum(map(len, ours[first : len(ours) - last])),
        "".join(theirs[first : len(theirs) - last]),
    )


def _edit(source: str, start: int, end: int, text: str, section: str) -> Edit:
    heading = NEWLINE.search(source)
    in_heading = start <= (heading.start() if heading else len(source))
    if not in_heading and start == end and text.strip():
        left = start
        reach = _REACH
        while left and not _is_one(source, left, start):
            left = _word_start(source, start - reach)
            reach *= 2
        if _is_one(source, left, start):
            return Edit(op="insert", section=section, anchor=source[left:start], text=text)
    if not in_heading and not text and _is_one(source, start, end):
        return Edit(op="delete", section=section, anchor=source[start:end])
    left, right, reach = start, end, _REACH
    while not _is_one(source, left, right) and (left, right) != (0, len(source)):
        left, right = _word_start(source, start - reach), _word_end(source, end + reach)
        reach *= 2
    new = source[left:start] + text + source[end:right]
    return Edit(op="replace", section=section, anchor=source[left:right], text=new)


def _is_one(source: str, start: int, end: int) -> bool:
    """Whether these characters are an anchor: some, more than blanks, and nowhere else."""
    anchor = source[start:end]
    return bool(anchor.strip()) and len(occurrences(source, anchor)) == 1


def _word_start(source: str, place: int) -> int:
    """`place` or the start of the word that it stands in; never inside a CRLF."""
    place = max(0, place)
    while place and not source[place - 1].isspace():
        place -= 1
    return place - 1 if source[place - 1 : place + 1] == "\r\n" else place


def _word_end(source: str, place: int) -> int:
    place = min(len(source), place)
    while place < len(source) and not source[place].isspace():
        place += 1
    return place + 1 if source[place - 1 : place + 1] == "\r\n" else place
