"""Plain text as the embedded reader sees it: sentences with their places, content words, whole-word phrases."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

_CURLY = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "‐": "-", "‑": "-"})
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_HEADING = re.compile(r" {0,3}#{1,6}(\s|$)")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)\s*$")
_MARKER = re.compile(r"\s*(?:[-*+]|\d{1,9}[.)])\s+|\s*>\s?")
_STOP = re.compile(r"""(?<!e\.g)(?<!i\.e)(?<!\betc)[.!?]["')\]*_]*(?=\s|$)""")
_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)?")
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)

_EVERYDAY_WORDS = """
a about above after again all also always am an and another any anybody anyone anything are around as ask asked asks
at away back be because been before begin being below best better between both but by can cannot come conversation
could cover covers day did do does doing done don't down during each either else even ever every everything few find
first for friend from general get give given go going good got great had has have having he help her here hers him his
how however i i'd i'll i'm i've idea if in into is it it's its itself just keep kind know last later least less let
like little long look lot lots made make makes making man many matter may maybe me mean might mine more most much must
my myself near need needs never new next no nobody nor not nothing now of off often old on once one only or other
others ought our out over own part people per perhaps person place please point put question quite rather read really
right said same say says section see seem seems set several shall she should show simple since so some somebody
someone something sometimes soon still subject such sure take taken tell than thank thanks that that's the their them
then there these they thing things think this those though three through time to today together too topic toward try
turn two under until up upon us use used user users using usual very want wants was way we week well were what what's
when where whether which while who whole whom whose why will with within without won't word work would year years yes
yet you your yours yourself assistant answer answers apply applies concern concerning concerns matters request
requests response responses reply respond model models information
"""
_EVERYDAY = frozenset(_EVERYDAY_WORDS.split())


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence and its position, in characters of the text it came from: `text[start:end]` is the sentence."""

    text: str
    start: int
    end: int


@lru_cache(maxsize=8192)
def normal(text: str) -> str:
    """Lower case, straight quotes, single blanks: what phrases are matched on."""
    return " ".join(unicodedata.normalize("NFKC", text).translate(_CURLY).lower().split())


@lru_cache(maxsize=8192)
def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of Markdown prose; headings, fenced blocks and comments hold none."""
    found: list[Sentence] = []
    for start, end in _prose(_COMMENT.sub(lambda match: _blank(match.group()), text)):
        begin = start
        stops = [match.end() for match in _STOP.finditer(text, start, end)]
        for stop in [*stops, end]:
            left, right = begin, stop
            while left < right and text[left].isspace():
                left += 1
            while right > left and text[right - 1].isspace():
                right -= 1
            if right > left:
                found.append(Sentence(text[left:right], left, right))
            begin = stop
    return tuple(found)


def _blank(text: str) -> str:
    return "".join(character if character == "\n" else " " for character in text)


def _prose(text: str) -> list[tuple[int, int]]:
    """Stretches of running text: (start, end), broken at blank lines, list items, headings and fences."""
    stretches: list[tuple[int, int]] = []
    fence = ""
    open_at: int | None = None
    position = 0
    for line in text.split("\n"):
        start, end = position, position + len(line)
        position = end + 1
        opened = _FENCE.match(line)
        if fence:
            if opened and opened.group(1).startswith(fence) and not line.strip(" `~\r"):
                fence = ""
            continue
        underline = open_at is not None and _UNDERLINE.match(line)
        marker = _MARKER.match(line)
        if underline:
            stretches.pop()
            open_at = None
        elif opened or not line.strip() or _HEADING.match(line):
            fence = opened.group(1) if opened else ""
            open_at = None
        elif marker or open_at is None:
            open_at = start + (marker.end() if marker else 0)
            stretches.append((open_at, end))
        else:
            stretches[-1] = (open_at, end)
    return stretches


@lru_cache(maxsize=16384)
def content_words(text: str) -> tuple[str, ...]:
    """The stems of the words that carry the subject, in order, repeats included."""
    words = (match.group() for match in _WORD.finditer(normal(text)))
    return tuple(stem(word) for word in words if len(word) > 2 and word not in _EVERYDAY)


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """A light stem: plural and -ing, -ed endings off."""
    word = word.removesuffix("'s")
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("ing", ""), ("ed", ""), ("es", ""), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= 3 and not word.endswith("ss"):
            word = word.removesuffix(ending) + instead
            break
    return word.removesuffix("e") if len(word) > 4 else word


def phrases(wanted: Iterable[str]) -> re.Pattern[str]:
    """A pattern that finds any of the phrases as whole words; a final `*` stands for any ending."""
    parts = []
    for phrase in sorted({normal(one) for one in wanted}, key=lambda one: (-len(one), one)):
        prefix = phrase.endswith("*")
        body = re.escape(phrase.rstrip("*").strip())
        parts.append(body + (r"\w*" if prefix else r"(?!\w)"))
    return re.compile(r"(?<!\w)(?:" + "|".join(parts) + ")") if parts else re.compile(r"(?!)")
