"""Which words changed between two texts, told so that a person can read it.

A few changed words are marked as words. Where most of a sentence changed, or words changed here and there all
over it, the whole sentence stands as taken out and the whole new one as put in: word soup tells nobody
anything.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from ..records import Record
from .matching import Effort, match

TOKEN = re.compile(
    r"\r\n|\n|[^\S\r\n]*(?:[—–―]|(?<!-)-{2,3}(?!-))[^\S\r\n]*|[^\S\r\n]+|\.\.\.|[*_]{0,3}\w+(?:['’]\w+)*[*_]{0,3}|\W",
    re.UNICODE,
)

FEWEST_KEPT = 0.5
"""The least share of a sentence's words that stand for marking single words in more than one place."""

WORDS_A_CHANGE = 4
"""Where more than two places of a sentence changed: the fewest unchanged words to each, else all of it did."""

SMALL_ISLAND = 2
"""So many unchanged words between larger changes are told as changed with them."""

_WORD = re.compile(r"\w")
_SENTENCE_END = re.compile(r"[.!?][\"'”’)\]*_]*")
_ABBREVIATION = re.compile(r"(?:e|g|i|etc|vs|cf|eg|ie|dr|mr|ms|mrs|no|st)", re.IGNORECASE)


class Segment(Record):
    kind: Literal["equal", "insert", "delete"]
    text: str


@dataclass(slots=True)
class _Piece:
    """Tokens that stand on both sides (`equal`), or what one change takes out and puts in."""

    equal: bool
    old: list[str]
    new: list[str]
    ends_sentence: bool = False

    @property
    def words(self) -> int:
        return max(_count(self.old), _count(self.new))


def word_segments(
    old: str, new: str, effort: Effort | None = None, *, key: Callable[[str], str] | None = None
) -> list[Segment]:
    """Segments of which the deleted and equal ones read as `old`, the inserted and equal ones as `new`.

    With a `key`, tokens of equal key count as equal and are shown as in `new`.
    """
    segments: list[Segment] = []
    for window in sentence_windows(old, new, effort, key=key):
        for piece in window:
            if piece.equal:
                segments.append(Segment(kind="equal", text="".join(piece.new)))
            else:
                segments += changed("".join(piece.old), "".join(piece.new))
    return segments


def changed_sentences(
    old: str, new: str, *, key: Callable[[str], str] | None = None
) -> list[tuple[str, str]]:
    """(old, new) of each sentence, or run of sentences, that differs; one side may be empty."""
    return [
        ("".join("".join(piece.old) for piece in window), "".join("".join(piece.new) for piece in window))
        for window in sentence_windows(old, new, key=key)
        if not all(piece.equal for piece in window)
    ]


def sentence_windows(
    old: str, new: str, effort: Effort | None = None, *, key: Callable[[str], str] | None = None
) -> list[list[_Piece]]:
    """The pieces of both texts, cut wherever a sentence ends in both; each window settled as is best read."""
    ours, theirs = TOKEN.findall(old), TOKEN.findall(new)
    our_keys, their_keys = (list(map(key, ours)), list(map(key, theirs))) if key else (ours, theirs)
    windows: list[list[_Piece]] = [[]]
    for block in match(our_keys, their_keys, effort):
        was, now = ours[block.a : block.a_end], theirs[block.b : block.b_end]
        if block.kind == "change":
            windows[-1].append(_Piece(False, was, now))
            continue
        for piece in _cut(was, now):
            windows[-1].append(piece)
            if piece.ends_sentence:
                windows.append([])
    return [_settled(window) for window in windows if window]


def changed(taken: str, put: str) -> list[Segment]:
    both = (Segment(kind="delete", text=taken), Segment(kind="insert", text=put))
    return [segment for segment in both if segment.text]


def joined(segments: list[Segment]) -> tuple[Segment, ...]:
    """Neighbours of one kind made one."""
    runs: list[tuple[Literal["equal", "insert", "delete"], list[str]]] = []
    for segment in segments:
        if runs and runs[-1][0] == segment.kind:
            runs[-1][1].append(segment.text)
        else:
            runs.append((segment.kind, [segment.text]))
    return tuple(Segment(kind=kind, text="".join(texts)) for kind, texts in runs)


def _cut(was: list[str], now: list[str]) -> Iterator[_Piece]:
    """Equal tokens cut after each end of a sentence."""
    start = 0
    for place, token in enumerate(now):
        if _ends_sentence(now, place) or "\n" in token:
            yield _Piece(True, was[start : place + 1], now[start : place + 1], ends_sentence=True)
            start = place + 1
    if start < len(now):
        yield _Piece(True, was[start:], now[start:])


def _ends_sentence(tokens: list[str], place: int) -> bool:
    """A blank after `.`, `!` or `?`, quotes and brackets between them allowed."""
    if not tokens[place].isspace():
        return False
    before = place - 1
    while before >= 0 and tokens[before] in "\"'”’)]*_":
        before -= 1
    if before < 0 or not _SENTENCE_END.fullmatch(tokens[before]):
        return False
    return before == 0 or tokens[before] != "." or not _ABBREVIATION.fullmatch(tokens[before - 1])


def _settled(window: list[_Piece]) -> list[_Piece]:
    changes = sum(not piece.equal for piece in window)
    if changes < 2:
        return window
    window = _without_islands(window)
    changes = sum(not piece.equal for piece in window)
    kept = sum(_count(piece.new) for piece in window if piece.equal)
    size = min(sum(_count(piece.old) for piece in window), sum(_count(piece.new) for piece in window))
    if changes > 1 and (kept < FEWEST_KEPT * size or (changes > 2 and kept < WORDS_A_CHANGE * changes)):
        return _whole(window)
    return window


def _whole(window: list[_Piece]) -> list[_Piece]:
    """One change of all but the unchanged start and end that hold no word."""
    first = 1 if window[0].equal and not _count(window[0].new) else 0
    last = len(window) - (1 if window[-1].equal and not _count(window[-1].new) else 0)
    inner = window[first:last]
    whole = _Piece(
        False,
        [token for piece in inner for token in piece.old],
        [token for piece in inner for token in piece.new],
    )
    return [*window[:first], whole, *window[last:]]


def _without_islands(window: list[_Piece]) -> list[_Piece]:
    """Blanks and marks alone, and a word or two between large changes, told as part of the change."""
    pieces: list[_Piece] = []
    for place, piece in enumerate(window):
        inner = 0 < place < len(window) - 1
        absorbed = piece.equal and inner and _is_island(window[place - 1], piece, window[place + 1])
        if pieces and not pieces[-1].equal and (absorbed or not piece.equal):
            pieces[-1].old.extend(piece.old)
            pieces[-1].new.extend(piece.new)
        else:
            pieces.append(_Piece(piece.equal, list(piece.old), list(piece.new), piece.ends_sentence))
    return pieces


def _is_island(before: _Piece, piece: _Piece, after: _Piece) -> bool:
    words = _count(piece.new)
    if "\n" in piece.new:
        return False
    if not words:
        return len("".join(piece.new)) <= 3
    return words <= SMALL_ISLAND and min(before.words, after.words) > words


def _count(tokens: list[str]) -> int:
    return sum(1 for token in tokens if _WORD.search(token))
