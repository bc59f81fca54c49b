"""The rubric grader: every criterion on every response, blind to who wants what; the responder: the whole spec in view."""

import asyncio
from typing import Any

import pytest
from pydantic import ValidationError

from concord.agents.responder import Answering, Responder
from concord.agents.rubric import RubricAnswer, RubricGrader
from concord.models.embedded.asked import MessageData, SectionData
from concord.models.embedded.reader import Reader
from concord.models.embedded.rubric import met, respond
from concord.models.embedded.table import shipped_table
from concord.models.protocol import Profile, Request
from concord.models.records import Where
from concord.panel.records import RubricItem
from concord.spec import Spec
from concord.testing.sample_prompts import LOAN, RUBRICS, SPEC, caller_of, conversation
from concord.testing.scripted import Scripted

WHERE = Where(node="agreement")


def full_marks(request: Request) -> Scripted:
    """1 for response B, 0 else."""
    criteria: Any = request.data("criteria")
    responses: Any = request.data("responses")
    return {
        "items": [
            {
                "criterion": one["key"], "response": each["label"], "reason": one["text"],
                "met": float(each["label"] == "B"),
            }
            for one in criteria
            for each in responses
        ]
    }  # fmt: skip


def test_each_item_gets_a_grade_for_every_response_with_its_reason() -> None:
    grader = RubricGrader(caller_of(full_marks))
    found = asyncio.run(grader.grade({"loan": RUBRICS}, {"loan": LOAN}, WHERE))
    assert {one.item for one in found} == {"sum", "mine"}
    assert all(dict(one.met) == {"A": 0.0, "B": 1.0, "C": 0.0} for one in found)
    reasons = {one.item: one.reasons["B"] for one in found}
    assert reasons == {item.id: item.criterion for item in RUBRICS}


def test_points_and_authors_are_not_told() -> None:
    grader = RubricGrader(caller_of())
    prompt = grader.request(LOAN, grader.keys("loan", RUBRICS)).user
    other = [one.model_copy(update={"scores": {"zoe": -9}, "author": "zoe"}) for one in RUBRICS]
    assert prompt == grader.request(LOAN, grader.keys("loan", other)).user


def test_equal_criteria_are_asked_about_once_and_both_get_the_grade() -> None:
    twin = RubricItem(id="twin", conversation="loan", criterion=RUBRICS[0].criterion)
    caller = caller_of(full_marks)
    found = asyncio.run(RubricGrader(caller).grade({"loan": [*RUBRICS, twin]}, {"loan": LOAN}, WHERE))
    assert {one.item for one in found} == {"sum", "mine", "twin"}
    (asked,) = caller.model.asked  # type: ignore[attr-defined]  # a scripted model remembers
    assert len(asked.data("criteria")) == 2


def test_many_criteria_are_cut_into_calls_that_fit() -> None:
    items = [RubricItem(id=f"i{n}", conversation="loan", criterion=f"Names fact {n}.") for n in range(40)]
    caller = caller_of(full_marks)
    found = asyncio.run(RubricGrader(caller).grade({"loan": items}, {"loan": LOAN}, WHERE))
    assert len(found) == 40
    assert len(caller.model.asked) == 3  # type: ignore[attr-defined]  # 16 criteria of three responses a call


def test_an_answer_that_leaves_a_pair_out_or_is_no_share_is_refused() -> None:
    expect = {"criteria": ["k"], "labels": ["A", "B"]}
    one = {"criterion": "k", "response": "A", "reason": "", "met": 1}
    with pytest.raises(ValidationError, match="missing: k on B"):
        RubricAnswer.model_validate({"items": [one]}, context=expect)
    with pytest.raises(ValidationError, match="less than or equal to 1"):
        RubricAnswer.model_validate({"items": [{**one, "met": 3}]})


def test_a_failed_call_leaves_its_items_out() -> None:
    grader = RubricGrader(caller_of(lambda _: "no"))
    assert asyncio.run(grader.grade({"loan": RUBRICS}, {"loan": LOAN}, WHERE)) == []


def test_the_embedded_model_reads_criteria_by_its_table() -> None:
    table = shipped_table()
    assert met("Lays out both sides.", "On the one hand it is cheap.", table)[0] == 1.0
    assert met("Does not state its own opinion.", "In my view it is cheap.", table)[0] == 0.0
    assert met("Lays out both sides and names sources.", "Critics say otherwise.", table)[0] == 0.5
    assert met("Glows.", "On the one hand it is cheap.", table)[0] == 0.0


def test_the_embedded_responder_shows_what_the_rules_ask_for() -> None:
    reader = Reader(shipped_table())
    section = SectionData(
        id="money", title="Money", text="On money, the assistant should lay out both sides."
    )
    text = respond(reader, [section], [MessageData(content="What of my money?")])
    assert "balance" in reader.table.shown(text)
    other = section.model_copy(update={"text": "On money, the assistant should not lay out both sides."})
    assert "balance" not in reader.table.shown(
        respond(reader, [other], [MessageData(content="What of my money?")])
    )


def test_the_whole_spec_stands_in_the_responders_prompt() -> None:
    responder = Responder(caller_of(lambda _: {"response": "  Pay it off.  "}))
    (found,) = asyncio.run(responder.respond([Answering(LOAN, SPEC)], WHERE))
    assert found is not None
    assert found.text == "Pay it off."
    assert found.sections == ("money", "health", "manner")
    assert found.spec == SPEC.digest


def test_of_a_spec_that_is_too_long_the_sections_in_question_are_kept() -> None:
    long = Spec.parse(
        "\n\n".join(f"# S{n} {{#s{n}}}\n\n{'It should be so. ' * 60}" for n in range(12)) + "\n"
    )
    responder = Responder(caller_of(profile=Profile(context_tokens=4000)))
    shown = responder._fitting(Answering(conversation("q", "Why?", A="a", B="b"), long, ("s11",)))
    assert "s11" in shown
    assert 1 < len(shown) < 12


def test_an_empty_response_is_no_answer() -> None:
    responder = Responder(caller_of(lambda _: {"response": "  "}))
    assert asyncio.run(responder.respond([Answering(LOAN, SPEC)], WHERE)) == [None]
