"""The words that say how binding a sentence is: must, should, may, never and their like."""

import re

_PHRASES = (
    r"under\s+no\s+circumstances",
    r"must\s+(?:not|never)|mustn['’]t",
    r"must",
    r"shall\s+(?:not|never)",
    r"shall",
    r"should\s+(?:not|never)|shouldn['’]t",
    r"should",
    r"ought\s+(?:not\s+)?to",
    r"may\s+(?:not|never)",
    r"(?<!\bin )may(?=\s)",
    r"might",
    r"can\s+(?:not|never)|cannot|can['’]t",
    r"can",
    r"(?:do|does)\s+not\s+(?:have|need)\s+to|(?:do|does)n['’]t\s+(?:have|need)\s+to|need\s+not",
    r"(?:have|has|need|needs)\s+to",
    r"(?:is|are)\s+(?:not\s+)?(?:required|allowed|permitted|prohibited|forbidden|expected)(?:\s+to)?",
    r"(?:do|does)\s+not|don['’]t|doesn['’]t",
    r"never",
    r"always",
    r"only",
    r"unless",
)
MODAL = re.compile(rf"\b(?:{'|'.join(_PHRASES)})\b", re.IGNORECASE)
"""The longest phrase first, so that `must not` is one word and not a `must`."""

_SHORT = (
    (re.compile(r"mustn't"), "must not"),
    (re.compile(r"shouldn't"), "should not"),
    (re.compile(r"cannot|can't"), "can not"),
    (re.compile(r"doesn't"), "does not"),
    (re.compile(r"don't"), "do not"),
)


def modal_words(text: str) -> list[str]:
    """The modal words and phrases of `text` in order, lower case, contractions written out."""
    found = []
    for match in MODAL.finditer(text):
        word = " ".join(match.group().lower().replace("’", "'").split())
        for short, long in _SHORT:
            word = short.sub(long, word)
        found.append(word)
    return found
