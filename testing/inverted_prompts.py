"""Prompts that ask for the opposite, as a control: a reader of them must do badly, or it doesn't read them."""

import re

_SWAPS = (
    ("best first", "worst first"),
    ('"support": the person', '"refute": the person'),
    ("List every pair with grade 4 or 5 and no other", "List every pair below 4, as 4, and no other"),
    ("name every section whose text may say", "name every section whose text does not say"),
    ("ranks responses as people do", "ranks responses the other way round"),
    ('- "contradicts": there is', '- "fits": there is'),
    ('- "fits": whoever', '- "contradicts": whoever'),
    ("- 1: fully true of the response", "- 1: not true of it at all"),
    ("- 0: not true of it at all", "- 0: fully true of the response"),
    ('- "same": an assistant', '- "different": an assistant'),
    ('- "different": there is', '- "same": there is'),
)


def inverted(system: str) -> str:
    """The system prompt of any agent with its instruction turned round: the worst first, support and
    refute and the two meanings exchanged, what isn't relevant listed, away from the people. Twice gives the
    prompt back.
    """
    pairs = dict(_SWAPS) | {other: one for one, other in _SWAPS}
    pattern = re.compile("|".join(re.escape(one) for one in sorted(pairs, key=len, reverse=True)))
    return pattern.sub(lambda match: pairs[match.group()], system)
