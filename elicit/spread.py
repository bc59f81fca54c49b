"""Spread: do a prompt's responses differ, in what the section decides and in their words?

A prompt whose responses a section can't tell apart teaches nothing about it, however people rank them.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations

from ..agents.ranker import Question, Ranker
from ..graph.likeness import cosine
from ..models.records import Where
from ..panel.ranking import Ranking
from ..panel.records import Conversation
from ..records import Record
from ..spec import Spec

ORDERS = ("0", "1")
"""A pair counts as told apart where the ranker says the same with the responses in two orders."""
LOW = 1 / 3
"""Below it a prompt is marked: of the six pairs of four responses, the section tells at most one apart."""


class Spread(Record):
    """Both from 0 to 1."""

    decided: float | None = None
    """Share of the pairs of responses that a ranker who reads the section, with what stands above it, puts strictly in
    the same order both times that it is asked. None: no ranker was asked, or a call failed."""
    wording: float
    """1 less the mean cosine of the word counts of two responses."""

    @property
    def low(self) -> bool:
        return self.decided is not None and self.decided < LOW


async def spreads(
    spec: Spec | None, talks: Sequence[tuple[Conversation, str]], ranker: Ranker | None, where: Where
) -> dict[str, Spread]:
    """Conversation id to its spread; `talks` are conversations with the section that each is for (empty: none).

    Two calls a conversation that has a section. Raises BudgetEnded.
    """
    asked = [
        Question(talk, spec, (*spec.ancestors(section), section), order)
        for talk, section in talks
        if section and spec is not None and ranker is not None
        for order in ORDERS
    ]
    rankings: dict[str, list[Ranking]] = {}
    if ranker is not None:
        for question, ranked in zip(asked, await ranker.rank(asked, where), strict=True):
            if ranked is not None:
                rankings.setdefault(question.conversation.id, []).append(ranked.ranking)
    return {
        talk.id: Spread(
            decided=_decided(rankings.get(talk.id, ())),
            wording=wording({response.label: response.text for response in talk.responses}),
        )
        for talk, _ in talks
    }


def wording(texts: Mapping[str, str]) -> float:
    """1 less the mean cosine of the word counts of two of the texts; 0 where there are none to compare."""
    found = [cosine(texts[one], texts[other]) for one, other in combinations(sorted(texts), 2)]
    return 1.0 - sum(found) / len(found) if found else 0.0


def _decided(rankings: Sequence[Ranking]) -> float | None:
    if len(rankings) < len(ORDERS):
        return None
    places = [ranking.places for ranking in rankings]
    pairs = list(combinations(sorted(places[0]), 2))
    same = [
        all(each[one] < each[other] for each in places) or all(each[one] > each[other] for each in places)
        for one, other in pairs
    ]
    return sum(same) / len(pairs) if pairs else None
