"""What people's justifications say to a proposal: one person counts once, and each ending has its reason."""

import asyncio
import re
from collections.abc import Callable

import pytest
from builders import World, nothing, proposal, stances

from concord.graph import RunContext
from concord.graph.precheck import asked_for
from concord.graph.validating import validated, voiced
from concord.graph.voting import reweighed
from concord.models.protocol import Request
from concord.models.records import Where
from concord.testing.scripted import Scripted
from concord.trials.engine import Asked
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


def prechecked(given: World) -> Asked:
    context = given.context()
    asyncio.run(context.scope.grade_all(given.spec, Where(round=1, node="measure")))
    made = proposal(conversations=["0-0"])
    context.records.proposals.add([made])
    return asyncio.run(asked_for(context, given.spec.digest, made.id, context.folds.of(0), 1))


def some(support: int, refute: int = 0) -> Callable[[Request], Scripted]:
    """So many for it, so many against it, the others silent."""

    def answer(request: Request) -> Scripted:
        written: list[dict[str, str]] = request.data("justifications")  # type: ignore[assignment]  # a list of objects
        stance = ["support"] * support + ["refute"] * refute + ["silent"] * len(written)
        return {
            "verdicts": [
                {
                    "justification": each["key"], "reason": "as it is written", "stance": taken,
                    "quote": "" if taken == "silent" else each["text"],
                    "strength": "none" if taken == "silent" else "asks",
                }
                for each, taken in zip(written, stance, strict=False)
            ]
        }  # fmt: skip

    return answer


def test_the_precheck_drops_what_nobody_asks_for() -> None:
    asked = prechecked(World(answers={"validator": stances("silent")}))
    assert "ask for it" in asked.against
    assert asked.share == 0.0


def test_the_precheck_lets_by_what_more_people_ask_for_than_speak_against() -> None:
    asked = prechecked(World(answers={"validator": some(4)}))
    assert not asked.against
    assert asked.share is not None
    assert asked.share > 0.1


def test_the_precheck_drops_what_as_many_speak_against() -> None:
    asked = prechecked(World(answers={"validator": some(2, 2)}))
    assert asked.share == 0.0
    told = re.match(r"(\d+) of \d+ people .* ask for it, (\d+) speak against it", asked.against)
    assert told is not None
    assert told[1] == told[2]


def calls_of_the_precheck(given: World) -> int:
    return given.records.calls.count(role="validator")


@pytest.mark.parametrize(("stance", "calls"), [("support", 1), ("refute", 1), ("silent", 3)])
def test_the_precheck_asks_no_more_people_than_it_takes_to_be_clear(stance: str, calls: int) -> None:
    """48 silent people of 48 may still hide one in twenty-five who ask for it; 72 of 72 don't."""
    given = World(people=60, answers={"validator": stances(stance)})
    asked = prechecked(given)
    assert calls_of_the_precheck(given) == calls
    assert bool(asked.against) == (stance != "support")


def test_where_it_is_not_clear_it_asks_on_up_to_its_bound() -> None:
    """One in twelve asks for it: that is what a proposal needs, nearly, and stays in doubt."""
    given = World(people=60, answers={"validator": some(2)})
    prechecked(given)
    assert calls_of_the_precheck(given) == 96 / 24
    fewer = World(people=60, answers={"validator": some(2)}, options={"precheck_justifications": 30})
    prechecked(fewer)
    assert calls_of_the_precheck(fewer) == 2
    last = fewer.asked[-1].data("justifications")
    assert isinstance(last, list)
    assert len(last) == 6


def in_turn(*answers: Callable[[Request], Scripted]) -> Callable[[Request], Scripted]:
    left = iter(answers)
    return lambda request: next(left)(request)


def test_it_stops_on_the_way_once_it_is_clear() -> None:
    """The first people leave it in doubt, the next all speak for it; and all against."""
    for then, passes in ((some(24), True), (some(0, 24), False)):
        given = World(people=60, answers={"validator": in_turn(some(2), then)})
        asked = prechecked(given)
        assert calls_of_the_precheck(given) == 2
        assert bool(asked.against) != passes


def test_the_precheck_judges_nobody_twice() -> None:
    """Whatever the options say of second orders: those measure the support that is told, and this is none."""
    given = World(people=60, answers={"validator": some(2)}, options={"second_order_share": 1.0})
    prechecked(given)
    assert calls_of_the_precheck(given) == 4


def test_too_few_justifications_decide_nothing() -> None:
    assert prechecked(World(people=3, answers={"validator": stances("silent")})) == Asked()
    assert prechecked(World(rationale="", answers={"validator": nothing})) == Asked()


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
