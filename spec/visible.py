"""Untrusted text made fit to be looked at: what a terminal or a reader can't see is spelled out."""

import re

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u115f\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
_PICTURES = 0x2400
_DELETE = 0x7F


def visible(text: str) -> str:
    """`text` with control characters shown as pictures (␛) and other unseen ones as `⟨U+202E⟩`.

    CRLF becomes LF; line feeds and tabs stay. Escape codes, text that runs backwards and hidden tag
    characters so can't change what a person sees.
    """
    return _UNSEEN.sub(_shown, text.replace("\r\n", "\n"))


def _shown(match: re.Match[str]) -> str:
    code = ord(match.group())
    if code < 0x20:
        return chr(_PICTURES + code)
    return "␡" if code == _DELETE else f"⟨U+{code:04X}⟩"
