"""What counts as typography: text that reads the same word for word, set in other marks.

Curly and straight quotes, kinds of dashes, dots and blanks, emphasis, list marks, escapes and line breaks
inside a paragraph are folded to one form. Words, digits and sentence marks are not.
"""

import re
import unicodedata
from functools import lru_cache

from .markdown import NEWLINE

_MARKS = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛ʼ′`´", "'"),
        **dict.fromkeys("“”„‟«»″", '"'),
        **dict.fromkeys("‐‑‒−", "-"),
        **dict.fromkeys("\u00ad\u200b\u2060\ufeff", ""),
        "…": "...",
    }
)
_DASH = re.compile(r" ?(?:[—–―]|(?<!-)-{2,3}(?!-)) ?| - ")
_EMPHASIS = re.compile(r"(?<!\w)[*_]{1,3}(?=[^\s*_])|(?<=[^\s*_])[*_]{1,3}(?!\w)")
_ESCAPE = re.compile(r"\\([!-/:-@\[-`{-~])")
_BULLET = re.compile(r"\s*[*+-]\s+")
_BLANKS = re.compile(r"\s+")

FENCE = re.compile(r"[ \t]*(?:`{3,}|~{3,})")
_OWN_LINE = re.compile(r"[ \t]*(?:[*+-][ \t]|\d{1,9}[.)][ \t]|#{1,6}[ \t]|\||<|>)")


def folded(text: str) -> str:
    """`text` with its typography folded away, blanks at both ends removed: equal means the same words."""
    text = _BLANKS.sub(" ", unicodedata.normalize("NFC", text).translate(_MARKS))
    bullet = _BULLET.match(text)
    if bullet:
        text = text[bullet.end() :]
    text = _DASH.sub(" - ", _ESCAPE.sub(r"\1", text))
    text = _BLANKS.sub(" ", _EMPHASIS.sub("", text)).strip()
    return f"- {text}" if bullet else text


@lru_cache(maxsize=8192)
def folded_token(token: str) -> str:
    """One token of `wording.TOKEN` folded as `folded` does a whole text."""
    if token.isspace():
        return " "
    token = token.translate(_MARKS)
    if _DASH.fullmatch(_BLANKS.sub(" ", token)):
        return " - "
    return token.strip("*_") or token


def paragraphs(text: str) -> list[str]:
    """The passages of a section's text, in order and without blank lines.

    Lines that follow each other are one passage; a list item, a heading, a table row, an element or a quote
    begins one; a fenced block is one.
    """
    found: list[list[str]] = []
    fence = ""
    open_passage = False
    for line in NEWLINE.split(text):
        mark = FENCE.match(line)
        if fence:
            found[-1].append(line)
            if mark and mark.group().strip().startswith(fence) and not line[mark.end() :].strip():
                fence = ""
        elif mark:
            found.append([line])
            fence = mark.group().strip()
            open_passage = False
        elif not line.strip():
            open_passage = False
        elif open_passage and not _OWN_LINE.match(line):
            found[-1].append(line)
        else:
            found.append([line])
            open_passage = True
    return ["\n".join(lines) for lines in found]
