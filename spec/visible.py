"""Untrusted text made fit to be looked at: what a terminal or a reader can't see is spelled out."""

import re
import sys
from typing import TextIO

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f"
    "\u3164\ud800-\udfff\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e0fff]"
)
_PICTURES = 0x2400
_DELETE = 0x7F


def visible(text: str) -> str:
    """`text` with control characters shown as pictures (␛) and other unseen ones as `⟨U+202E⟩`.

    CRLF becomes LF; line feeds and tabs stay. Escape codes, text that runs backwards, hidden tag characters
    and lone surrogates so can't change what a person sees.
    """
    return _UNSEEN.sub(_shown, text.replace("\r\n", "\n"))


def write_text(text: str, stream: TextIO | None = None) -> None:
    """Write `text`: to a terminal made visible, to a file or a pipe as UTF-8, byte for byte.

    `stream` is the standard output where none is given. What a program reads must be exact; what a terminal
    gets must be inert.
    """
    stream = sys.stdout if stream is None else stream
    if stream.isatty():
        stream.write(visible(text))
    elif (buffer := getattr(stream, "buffer", None)) is not None:
        stream.flush()
        buffer.write(text.encode("utf-8"))
        buffer.flush()
    else:
        stream.write(text)
    stream.flush()


def _shown(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(_PICTURES + code)
    return "␡" if code == _DELETE else f"⟨U+{code:04X}⟩"
