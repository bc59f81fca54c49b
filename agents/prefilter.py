"""Finding the conversations that a new section governs, where there are too many to grade them all.

Likeness only says in which order to look. How much it missed is measured: beside the likeliest a random
sample of the rest is graded, and the search goes on while that sample says that too much is missing.
"""

import math
import random
from collections.abc import Mapping, Sequence

from ..models.records import Where
from ..panel.records import Conversation
from ..records import Record
from ..spec import Spec
from .relevance import IN_SCOPE, RelevanceGrader, section_key

Z = 1.96


class Search(Record):
    """What a search for one section's conversations found. `grades`: conversation id to 1, 4 or 5."""

    grades: Mapping[str, int]
    graded: int
    """Conversations that were graded, of `total`."""
    total: int
    recall: float
    """The share of the section's conversations that was graded, as the sample tells; 1 when all were."""
    recall_low: float
    """Its lower end: the misses at the upper end of Wilson's 95 % interval (Wilson 1927)."""


async def find_conversations(
    grader: RelevanceGrader,
    spec: Spec,
    section: str,
    conversations: Sequence[Conversation],
    likeness: Mapping[str, float],
    where: Where,
    *,
    before: Spec | None = None,
    few: int = 480,
    step: int = 240,
    sample: int = 80,
    target: float = 0.9,
    seed: int = 0,
) -> Search:
    """Grade the conversations that `section` may govern; all of them where there are at most `few`.

    Of more, the likeliest `few` are graded with a random `sample` of the rest; while the recall so estimated is
    below `target`, the likeliest `step` of the rest follow. `likeness`: conversation id to any number, higher
    is likelier. Raises BudgetEnded.
    """
    total = len(conversations)
    by_id = {each.id: each for each in conversations}
    order = sorted(by_id, key=lambda id: (-likeness.get(id, 0.0), id))
    chosen, rest = (order, []) if total <= few else (order[:few], order[few:])
    # The sample comes before any tranche and stays: it speaks for whatever of the rest isn't looked at yet.
    drawn = set(random.Random(f"{seed}/{section_key(spec, section)}").sample(rest, min(sample, len(rest))))
    grades: dict[str, int] = {}
    asked = [*chosen, *sorted(drawn)]
    while asked:
        found = await grader.grade(spec, [section], [by_id[id] for id in asked], where, before=before)
        grades |= found.get(section_key(spec, section), {})
        unseen = [id for id in rest if id not in drawn]
        hits = sum(grade >= IN_SCOPE for grade in grades.values())
        there = [id for id in drawn if id in rest and id in grades]
        missed = sum(grades[id] >= IN_SCOPE for id in there)
        recall, low = _recall(hits, missed, len(there), len(unseen))
        if not unseen or recall >= target:
            return Search(grades=grades, graded=len(grades), total=total, recall=recall, recall_low=low)
        asked = unseen[:step]
        rest = [id for id in rest if id not in set(asked)]
    return Search(grades={}, graded=0, total=0, recall=1.0, recall_low=1.0)


def _recall(hits: int, missed: int, sampled: int, unseen: int) -> tuple[float, float]:
    if not unseen:
        return 1.0, 1.0
    if not sampled:
        return (1.0 if hits else 0.0), 0.0
    share = missed / sampled
    centre = share + Z * Z / (2 * sampled)
    spread = Z * math.sqrt(share * (1 - share) / sampled + Z * Z / (4 * sampled * sampled))
    upper = (centre + spread) / (1 + Z * Z / sampled)
    return _of(hits, share * unseen), _of(hits, upper * unseen)


def _of(hits: int, missing: float) -> float:
    return hits / (hits + missing) if hits + missing else 1.0
