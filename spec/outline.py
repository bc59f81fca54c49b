"""A spec at a glance: one row a section."""

import re
from collections import Counter

from ..records import Record
from .document import Spec
from .examples import examples
from .records import Authority

_WORD = re.compile(r"\w+(?:['’-]\w+)*")


class OutlineRow(Record):
    id: str
    level: int
    authority: Authority | None
    title: str
    """As in the document: pass it through `visible` before it reaches a terminal."""
    words: int
    """Words of the section's own text, its heading and the sections below it not counted."""
    examples: int
    """Example responses in the section's own text."""


def outline(spec: Spec) -> tuple[OutlineRow, ...]:
    """The sections in the order of the document."""
    counts = Counter(example.section for example in examples(spec))
    return tuple(
        OutlineRow(
            id=section.id,
            level=section.level,
            authority=section.authority,
            title=section.title,
            words=sum(1 for _ in _WORD.finditer(spec.text, section.body, section.end)),
            examples=counts[section.id],
        )
        for section in spec.sections
    )
