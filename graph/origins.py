"""How far the batch proposer, the single-conversation proposer and people come to the same changes."""

from collections.abc import Mapping, Sequence
from itertools import combinations

from ..agents.meaning import MeaningComparer
from ..errors import BudgetEnded
from ..models.records import Where
from ..spec import Proposal
from ..spec.records import Origin
from .changes import same_target, signature
from .context import RunContext
from .docket import Entry
from .likeness import cosine
from .records import OriginsRecord, SamePair

ORIGINS: tuple[Origin, ...] = ("batch", "conversation", "human")
MOST_PAIRS = 60
"""Pairs that the model compares, the most alike first."""
NOT_CHANGES = ("anchor", "empty", "leak")
"""Reasons of rejection that say a proposal was no change to begin with."""


async def compared_origins(
    context: RunContext, docket: Mapping[str, Entry], round_: int
) -> OriginsRecord | None:
    """Compare the docket's proposals over origins, and keep what was found. None for an empty docket, and
    where the budget ended before."""
    proposals = [
        context.records.proposals.get(id_)
        for id_, entry in docket.items()
        if entry["reason"] not in NOT_CHANGES
    ]
    wordings = {id_: entry["wording"] or id_ for id_, entry in docket.items()}
    if not proposals:
        return None
    comparer = MeaningComparer(context.inputs.callers["validator"])
    try:
        found = await overlap(comparer, proposals, wordings, round_)
    except BudgetEnded:
        return None
    context.records.origins.put(found)
    return found


async def overlap(
    comparer: MeaningComparer, proposals: Sequence[Proposal], wordings: Mapping[str, str], round_: int = 0
) -> OriginsRecord:
    """How far origins come to the same changes.

    Two proposals are one change where their edits read the same, where `wordings` (id to key) says that they are
    wordings of one, or where they edit one section and the model calls them the same in both orders. Likeness of words
    only says which pairs are asked about first. Raises BudgetEnded.
    """
    classes = _Classes([each.id for each in proposals])
    pairs: list[SamePair] = []
    asked: list[tuple[Proposal, Proposal]] = []
    for one, other in combinations(proposals, 2):
        if wordings.get(one.id, one.id) == wordings.get(other.id, other.id):
            classes.join(one.id, other.id)
        if signature(one) == signature(other):
            classes.join(one.id, other.id)
            if one.origin != other.origin:
                pairs.append(SamePair(first=one.id, second=other.id, same_text=True))
        elif one.origin != other.origin and _in_one_section(one, other):
            asked.append((one, other))
    asked.sort(key=lambda pair: (-_alike(*pair), pair[0].id, pair[1].id))
    answers = await comparer.compared(asked[:MOST_PAIRS], Where(round=round_, node="conclude"))
    for (one, other), answer in zip(asked, answers, strict=False):
        if answer.same:
            classes.join(one.id, other.id)
            reason = answer.reasons[0] if answer.reasons else ""
            pairs.append(SamePair(first=one.id, second=other.id, same_text=False, reason=reason))
    origins = {each.id: each.origin for each in proposals}
    changes = [{origins[id_] for id_ in members} for members in classes.sets()]
    groups = [set(chosen) for size in (2, 3) for chosen in combinations(ORIGINS, size)]
    several = sum(len(each) > 1 for each in changes)
    return OriginsRecord(
        round=round_,
        changes={origin: sum(origin in each for each in changes) for origin in ORIGINS},
        shared={
            " + ".join(origin for origin in ORIGINS if origin in group): sum(
                group <= each for each in changes
            )
            for group in groups
        },
        total=len(changes),
        share=several / len(changes) if changes else None,
        pairs=tuple(pairs),
        compared=len(answers),
        torn=sum(each.torn for each in answers),
        unanswered=sum(not each.answered for each in answers),
        not_compared=max(0, len(asked) - MOST_PAIRS),
    )


def _in_one_section(one: Proposal, other: Proposal) -> bool:
    return bool({edit.section for edit in one.edits} & {edit.section for edit in other.edits})


def _alike(one: Proposal, other: Proposal) -> float:
    return cosine(one.intent, other.intent) + same_target(one, other)


class _Classes:
    """Ids joined into classes (union-find)."""

    def __init__(self, ids: Sequence[str]) -> None:
        self._above = {id_: id_ for id_ in ids}

    def join(self, one: str, other: str) -> None:
        self._above[self._top(one)] = self._top(other)

    def sets(self) -> list[list[str]]:
        found: dict[str, list[str]] = {}
        for id_ in self._above:
            found.setdefault(self._top(id_), []).append(id_)
        return list(found.values())

    def _top(self, id_: str) -> str:
        while self._above[id_] != id_:
            id_ = self._above[id_]
        return id_
