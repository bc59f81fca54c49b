"""Measures a base model as a reader: how often it contradicts itself, and what moves it that should not.

A planned design: conversations × (original, reworded, edited) spec × two orders of the responses × two draws, then
relevance pairs and justifications, each asked twice. The figures plan a run, and are the errors of the simulated
reader. The literal prompts can be exported as JSON lines and the answers imported, so that an offline model, a
batch queue or people can be measured as well.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import combinations, product
from math import sqrt
from typing import Any

import numpy as np

from ..agents.answers import RankingAnswer, RelevanceAnswer, ValidatorAnswer
from ..agents.relevance import IN_SCOPE
from ..agreement.measures import pair_agreement
from ..models.caller import Answered
from ..models.records import Where
from ..panel.ranking import Ranking
from .calibration_design import ORDERS, Asked, Plan
from .measured_reader import MeasuredReader

WHERE = Where(node="calibrate")


async def calibrate(plan: Plan, *, say: Callable[[str], None] = lambda _: None) -> MeasuredReader:
    """Ask everything, and tell how the model reads. Raises BudgetEnded, CallFailed, DataError."""
    say(f"{len(plan.requests)} prompts")
    rankings = await plan.caller.ask(plan.ranking, WHERE, RankingAnswer)
    grades = await plan.caller.ask(plan.relevance, WHERE, RelevanceAnswer)
    stances = await plan.caller.ask(plan.validation, WHERE, ValidatorAnswer)
    every: list[Answered[Any]] = [*rankings, *grades, *stances]
    places = {
        question: Ranking.parse(one.answer.ranking).places
        for question, one in zip(plan.questions, rankings, strict=True)
        if one.answer is not None
    }
    earlier, longer = _tendencies(plan, places)
    one, two = _difference_sds(plan, rankings)
    people = _people_longer(plan)
    return MeasuredReader(
        model=plan.caller.model.uri,
        retest_flip_share=_flips(places, lambda q: (q[0], q[1], q[2], 1 - q[3]) if q[3] == 0 else None),
        order_flip_share=_flips(
            places, lambda q: (q[0], q[1], ORDERS[1], q[3]) if q[2] == ORDERS[0] else None
        ),
        wording_flip_share=_flips(
            places, lambda q: (q[0], "reworded", q[2], q[3]) if q[1] == "original" else None
        ),
        edit_flip_share=_flips(
            places, lambda q: (q[0], "edited", q[2], q[3]) if q[1] == "original" else None
        ),
        position_bias=None if earlier is None else earlier - 0.5,
        length_bias=None if longer is None or people is None else longer - people,
        relevance_repeat=_relevance_repeat(grades),
        validator_repeat=_validator_repeat(stances),
        answered=sum(one.answer is not None for one in every),
        failed=sum(one.answer is None for one in every),
        conversations=len({question[0] for question in places}),
        difference_sd=one,
        difference_sd_of_two=two,
    )


def _flips(places: Mapping[Asked, Mapping[str, int]], partner: Callable[[Asked], Any]) -> float | None:
    """Of the pairs that both of two readings order strictly, the share ordered otherwise."""
    same = other = 0
    for question, mine in places.items():
        theirs = places.get(partner(question)) if partner(question) else None
        if theirs is None:
            continue
        for a, b in combinations(sorted(mine), 2):
            product = (mine[a] - mine[b]) * (theirs[a] - theirs[b])
            same += product > 0
            other += product < 0
    return other / (same + other) if same + other else None


def _tendencies(plan: Plan, places: Mapping[Asked, Mapping[str, int]]) -> tuple[float | None, float | None]:
    """Shares of strict pairs in which the earlier, and the longer, response is placed higher."""
    earlier, longer = [], []
    for question, found in places.items():
        order = plan.asked(*question).order
        for (at, a), (later, b) in combinations(enumerate(order), 2):
            if found[a.label] != found[b.label]:
                earlier.append((found[a.label] < found[b.label]) == (at < later))
                if len(a.text) != len(b.text):
                    longer.append((found[a.label] < found[b.label]) == (len(a.text) > len(b.text)))
    return _mean(earlier), _mean(longer)


def _difference_sds(
    plan: Plan, rankings: Sequence[Answered[RankingAnswer]]
) -> tuple[float | None, float | None]:
    """Sd over conversations of what rewording moves: by one order of the responses, and by the mean of two."""
    people: dict[str, list[Ranking]] = {}
    for one in plan.panel.assessments:
        if one.world:
            people.setdefault(one.conversation, []).append(one.world.ranking)
    levels: dict[Asked, float] = {}
    for question, answered in zip(plan.questions, rankings, strict=True):
        if answered.answer is not None:
            read = Ranking.parse(answered.answer.ranking)
            known = [v for v in (pair_agreement(read, each) for each in people[question[0]]) if v is not None]
            if known:
                levels[question] = sum(known) / len(known)
    moved: dict[tuple[str, str, int], float] = {
        (name, order, draw): levels[(name, "reworded", order, draw)] - level
        for (name, version, order, draw), level in levels.items()
        if version == "original" and (name, "reworded", order, draw) in levels
    }
    singles = [[v for (_, o, d), v in moved.items() if (o, d) == key] for key in product(ORDERS, (0, 1))]
    pairs = [
        [(v + moved[(n, ORDERS[1], d)]) / 2 for (n, o, d), v in moved.items() if (o, d) == (ORDERS[0], draw) and (n, ORDERS[1], d) in moved]
        for draw in (0, 1)
    ]  # fmt: skip
    return _pooled_sd(singles), _pooled_sd(pairs)


def _pooled_sd(samples: Sequence[Sequence[float]]) -> float | None:
    known = [float(np.var(each, ddof=1)) for each in samples if len(each) > 1]
    return sqrt(sum(known) / len(known)) if known else None


def _people_longer(plan: Plan) -> float | None:
    """The same of the people on the same conversations."""
    chosen = set(plan.names[: plan.design.conversations])
    longer = []
    for one in plan.panel.assessments:
        if one.conversation in chosen and one.world:
            found = one.world.ranking.places
            for a, b in combinations(plan.panel.conversations[one.conversation].responses, 2):
                if found.get(a.label) != found.get(b.label) and len(a.text) != len(b.text):
                    longer.append((found[a.label] < found[b.label]) == (len(a.text) > len(b.text)))
    return _mean(longer)


def _relevance_repeat(answers: Sequence[Answered[RelevanceAnswer]]) -> float | None:
    half = len(answers) // 2
    both = either = 0
    for one, again in zip(answers[:half], answers[half:], strict=True):
        if one.answer is None or again.answer is None:
            continue
        first, second = (
            {(grade.conversation, grade.section) for grade in each.answer.grades if grade.grade >= IN_SCOPE}
            for each in (one, again)
            if each.answer is not None
        )
        both, either = both + len(first & second), either + len(first | second)
    return both / either if either else None


def _validator_repeat(answers: Sequence[Answered[ValidatorAnswer]]) -> float | None:
    half = len(answers) // 2
    same: list[bool] = []
    for one, again in zip(answers[:half], answers[half:], strict=True):
        if one.answer is not None and again.answer is not None:
            second = {verdict.justification: verdict.stance for verdict in again.answer.verdicts}
            same += [verdict.stance == second.get(verdict.justification) for verdict in one.answer.verdicts]
    return _mean(same)


def _mean(values: Sequence[bool]) -> float | None:
    return sum(values) / len(values) if values else None
