"""Rubric items as evidence: a second evaluator, both of them told of a text, and what proposers and validator see."""

import asyncio
from typing import Any

import pytest
from builders import World, kinder

from concord.errors import OptionError
from concord.graph import Finished, RunContext, launch
from concord.graph.cases import cases, seen_of
from concord.graph.measuring import measure_text
from concord.graph.rubric_agreement import both_evaluators
from concord.graph.rubrics import RubricEvaluator
from concord.graph.scoring import PeopleScores
from concord.models.protocol import Request
from concord.models.records import Where
from concord.panel.ranking import Ranking
from concord.panel.records import RubricItem
from concord.spec import Spec
from concord.testing.scripted import Scripted

WHERE = Where(round=1, node="measure")


def kind_is_met(request: Request) -> Scripted:
    """A criterion is met by the response that it names."""
    criteria: Any = request.data("criteria")
    responses: Any = request.data("responses")
    return {
        "items": [
            {
                "criterion": one["key"], "response": each["label"], "reason": "as it is written",
                "met": float(each["text"] in one["text"]),
            }
            for one in criteria
            for each in responses
        ]
    }  # fmt: skip


def world(
    kind: float = 8, short: float = -2, *, scorers: tuple[str, ...] = ("p0", "p1", "held0"), **more: Any
) -> World:
    """People score `It is kind` and `It is short` on every conversation, the test split's included."""
    given = World(**{"people": 4, "held": 1, **more})
    given.answers = {**given.answers, "rubric": kind_is_met}
    given.__post_init__()
    items = tuple(
        RubricItem(
            id=f"{name}/{word}", conversation=name, criterion=f"It is {word}.",
            scores=dict.fromkeys(scorers, points),
        )
        for name in given.panel.conversations
        for word, points in (("kind", kind), ("short", short))
    )  # fmt: skip
    given.panel = given.panel.model_copy(update={"rubrics": items})
    return given


def graded(given: World) -> RunContext:
    context = given.context()
    asyncio.run(context.scope.grade_all(given.spec, WHERE))
    asyncio.run(context.rubrics.graded(WHERE))
    return context


def test_sealed_conversations_and_people_in_reserve_are_left_out() -> None:
    context = graded(world())
    assert set(context.rubrics.scored) == set(context.conversations)
    assert {who for items in context.rubrics.of.values() for item in items for who in item.scores} == {
        "p0",
        "p1",
    }


def test_a_criterion_is_graded_once_a_run() -> None:
    given = world()
    context = graded(given)
    before = len(given.asked)
    asyncio.run(context.rubrics.graded(WHERE))
    assert len(given.asked) == before
    assert len(context.records.rubric_grades.find()) == 2 * len(context.conversations)


def test_the_evaluator_scores_the_rankers_own_ranking_by_peoples_points() -> None:
    given = world()
    context = graded(given)
    kind = context.texts.keep(Spec.parse(given.text.replace("short", "kind")))
    context.scope.descend(given.spec, context.texts.spec(kind))
    met = context.rubrics.met()
    evaluator = RubricEvaluator(context.evaluator, PeopleScores(context.rubrics.people(met)))
    for text, value in ((given.spec.digest, 0.0), (kind, 1.0)):
        found = asyncio.run(evaluator.scores(text, ["0-0", "1-0"], order_seed="a"))
        assert {name: (score.raters, score.mean) for name, score in found.items()} == {
            "0-0": (("p0", "p1"), value), "1-0": (("p0", "p1"), value),
        }  # fmt: skip
    assert evaluator.worst("0-0").mean == 0.0
    assert evaluator.possible_falls(kind, ["0-0"]).tolist() == [1.0]


def test_both_evaluators_are_told_and_where_they_part() -> None:
    # People rank the kind response first, and score the criteria as if they wanted it short.
    given = world(kind=-3, short=7)
    context = graded(given)
    rankings = {name: Ranking.parse("A>B") for name in context.conversations}
    found = asyncio.run(both_evaluators(context, given.spec, rankings, WHERE, bare=rankings))
    assert found is not None
    assert (found.rubrics.estimate, found.rankings.estimate, found.pooled.estimate) == (1.0, 0.0, 1.0)
    assert found.explained.estimate == 0.0
    assert found.no_spec is not None
    assert found.no_spec.estimate == 1.0
    assert (found.conversations, found.participants, found.ungraded) == (24, 2, 0)
    first = found.partings[0]
    assert (first.difference, first.by_rankings, first.by_rubrics) == (1.0, "B>A", "A>B")
    assert [(one.text, one.mean, one.met) for one in first.criteria] == [
        ("It is short.", 7.0, 1.0), ("It is kind.", -3.0, 0.0),
    ]  # fmt: skip
    assert {section.section: section.rubrics.estimate for section in found.sections} == {
        "tone": 1.0,
        "money": 1.0,
    }


def test_data_without_criteria_asks_and_tells_nothing() -> None:
    given = World()
    context = given.context()
    assert asyncio.run(both_evaluators(context, given.spec, {}, WHERE)) is None
    assert not given.asked


def test_proposers_and_the_leak_guard_see_the_criteria() -> None:
    given = world()
    context = graded(given)
    context.records.measures.put(asyncio.run(measure_text(context, given.spec.digest, 1)))
    (case,) = cases(context, given.spec, ["0-0"])
    assert [item.criterion for item in case.rubrics] == ["It is kind.", "It is short."]
    assert "It is kind." in seen_of(context, "0-0")


def run(given: World) -> Finished:
    ended = asyncio.run(launch(given.inputs))
    assert isinstance(ended, Finished)
    return ended


def test_a_run_ends_with_both_evaluators_on_record() -> None:
    summary = run(world(options={"rounds": 1}, answers={"batch_proposer": kinder})).summary
    assert summary.rubrics is not None
    assert summary.rubrics.original.rubrics.estimate == 0.0
    if summary.adopted:
        assert summary.rubrics.gain is not None
        assert summary.rubrics.gain.estimate == 1.0


@pytest.mark.parametrize(
    ("evaluator", "points", "adopts"), [("rankings", -7, True), ("rubrics", -7, False), ("rubrics", 7, True)]
)
def test_trials_go_by_the_evaluator_that_was_asked_for(evaluator: str, points: float, adopts: bool) -> None:
    """By rankings the kind response is wanted: what is adopted hangs on the evaluator, and on people's points."""
    given = world(
        kind=points, short=-points / 2, options={"rounds": 1, "evaluator": evaluator}, answers={"batch_proposer": kinder},
        people=12, scorers=tuple(f"p{number}" for number in range(12)),
    )  # fmt: skip
    adopted = run(given).summary.proposals["adopted"]
    assert (adopted > 0) == adopts


def test_trials_by_rubrics_need_criteria() -> None:
    with pytest.raises(OptionError, match="no scored criteria"):
        World(options={"evaluator": "rubrics"}).context()
