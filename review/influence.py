"""Whose words an adoption hangs on: what its effect would be without each participant.

Worked out from the stored rankings of the adopted edit's trial: nothing is asked again. A participant's influence is how
far the mean difference falls when everything that this person ranked is left out (leave one out, the empirical
influence of Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter 11).
"""

from collections import defaultdict

import numpy as np

from ..graph.context import RunContext
from ..panel.ranking import Ranking
from ..records import Record
from ..trials.evaluator import Score


class Person(Record):
    participant: str
    without: float
    """The mean difference, candidate minus current text, without this person; a fraction."""
    conversations: int
    """Of the trial, that this person ranked."""


class Influence(Record):
    """One adopted edit: its difference with everybody, and without each of those who matter most."""

    proposal: str
    conversations: int
    """Of the trial, with rankings under both texts on record."""
    people: int
    difference: float
    strongest: tuple[Person, ...]
    """Those without whom it would be smallest, the first the most."""
    turned_by: int
    """How many of the strongest, left out together one after another, bring the mean to 0 or below; 0: no number of
    those there are."""


def influences(context: RunContext, *, most: int = 3) -> tuple[Influence, ...]:
    """One for each adopted edit that had a trial, in the order of adoption."""
    found = []
    for decision in context.records.decisions.find(decision="adopted"):
        if (one := influence(context, decision.proposal, most=most)) is not None:
            found.append(one)
    return tuple(found)


def influence(context: RunContext, proposal: str, *, most: int = 3) -> Influence | None:
    """None for a proposal without a trial, or whose rankings aren't on record."""
    trials = context.records.trials.find(proposal=proposal, stage="trial")
    if not trials:
        return None
    trial = trials[-1]
    differences = _differences(context, trial.base, trial.candidate, trial.planned)
    people = sorted({person for item in differences for person in item})
    if not people:
        return None
    everybody = _mean(differences, set())
    without = {person: _mean(differences, {person}) for person in people}
    ranked = {person: sum(person in item for item in differences) for person in people}
    strongest = sorted(people, key=lambda person: (without[person], person))
    return Influence(
        proposal=proposal,
        conversations=len(differences),
        people=len(people),
        difference=everybody,
        strongest=tuple(
            Person(participant=person, without=without[person], conversations=ranked[person])
            for person in strongest[:most]
        ),
        turned_by=_turned_by(differences, strongest),
    )


def _differences(
    context: RunContext, base: str, candidate: str, planned: tuple[str, ...]
) -> list[dict[str, float]]:
    """For each conversation of a trial each person's difference, averaged over the draws."""
    found = []
    for item in planned:
        scores = {text: _scores(context, item, text) for text in (base, candidate)}
        both = scores[base].keys() & scores[candidate].keys()
        if both:
            found.append(
                {person: scores[candidate][person] - scores[base][person] for person in sorted(both)}
            )
    return found


def _scores(context: RunContext, item: str, text: str) -> dict[str, float]:
    stored = context.records.rankings.find(conversation=item, spec=text)
    sums: dict[str, list[float]] = defaultdict(list)
    rankings: list[Ranking] = [each.ranking for each in stored]
    for ranking in rankings:
        score: Score | None = context.evaluator.scores_of.of({item: ranking}).get(item)
        if score is not None:
            for person, value in zip(score.raters, score.values, strict=True):
                sums[person].append(float(value))
    return {person: float(np.mean(values)) for person, values in sums.items()}


def _mean(differences: list[dict[str, float]], left_out: set[str]) -> float:
    """Mean over conversations of the mean over people; 0 where nobody is left."""
    means = []
    for item in differences:
        kept = [value for person, value in item.items() if person not in left_out]
        if kept:
            means.append(sum(kept) / len(kept))
    return float(np.mean(means)) if means else 0.0


def _turned_by(differences: list[dict[str, float]], strongest: list[str]) -> int:
    left_out: set[str] = set()
    for number, person in enumerate(strongest[:-1], 1):
        left_out.add(person)
        if _mean(differences, left_out) <= 0:
            return number
    return 0
