"""Topics: how relevant a section is to a conversation, by the content words that they share."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

from .asked import MessageData, SectionData
from .wording import content_words, normal, sentences

IN_SCOPE = 4
_EVERYWHERE = re.compile(
    r"(?<!\w)(?:in|to|of) (?:every|all) (?:conversations?|topics?|subjects?)(?!\w)|whatever the (?:topic|subject)"
)
_OPENING = 40
"""Words of a section's first sentence that count."""


@lru_cache(maxsize=4096)
def _subject(title: str, text: str) -> tuple[frozenset[str], frozenset[str], bool]:
    """Stems of the title and of the opening sentence, and whether the section speaks of every conversation."""
    opening = next((sentence.text for sentence in sentences(text)), "")
    named = frozenset(content_words(title))
    opened = frozenset(content_words(opening)[:_OPENING])
    return named, opened, bool(_EVERYWHERE.search(normal(opening)))


def is_general(section: SectionData) -> bool:
    """Whether the section's first sentence says that it speaks of every conversation."""
    return _subject(section.title, section.text)[2]


def speak_of_the_same(first: SectionData, second: SectionData) -> bool:
    """Whether neither gives way to the other: both speak of every conversation, or of subjects that share a word."""
    one, other = (_subject(section.title, section.text) for section in (first, second))
    if one[2] or other[2]:
        return one[2] and other[2]
    return bool((one[0] | one[1]) & (other[0] | other[1]))


def asked_words(messages: Sequence[MessageData]) -> frozenset[str]:
    """Content-word stems of what the user wrote."""
    return frozenset(
        word for message in messages if message.role == "user" for word in content_words(message.content)
    )


def grade(section: SectionData, messages: Sequence[MessageData]) -> int:
    """Relevance from 1 to 5. A shared word counts 2 in the title and 1 in the opening sentence.

    From 3 points on the grade is 5, for 2 it is 4 and for 1 it is 3. A section that speaks of every
    conversation gets 4 at least: in scope everywhere, the main subject nowhere by that alone.
    """
    titled, opened, general = _subject(section.title, section.text)
    asked = asked_words(messages)
    points = 2 * len(asked & titled) + len(asked & opened)
    found = min(points + 2, 5) if points else 1
    return max(found, IN_SCOPE) if general else found


def in_scope(
    sections: Sequence[SectionData], messages: Sequence[MessageData]
) -> list[tuple[SectionData, int]]:
    """The sections whose rules count for a conversation, with their grades.

    Where none is relevant and what is given is one section with its ancestors, somebody chose it for this
    conversation: then all of it counts.
    """
    graded = [(section, grade(section, messages)) for section in sections]
    scope = [(section, points) for section, points in graded if points >= IN_SCOPE]
    if not scope and all(above.level < below.level for above, below in pairwise(sections)):
        return [(section, IN_SCOPE) for section, _ in graded]
    return scope
