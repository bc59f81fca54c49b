"""Near-duplicates: texts that say the same in nearly the same words.

Likeness of words alone can't tell: "must" and "must not" are nearly alike and mean the opposite. So two texts in which
the words that turn a meaning differ, or a number, are never taken for one.
"""

import re
from collections.abc import Mapping
from difflib import SequenceMatcher

ALIKE = 0.9
"""Share of words in common, in order (Ratcliff and Obershelp 1988, as in difflib), from which texts are one."""
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)?")
_TURNS = """
    not no never none neither nor without unless except only must should shall may might can could always sometimes
    more less against isn't aren't wasn't weren't don't doesn't didn't won't wouldn't shouldn't mustn't can't couldn't cannot
    nicht kein keine keinen nie niemals ohne muss darf soll pas jamais aucun sans doit ne non mai senza nunca jamás sin
    debe não nunca sem deve geen niet nooit zonder moet ingen inte aldrig ikke aldri nie bez нет не никогда без должен
"""
_TURNING = frozenset(_TURNS.split())


def words(text: str) -> list[str]:
    """Casefolded words in order; numbers are words."""
    return [word.replace("’", "'") for word in _WORD.findall(text.casefold())]


def alike(first: str, second: str) -> bool:
    """Whether two texts are near-duplicates."""
    one, other = words(first), words(second)
    if one == other:
        return True
    matcher = SequenceMatcher(None, one, other, autojunk=False)
    if min(matcher.real_quick_ratio(), matcher.quick_ratio()) < ALIKE or matcher.ratio() < ALIKE:
        return False
    changed: set[str] = set()
    for op, i, j, k, m in matcher.get_opcodes():
        if op != "equal":
            changed |= {*one[i:j], *other[k:m]}
    return not any(word in _TURNING or word.isdecimal() or word.endswith("n't") for word in changed)


def twins(texts: Mapping[str, str]) -> dict[str, str]:
    """Id to the earlier id that says the same; the first of each group is nobody's twin."""
    found: dict[str, str] = {}
    kept: list[str] = []
    for name, text in texts.items():
        twin = next((other for other in kept if alike(texts[other], text)), None)
        if twin is None:
            kept.append(name)
        else:
            found[name] = twin
    return found
