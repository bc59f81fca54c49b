"""How alike texts are in their words: for themes and for finding conversations a new text may bear on."""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence

_COMMON = (
    "the and for that this with from are was were its their they them but when where which what who how into than "
    "then also must should may might can could shall will would not never always alway only any all each every one "
    "answer assistant model response user person people"
)
_SAYS_LITTLE = frozenset(_COMMON.split())
"""Words that stand in most intents, whatever they ask for."""
_WORD = re.compile(r"[^\W\d_]{3,}", re.UNICODE)


def words(text: str) -> list[str]:
    """Casefolded words of three letters or more, with the plural's and the verb's common endings cut."""
    return [_stem(word) for word in _WORD.findall(text.casefold())]


def cosine(first: str, second: str) -> float:
    """Cosine of the word counts of two intents, without the words that say little; 0 to 1."""
    a, b = (Counter(word for word in words(text) if word not in _SAYS_LITTLE) for text in (first, second))
    dot = sum(count * b[word] for word, count in a.items())
    size = math.sqrt(sum(n * n for n in a.values()) * sum(n * n for n in b.values()))
    return dot / size if size else 0.0


def _stem(word: str) -> str:
    for ending in ("ing", "ies", "ed", "es", "s"):
        if word.endswith(ending) and len(word) - len(ending) >= 4:
            return word[: -len(ending)]
    return word


class Likeness:
    """Cosines of tf-idf vectors over a fixed set of texts (Salton & Buckley 1988, `ltc` weighting)."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        counts = {name: Counter(words(text)) for name, text in texts.items()}
        spread = Counter(word for count in counts.values() for word in count)
        self._idf = {word: math.log((1 + len(texts)) / (1 + n)) for word, n in spread.items()}
        self._vectors = {name: self._vector(count) for name, count in counts.items()}

    def _vector(self, count: Counter[str]) -> dict[str, float]:
        raw = {word: (1 + math.log(n)) * self._idf.get(word, 0.0) for word, n in count.items()}
        norm = math.sqrt(sum(value * value for value in raw.values())) or 1.0
        return {word: value / norm for word, value in raw.items() if value}

    def between(self, first: str, second: str) -> float:
        """Cosine of two of the texts, by id; 0 to 1."""
        a, b = self._vectors[first], self._vectors[second]
        if len(a) > len(b):
            a, b = b, a
        return sum(value * b[word] for word, value in a.items() if word in b)

    def to(self, text: str, ids: Sequence[str]) -> dict[str, float]:
        """Cosine of a new text with each of the texts named; 0 to 1."""
        query = self._vector(Counter(words(text)))
        return {
            name: sum(value * self._vectors[name].get(word, 0.0) for word, value in query.items())
            for name in ids
        }
