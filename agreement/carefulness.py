"""Who may have ranked without care: copied justifications, one ranking for everything, rankings like chance.

What is found is a reason to look, no verdict: people with a view of their own, and people whose words happen to be
short, can look the same. Nobody is left out unless somebody asks for it.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from math import sqrt
from statistics import fmean, median, stdev
from typing import Literal

from ..panel.ranking import Ranking
from ..panel.records import BlockName, Panel
from ..records import Record

Sign = Literal["copied", "always_alike", "like_chance"]
LEAST_TEXT = 40
"""Characters from which two people's equal words are no accident."""
LEAST_RANKINGS = 8
"""Rankings of a person from which a pattern can be told."""
COPIED_SHARE = 0.5
ALIKE_SHARE = 0.9
"""The share of a person's rankings that are letter by letter the same (responses stand in an order drawn anew)."""
STANDARD_ERRORS = 2.0


class Careless(Record):
    """A participant with the signs that were seen. Shares are fractions from 0 to 1."""

    participant: str
    signs: tuple[Sign, ...]
    rankings: int
    copied: float
    """Of the person's justifications, those that another participant wrote of the same conversation, word for word."""
    alike: float
    """Of the person's rankings, those equal to the commonest of them."""
    agreement: float | None
    """With the majority of the others, pair by pair; ½ is chance. None: nobody else ranked there."""


def careless(panel: Panel, block: BlockName = "world") -> tuple[Careless, ...]:
    """The participants with any sign of carelessness, in the order of the panel."""
    written = _written(panel, block)
    with_others = _agreements(panel, block)
    usual = median(fmean(values) for values in with_others.values()) if with_others else 0.5
    rankings: dict[str, list[str]] = defaultdict(list)
    for assessment in panel.assessments:
        if judgement := assessment.judgement(block):
            rankings[assessment.participant].append(str(judgement.ranking))
    found = []
    for name, given in rankings.items():
        copied = _copied(name, written)
        alike = Counter(given).most_common(1)[0][1] / len(given)
        agreements = with_others.get(name, [])
        signs: list[Sign] = []
        if copied >= COPIED_SHARE:
            signs.append("copied")
        if len(given) >= LEAST_RANKINGS and alike >= ALIKE_SHARE:
            signs.append("always_alike")
        if _like_chance(agreements, usual):
            signs.append("like_chance")
        if signs:
            agreement = fmean(agreements) if agreements else None
            found.append(
                Careless(
                    participant=name, signs=tuple(signs), rankings=len(given), copied=copied, alike=alike,
                    agreement=agreement,
                )
            )  # fmt: skip
    return tuple(found)


def without(panel: Panel, participants: Collection[str]) -> Panel:
    """The panel without what these participants said."""
    left_out = set(participants)
    return panel.model_copy(
        update={
            "participants": {name: one for name, one in panel.participants.items() if name not in left_out},
            "assessments": tuple(one for one in panel.assessments if one.participant not in left_out),
            "rubrics": tuple(
                one.model_copy(
                    update={
                        "scores": {who: score for who, score in one.scores.items() if who not in left_out}
                    }
                )
                for one in panel.rubrics
                if one.author not in left_out
            ),
        }
    )


Written = Mapping[tuple[str, str], Mapping[str, int]]


def _written(panel: Panel, block: BlockName) -> Written:
    """Conversation and text to participant to how often, for texts that are long enough.

    Equal words on different conversations are no sign: people have their phrases.
    """
    found: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for assessment in panel.assessments:
        judgement = assessment.judgement(block)
        text = " ".join(judgement.rationale.lower().split()) if judgement else ""
        if len(text) >= LEAST_TEXT:
            found[assessment.conversation, text][assessment.participant] += 1
    return found


def _copied(name: str, written: Written) -> float:
    own = [(people[name], len(people)) for people in written.values() if name in people]
    total = sum(times for times, _ in own)
    return sum(times for times, people in own if people > 1) / total if total else 0.0


def _agreements(panel: Panel, block: BlockName) -> dict[str, list[float]]:
    """Participant to the agreement of each ranking with the majority of the others there."""
    by_conversation: dict[str, list[tuple[str, Ranking]]] = defaultdict(list)
    for assessment in panel.assessments:
        if judgement := assessment.judgement(block):
            by_conversation[assessment.conversation].append((assessment.participant, judgement.ranking))
    found: dict[str, list[float]] = defaultdict(list)
    for given in by_conversation.values():
        signs = [(name, _signs(ranking)) for name, ranking in given]
        totals: Counter[tuple[str, str]] = Counter()
        for _, pairs in signs:
            totals.update(pairs)
        for name, pairs in signs:
            shares = [
                (1 + (sign * others > 0) - (sign * others < 0)) / 2
                for pair, sign in pairs.items()
                if sign and (others := totals[pair] - sign)
            ]
            if shares:
                found[name].append(fmean(shares))
    return found


def _signs(ranking: Ranking) -> dict[tuple[str, str], int]:
    """Pair of labels to 1 where the first is ranked above the second, -1 below, 0 beside it."""
    places = ranking.places
    labels = sorted(places)
    return {
        (one, two): (places[two] > places[one]) - (places[two] < places[one])
        for index, one in enumerate(labels)
        for two in labels[index + 1 :]
    }


def _like_chance(agreements: list[float], usual: float) -> bool:
    """Near a half, and surely under what is usual here."""
    if len(agreements) < LEAST_RANKINGS:
        return False
    mean, error = fmean(agreements), STANDARD_ERRORS * stdev(agreements) / sqrt(len(agreements))
    return abs(mean - 0.5) <= error and mean + error < usual
