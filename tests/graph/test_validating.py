"""What people's justifications say to a proposal: one person counts once, and each ending has its reason."""

import asyncio

import pytest
from builders import World, nothing, proposal, stances

from concord.graph import RunContext
from concord.graph.precheck import nobody_asks
from concord.graph.validating import validated, voiced
from concord.graph.voting import reweighed
from concord.models.protocol import Request
from concord.models.records import Where
from concord.testing.scripted import Scripted
from concord.trials.outcomes import Outcome
from concord.trials.records import Trial


def after(given: World, context: RunContext | None = None) -> Outcome:
    context = context or given.context()
    made = proposal(conversations=["0-0", "0-2"])
    context.records.proposals.add([made])
    passed = Outcome(proposal=made.id, status="passed", label="proven")
    return asyncio.run(validated(context, given.spec.digest, passed, 1))


def test_people_for_it_let_it_pass_and_are_counted_once() -> None:
    given = World(people=8)
    assert after(given).status == "passed"
    (record,) = given.records.support.find()
    assert (record.support.support, record.asked) == (8, 96)
    # Everybody wrote one text on every conversation: the validator reads it once.
    assert given.records.verdicts.count() == 8


def test_a_few_on_other_conversations_are_asked_beside_and_counted_apart() -> None:
    given = World(people=8)
    context = given.context()
    asyncio.run(context.scope.grade_all(given.spec, Where(round=1, node="measure")))
    made = proposal(conversations=["0-0"])
    context.records.proposals.add([made])
    tried = Trial(
        proposal=made.id, round=1, stage="trial", base="", candidate="", rule="", alpha=0.0, planned=("1-0",),
        differences=(), looks=(), outcome="ended",
    )  # fmt: skip
    context.records.trials.add([tried])
    record = asyncio.run(voiced(context, given.spec.digest, made.id, 1))
    assert record.asked == 8
    assert record.elsewhere is not None
    assert record.support.support + record.elsewhere.support == 8


@pytest.mark.parametrize(("stance", "reason"), [("refute", "refuted"), ("silent", "silent")])
def test_people_against_it_or_silent_end_it_with_that_reason(stance: str, reason: str) -> None:
    found = after(World(answers={"validator": stances(stance)}))
    assert (found.status, found.reason) == ("rejected", reason)


def test_silence_passes_where_that_is_asked_for() -> None:
    given = World(answers={"validator": stances("silent")}, options={"adopt_silent": True})
    assert after(given).status == "passed"
    refuted = World(answers={"validator": stances("refute")}, options={"adopt_silent": True})
    assert after(refuted).reason == "refuted"


def test_the_budgets_end_is_the_reason_where_it_ends() -> None:
    assert after(World(max_calls=0)).reason == "budget"


def test_people_in_reserve_are_not_asked() -> None:
    given = World(people=6, held=5)
    after(given)
    assert {verdict.participant for verdict in given.records.verdicts.find()} == {f"p{n}" for n in range(6)}


def prechecked(given: World) -> str | None:
    context = given.context()
    asyncio.run(context.scope.grade_all(given.spec, Where(round=1, node="measure")))
    made = proposal(conversations=["0-0"])
    context.records.proposals.add([made])
    return asyncio.run(nobody_asks(context, given.spec.digest, made.id, context.folds.of(0), 1))


def test_the_precheck_drops_what_nobody_asks_for() -> None:
    against = prechecked(World(answers={"validator": stances("silent")}))
    assert against is not None
    assert "asks for it" in against


def test_one_person_for_it_is_enough_for_the_precheck() -> None:
    def one(request: Request) -> Scripted:
        written: list[dict[str, str]] = request.data("justifications")  # type: ignore[assignment]  # a list of objects
        return {
            "verdicts": [
                {"justification": each["key"], "stance": "silent" if number else "support"}
                for number, each in enumerate(written)
            ]
        }

    assert prechecked(World(answers={"validator": one})) is None


def test_too_few_justifications_decide_nothing() -> None:
    assert prechecked(World(people=3, answers={"validator": stances("silent")})) is None
    assert prechecked(World(rationale="", answers={"validator": nothing})) is None


def test_labels_that_come_later_correct_what_was_found() -> None:
    """Everybody is counted as support, and is silent or against it in truth."""
    given = World(people=40)
    context = given.context()
    after(given, context)
    (record,) = context.records.support.find()
    assert record.support.outcome == "pass"
    assert len(record.to_label) == 40
    told = {each.assessment: each for each in context.records.verdicts.find()}
    for place, name in enumerate(record.to_label[:30]):
        context.records.verdicts.put(
            told[name].model_copy(
                update={"source": "reviewer:Ada", "stance": "refute" if place % 2 else "silent"}
            )
        )
    found = reweighed(context.records, record.proposal, context.options.seed)
    assert found is not None
    assert context.records.support.find() == [found]
    assert found.support.outcome == "refuted"
    assert found.support.corrected is not None
    assert found.support.corrected.labels == 30
    assert len(found.to_label) == 10
    assert reweighed(context.records, "nobody's", 0) is None
