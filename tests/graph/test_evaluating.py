"""The ranker with people's rankings, as the acceptance engine's evaluator."""

import asyncio

import pytest
from builders import World, ranked

from concord.agents.relevance import IN_SCOPE
from concord.errors import BudgetEnded
from concord.graph import RunContext
from concord.graph.measuring import measure_text
from concord.models.protocol import Request
from concord.models.records import Where
from concord.spec import Spec
from concord.testing.scripted import Scripted
from concord.trials.engine import MEASURE

ITEMS = ("0-0", "0-1", "1-0")


def graded(given: World) -> RunContext:
    context = given.context()
    asyncio.run(context.scope.grade_all(given.spec, Where(round=1, node="measure")))
    return context


def test_scores_are_by_rater() -> None:
    given = World(people=3)
    context = graded(given)
    kind = context.texts.keep(Spec.parse(given.text.replace("short", "kind")))
    context.scope.descend(given.spec, context.texts.spec(kind))
    for text, value in ((given.spec.digest, 0.0), (kind, 1.0)):
        found = asyncio.run(context.evaluator.scores(text, ITEMS, order_seed="a"))
        assert list(found) == list(ITEMS)
        assert found["0-0"].raters == ("p0", "p1", "p2")
        assert found["0-0"].mean == value


def test_people_in_reserve_rate_nothing() -> None:
    context = graded(World(people=2, held=3))
    found = asyncio.run(context.evaluator.scores(context.inputs.spec.digest, ITEMS, order_seed="a"))
    assert {rater for score in found.values() for rater in score.raters} == {"p0", "p1"}


def test_an_item_whose_call_failed_is_absent() -> None:
    def broken(request: Request) -> Scripted:
        conversation: dict[str, str] = request.data("conversation")  # type: ignore[assignment]  # its data is an object
        return "no answer" if conversation["id"] == "0-1" else ranked(request)

    context = graded(World(answers={"ranker": broken}))
    found = asyncio.run(context.evaluator.scores(context.inputs.spec.digest, ITEMS, order_seed="a"))
    assert list(found) == ["0-0", "1-0"]


def test_equal_questions_are_asked_once_also_side_by_side() -> None:
    given = World(latency=0.005)
    context = graded(given)
    before = len(given.asked)

    async def both() -> None:
        ask = context.evaluator.scores
        text = context.inputs.spec.digest
        await asyncio.gather(*(ask(text, ITEMS, order_seed="a") for _ in range(4)))
        await ask(text, ITEMS, order_seed="a")

    asyncio.run(both())
    assert len(given.asked) - before == len(ITEMS)


def test_another_order_seed_asks_afresh() -> None:
    given = World()
    context = graded(given)
    before = len(given.asked)
    for seed in ("a", "b", MEASURE):
        asyncio.run(context.evaluator.scores(context.inputs.spec.digest, ITEMS, order_seed=seed))
    assert len(given.asked) - before == 3 * len(ITEMS)


def test_only_sections_in_scope_and_those_included_stand_in_the_prompt() -> None:
    given = World()
    context = graded(given)
    question = context.evaluator.question(given.spec, "0-0", "a")
    assert question.sections == ("manners", "tone")
    assert context.scope.grades.relevant(given.spec, "0-0") == ("tone",)
    assert IN_SCOPE == 4
    assert context.evaluator.question(given.spec, "0-0", "a", ["money", "gone"]).sections == given.spec.ids
    assert context.evaluator.question(None, "0-0", "a").sections == ()


def test_falls_are_known_before_the_first_call() -> None:
    given = World()
    context = graded(given)
    asked = len(given.asked)
    text = context.inputs.spec.digest
    assert context.evaluator.possible_falls(text, ITEMS).tolist() == [1.0, 1.0, 1.0]
    assert len(given.asked) == asked
    context.records.measures.put(asyncio.run(measure_text(context, text, 1)))
    assert context.evaluator.possible_falls(text, ITEMS).tolist() == [0.0, 0.0, 0.0]
    assert context.evaluator.worst("0-0").mean == 0.0


def test_calls_are_filed_under_node_round_and_the_proposal_that_they_are_asked_for() -> None:
    given = World()
    evaluator = graded(given).evaluator.at(3, "trial")
    asyncio.run(evaluator.scores(given.spec.digest, ITEMS, order_seed="trial:3:0", subject="abc"))
    calls = given.records.calls.find(node="trial")
    assert {(call.where.round, call.where.subject) for call in calls} == {(3, "abc")}
    asyncio.run(evaluator.scores(given.spec.digest, ITEMS, order_seed="trial:3:0", subject="xyz"))
    again = [call for call in given.records.calls.find(node="trial") if call.where.subject == "xyz"]
    assert len(again) == len(ITEMS)
    assert all(call.cached for call in again), "not asked again for another proposal"


def test_the_budgets_end_goes_through() -> None:
    context = graded(World(max_calls=3))
    with pytest.raises(BudgetEnded):
        asyncio.run(context.evaluator.scores(context.inputs.spec.digest, ITEMS, order_seed="a"))


def test_what_was_measured_is_read_from_the_records_without_a_call() -> None:
    given = World()
    context = graded(given)
    asyncio.run(measure_text(context, given.spec.digest, 1))
    asked = len(given.asked)
    found = given.context().evaluator.measured(given.spec.digest, ITEMS)
    assert list(found) == list(ITEMS)
    assert len(given.asked) == asked
