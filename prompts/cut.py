"""Texts too long to be shown whole: cut at the end of a sentence, and marked."""

import re

MARK = "[… cut]"
"""Stands wherever text was left out, so that a reader knows."""
INSIDE = "[… cut inside a sentence]"
"""For text without a sentence's end within reach, such as a row of a hundred thousand letters."""

_ABBREVIATED = r"(?<!\bDr)(?<!\bMr)(?<!\bMs)(?<!\bMrs)(?<!\bProf)(?<!\be\.g)(?<!\bi\.e)(?<!\betc)(?<!\bvs)"
_CLOSERS = r"[\"'”’»)\]*_]*"
_END = re.compile(
    rf"{_ABBREVIATED}[.!?]{_CLOSERS}(?=\s+[^\sa-z]|\s*\Z)|[。！？]{_CLOSERS}|[।؟۔]{_CLOSERS}(?=\s|\Z)"
    r"|(?=\s*\n[ \t]*\r?\n)|(?=\s*\n[ \t]*(?:[-*+#>]|\d+[.)])[ \t])"
)


def sentence_spans(text: str) -> list[tuple[int, int]]:
    """(start, end) of each sentence, in order; together with the blanks after them they tile `text`.

    Blank lines, list items and headings end a sentence too.
    """
    spans: list[tuple[int, int]] = []
    start = 0
    for match in _END.finditer(text):
        while start < match.end() and text[start].isspace():
            start += 1
        if match.end() > start:
            spans.append((start, match.end()))
            start = match.end()
    while start < len(text) and text[start].isspace():
        start += 1
    if start < len(text):
        spans.append((start, len(text.rstrip())))
    return spans


def cut(text: str, most: int) -> str:
    """`text` itself where it has at most `most` characters; else its first whole sentences and the mark.

    The first sentence may take twice `most`. A text with no sentence's end so far is cut between words, and
    its mark says so.
    """
    if len(text) <= most:
        return text
    ends = [end for _, end in sentence_spans(text[: 2 * most + 400])]
    ends = [end for end in ends if end < len(text) and end <= 2 * most]
    fitting = [end for end in ends if end <= most]
    if fitting or ends:
        return f"{text[: max(fitting) if fitting else ends[0]].rstrip()} {MARK}"
    kept = text[:most]
    if not text[most].isspace() and " " in kept:
        kept = kept.rsplit(maxsplit=1)[0]
    return f"{kept.rstrip()} {INSIDE}"
