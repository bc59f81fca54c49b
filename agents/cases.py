"""What a proposer sees of a conversation: what the ranker did, what people want with counts, some in their words."""

import hashlib
from collections import Counter
from collections.abc import Sequence

from pydantic import JsonValue

from ..panel.ranking import Ranking
from ..panel.records import Conversation, Judgement, RubricItem
from ..prompts.cut import cut
from ..records import Record
from .conversations import message_data
from .criteria import criteria_data
from .records import Ranked

RATIONALE = 800
"""Characters of one justification that a proposer sees."""
PEOPLE = 16
"""People shown one by one, drawn by seed; all of them are in the counts."""
CRITERIA = 6
"""Criteria that people scored, those that they feel most about."""
RANKINGS = 8
"""Different rankings listed with their counts, the commonest first."""


class Case(Record):
    """One conversation as a proposer sees it: what the ranker did, and what people said."""

    conversation: Conversation
    ranked: Ranked
    people: tuple[Judgement, ...]
    """Everybody who ranked it: the proposer draws whom it shows, and counts them all."""
    sections: tuple[str, ...]
    """Ids of the sections relevant to it."""
    rubrics: tuple[RubricItem, ...] = ()
    """Criteria for its responses, with the points of those who have a say."""


class Attempt(Record):
    """What was tried before, with its outcome in a word: no figures, so nothing leaks from the data it was tried on."""

    section: str
    intent: str
    outcome: str
    note: str = ""
    """What a reviewer said to it, or why it failed, in words."""

    @property
    def closed(self) -> bool:
        """Whether a reviewer set it aside: its target is closed, in other words too."""
        return self.outcome == "set_aside"


def attempt_data(attempt: Attempt) -> dict[str, JsonValue]:
    return {**attempt.model_dump(mode="json"), "note": cut(attempt.note, RATIONALE), "closed": attempt.closed}


def case_data(case: Case, key: str, seed: int) -> dict[str, JsonValue]:
    """The data of one case. Shares of people are counts; the average ranking is by mean rank."""
    conversation = case.conversation
    rankings = Counter(str(person.ranking) for person in case.people)
    listed = sorted(rankings.items(), key=lambda item: (-item[1], item[0]))[:RANKINGS]
    return {
        "key": key,
        "id": conversation.id,
        "messages": message_data(conversation.messages),
        "responses": [{"label": r.label, "text": r.text} for r in conversation.responses],
        "ranker": {"ranking": str(case.ranked.ranking), "explanation": case.ranked.explanation},
        "people_count": len(case.people),
        "aggregate": str(aggregate(case.people, conversation.labels)),
        "first": _counts(Counter(label for one in case.people for label in one.ranking.tiers[0])),
        "last": _counts(
            Counter(
                label for one in case.people for label in one.ranking.tiers[-1] if not one.ranking.ties_all
            )
        ),
        "rankings": [{"ranking": ranking, "count": count} for ranking, count in listed],
        "criteria": criteria_data(case.rubrics, CRITERIA),
        "people": [
            {"ranking": str(person.ranking), "rationale": cut(person.rationale, RATIONALE)}
            for person in sampled(case, seed)
        ],
        "sections": list(case.sections),
    }


def aggregate(people: Sequence[Judgement], labels: Sequence[str]) -> Ranking:
    """The responses by their mean rank, where tied ones share the mean of theirs (Kendall 1945)."""
    means = dict.fromkeys(labels, 0.0)
    for person in people:
        rank = 1.0
        for tier in person.ranking.tiers:
            for label in tier:
                means[label] = means.get(label, 0.0) - (rank + (len(tier) - 1) / 2)
            rank += len(tier)
    return Ranking.from_scores({label: round(mean, 9) for label, mean in means.items()})


def sampled(case: Case, seed: int, most: int = PEOPLE) -> list[Judgement]:
    """At most `most` of the people, those who wrote something first, in an order drawn from the seed."""

    def draw(numbered: tuple[int, Judgement]) -> tuple[bool, bytes]:
        number, person = numbered
        name = f"{seed}\0{case.conversation.id}\0{number}"
        return not person.rationale.strip(), hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()

    return [person for _, person in sorted(enumerate(case.people), key=draw)[:most]]


def _counts(counts: Counter[str]) -> str:
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{label} {count}" for label, count in ordered) or "nobody"
