"""What a system text tells the reader to do. The simulated model follows it to the letter, sound or not.

Where a text doesn't say, the reader can't know: it answers by chance.
"""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

Way = Literal[1, -1, 0]
"""1: as the shipped prompts mean it; -1: the other way round; 0: not said."""


@dataclass(frozen=True, slots=True)
class Instructions:
    """What was understood."""

    best_first: Way
    relevance: Way
    """Whether the high grades are for what governs, and the low ones for what has no connection."""
    support: Way
    """Whether "support" stands for reasons for the change."""
    with_people: Way
    """Whether a proposal should bring the reader nearer to the people."""


@lru_cache(maxsize=256)
def understood(system: str) -> Instructions:
    text = re.sub(r"\s+", " ", system.lower())
    return Instructions(
        best_first=_way(text, r"best first|best to worst|best tier first", r"worst first|worst to best"),
        relevance=_way(text, r"5\W{1,4}[^.;0-9]{0,60}govern", r"1\W{1,4}[^.;0-9]{0,60}govern"),
        support=_way(
            text, r'"?support"?\W{1,4}[^";]{0,80}\bfor\b', r'"?support"?\W{1,4}[^";]{0,40}\bagainst\b'
        ),
        with_people=_way(
            text,
            r"as people do|as the people do|with the people",
            r"unlike people do|unlike the people do|against the people",
        ),
    )


def _way(text: str, as_meant: str, inverted: str) -> Way:
    if re.search(inverted, text):
        return -1
    return 1 if re.search(as_meant, text) else 0


_SWAPS: tuple[tuple[str, str], ...] = (
    ("best", "worst"), ("support", "refute"), ("reasons for", "reasons against"), ("for the change", "against the change"),
    ("in favour", "in opposition"), ("as people do", "unlike people do"), ("as the people do", "unlike the people do"),
    ("outweighs", "is outweighed by"),
)  # fmt: skip


@lru_cache(maxsize=256)
def inverted(system: str) -> str:
    """The same system text with every instruction turned round: best and worst, support and refute, 5 and 1.

    Raises ValueError where nothing in it could be turned: the control would be a sham.
    """
    words = {a: b for pair in _SWAPS for a, b in (pair, pair[::-1])}
    found = re.sub(
        "|".join(rf"\b{re.escape(word)}\b" for word in sorted(words, key=len, reverse=True)),
        lambda m: words[m[0]],
        re.sub(r"(?m)^(\W*)([1-5])(?=\W*[=:])", lambda m: f"{m[1]}{6 - int(m[2])}", system),
    )
    if understood(found) == understood(system):
        raise ValueError("nothing in this prompt's instructions could be inverted")
    return found
