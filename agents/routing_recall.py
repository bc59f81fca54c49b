"""How much the router misses: what is found when a sample of conversations is read with every section in full."""

import random
from collections.abc import Sequence

from ..models.records import Where
from ..panel.records import Conversation
from ..records import Record
from ..spec import Spec
from .ranker import with_text
from .relevance import IN_SCOPE, RelevanceGrader, section_key


class RoutingRecall(Record):
    """Pairs of a section and a conversation, over the conversations that were routed and read."""

    conversations: int
    pairs: int
    """Pairs read in full."""
    in_scope: int
    """Of them, those graded 4 or 5."""
    named: int
    """Of those, the ones that the router had named."""
    routed: int
    """Pairs that the router named, in scope or not: what reading them takes."""

    @property
    def recall(self) -> float | None:
        """None where nothing is in scope."""
        return self.named / self.in_scope if self.in_scope else None


async def routing_recall(
    grader: RelevanceGrader,
    spec: Spec,
    conversations: Sequence[Conversation],
    where: Where,
    *,
    sample: int = 20,
    seed: int = 0,
) -> RoutingRecall:
    """Route and read a random `sample` of the conversations, and compare. Raises BudgetEnded."""
    ordered = sorted(conversations, key=lambda each: each.id)
    drawn = random.Random(seed).sample(ordered, min(sample, len(ordered)))
    written = with_text(spec, spec.ids)
    routed = await grader.router.route(spec, written, drawn, where)
    there = [each for each in drawn if each.id in routed]
    grades = await grader.read(spec, dict.fromkeys(written, there), where) if there else {}
    pairs = [
        (id_ in routed[each.id], grade)
        for id_ in written
        for each in there
        if (grade := grades.get(section_key(spec, id_), {}).get(each.id)) is not None
    ]
    in_scope = [named for named, grade in pairs if grade >= IN_SCOPE]
    return RoutingRecall(
        conversations=len(there),
        pairs=len(pairs),
        in_scope=len(in_scope),
        named=sum(in_scope),
        routed=sum(named for named, _ in pairs),
    )
