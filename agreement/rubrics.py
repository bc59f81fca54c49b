"""The second measure of agreement: the order of responses that people's rubric scores ask for.

A grader says how far response r meets criterion i: m(i, r), from 0 (not at all) to 1 (fully). Person p gives criterion
i the weight w(p, i), -10 to 10 points. The person's rubric score of a response is

    s(p, r) = sum_i w(p, i) m(i, r) / sum_i |w(p, i)|        (no unit, within [-1, 1])

over the criteria that the person scored: the weighted mean of met criteria of Gunjal et al. 2025 ("Rubrics as Rewards",
arXiv 2507.17746, equation 1), with negative weights for what a response should not do as in HealthBench (Arora et al.
2025, arXiv 2505.08775, section 3) and their sizes in the denominator, so that one person's habit of giving high points
counts no more than another's. The release that the scale of points comes from (CoVal, openai/coval) states no formula.

Agreement of a ranking with a person is then what it is for rankings (`measures.pair_agreement`): over the pairs of
responses whose scores differ, 1 for the same order, 0 for the opposite, 1/2 where the ranking ties; the mean.
"""

from collections.abc import Collection, Iterable, Mapping

import numpy as np

from ..panel.ranking import Ranking
from ..panel.records import Conversation, Lens, Panel, RubricItem
from .intervals import Clusters, Estimate, estimate
from .measures import pair_agreement, places_of
from .people import UNIT, People

Met = Mapping[str, Mapping[str, float]]
"""Item id to label to how far the response meets the criterion, from 0 to 1."""
EQUAL = 1e-9
"""Scores nearer than this are one: a difference of rounding is no opinion."""


def person_scores(weights: Mapping[str, float], met: Met, labels: Iterable[str]) -> dict[str, float]:
    """One person's rubric score of each response, within [-1, 1].

    `weights`: item id to points; items that weren't graded, or whose points are 0, say nothing. All scores are 0 for
    a person whose items say nothing.
    """
    told = {item: points for item, points in weights.items() if points and item in met}
    total = sum(abs(points) for points in told.values())
    return {
        label: sum(points * met[item][label] for item, points in told.items()) / total if total else 0.0
        for label in labels
    }


def rubric_people(
    panel: Panel,
    met: Met,
    lens: Lens | None = None,
    *,
    conversations: Collection[str],
    participants: Collection[str] | None = None,
) -> People:
    """The people as their rubric scores order the responses: everything that is told of rankings is told of these.

    `conversations`: those that count. `participants`: whose scores count (None: everybody's), by the weights of
    `lens`. A person whose scores are equal for all responses of a conversation ties all there, and is counted as
    undefined. A panel without graded scores gives no rows.
    """
    wanted = set(conversations)
    heard = panel.participants.keys() if participants is None else set(participants)
    of: dict[tuple[str, str], dict[str, float]] = {}
    for item in panel.rubrics:
        if item.conversation in wanted and item.id in met:
            for who, points in item.scores.items():
                if who in heard:
                    of.setdefault((item.conversation, who), {})[item.id] = points
    cells = sorted(of)
    names = tuple(dict.fromkeys(conversation for conversation, _ in cells))
    persons = tuple(sorted({who for _, who in cells}))
    labels = tuple(panel.conversations[name].labels for name in names)
    rows, columns = {name: i for i, name in enumerate(names)}, {name: i for i, name in enumerate(persons)}
    scores = np.full((len(cells), max(map(len, labels), default=2)), np.nan)
    for row, (name, who) in enumerate(cells):
        order = labels[rows[name]]
        found = person_scores(of[name, who], met, order)
        scores[row, : len(order)] = [found[label] for label in order]
    weights = (lens or Lens()).weights
    return People.of_arrays(
        conversations=names,
        labels=labels,
        participants=persons,
        conversation=np.array([rows[name] for name, _ in cells], dtype=np.intp),
        participant=np.array([columns[who] for _, who in cells], dtype=np.intp),
        places=places_of(scores, EQUAL),
        weights=np.array([weights.get(name, 1.0) for name in persons], dtype=np.float64),
        demographics={name: panel.participants[name].demographics for name in persons},
    )


def pooled_scores(
    items: Iterable[RubricItem], met: Met, labels: Iterable[str], weights: Mapping[str, float] | None = None
) -> dict[str, float]:
    """The people's common rubric score of each response of one conversation, within [-1, 1].

    S(r) = sum_i W(i) m(i, r) / sum_i |W(i)|, where W(i) is the mean of the points that people give criterion i, each
    person by their weight (absent: 1).
    """
    means: dict[str, float] = {}
    for item in items:
        shares = {who: (weights or {}).get(who, 1.0) for who in item.scores}
        if total := sum(shares.values()):
            means[item.id] = sum(shares[who] * points for who, points in item.scores.items()) / total
    return person_scores(means, met, labels)


def pooled_rankings(
    panel: Panel,
    met: Met,
    lens: Lens | None = None,
    *,
    conversations: Collection[str],
    participants: Collection[str] | None = None,
) -> dict[str, Ranking]:
    """The order of the people's common scores, for each conversation with a scored and graded item."""
    wanted = set(conversations)
    heard = None if participants is None else set(participants)
    of: dict[str, list[RubricItem]] = {}
    for item in panel.rubrics:
        if item.conversation not in wanted or item.id not in met:
            continue
        scores = {who: points for who, points in item.scores.items() if heard is None or who in heard}
        if scores:
            of.setdefault(item.conversation, []).append(item.model_copy(update={"scores": scores}))
    weights = (lens or Lens()).weights
    return {
        name: ordered(
            pooled_scores(items, met, panel.conversations[name].labels, weights), panel.conversations[name]
        )
        for name, items in of.items()
    }


def ordered(scores: Mapping[str, float], conversation: Conversation) -> Ranking:
    """Responses by score, best first; scores that differ by rounding alone tie."""
    labels = conversation.labels
    places = places_of(np.array([[scores[label] for label in labels]]), EQUAL)[0]
    return Ranking.from_scores({label: -float(place) for label, place in zip(labels, places, strict=True)})


def pooled_agreement(rankings: Mapping[str, Ranking], pooled: Mapping[str, Ranking]) -> Estimate:
    """Agreement of `rankings` with the people's common order, one value a conversation.

    The people are taken as they are: the interval speaks of other conversations alone, and no participants are told.
    """
    both = sorted(rankings.keys() & pooled.keys())
    told = [pair_agreement(rankings[name], pooled[name]) for name in both]
    values = np.array([value for value in told if value is not None], dtype=np.float64)
    index = np.arange(values.size, dtype=np.intp)
    shares = np.full(values.size, 1.0 / max(values.size, 1))
    found = estimate(
        values, shares, Clusters(index, index, index, np.ones(values.size)), bounds=UNIT,
        undefined=len(told) - values.size,
    )  # fmt: skip
    return found.model_copy(update={"participants": 0, "assessments": 0, "effective_people": 0.0})
