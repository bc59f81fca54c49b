"""The ranker: what its prompt holds, in which order responses stand, and what a failed call leaves."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from concord.agents.answers import ProposerAnswer, RankingAnswer, RelevanceAnswer, ValidatorAnswer
from concord.agents.ranker import Question, Ranker, question_key, sections_key
from concord.graph.run_records import RunRecords
from concord.models.budget import Budget
from concord.models.caller import Caller
from concord.models.protocol import Failure, Profile, Request
from concord.models.records import Where
from concord.panel.records import Conversation, Message, Response
from concord.spec import Spec
from concord.store.memory import MemoryCallCache
from concord.testing.prompt_reader import read_prompt
from concord.testing.sample_prompts import caller_of
from concord.testing.scripted import Scripted, ScriptedModel

SPEC = Spec.parse("# Kind {#kind authority=user}\n\nBe kind.\n\n# Brief {#brief}\n\nBe brief.\n")
CANDIDATE = Spec.parse(SPEC.text.replace("Be brief.", "Be very brief."))
HERE = Where(round=1, node="measure")


def conversation(id: str = "c", labels: str = "ABCD") -> Conversation:
    return Conversation(
        id=id,
        messages=(Message(role="user", content=f"Hello {id}?"),),
        responses=tuple(
            Response(label=label, messages=(Message(role="assistant", content=f"Answer {label} to {id}."),))
            for label in labels
        ),
    )


def question(
    id: str = "c", spec: Spec | None = SPEC, order_seed: str = "0:measure", repeat: int = 0
) -> Question:
    return Question(conversation(id), spec, ("kind", "brief") if spec else (), order_seed, repeat)


def ranker(script: Callable[[Request], Scripted], store: RunRecords | None = None) -> Ranker:
    store = store or RunRecords.in_memory()
    model = ScriptedModel(script, profile=Profile(concurrency=2))
    return Ranker(Caller(model, cache=MemoryCallCache(), calls=store.calls, budget=Budget()))


def as_shown(request: Request) -> dict[str, str]:
    """A ranking of the responses in the order in which they were shown."""
    responses: Any = request.data("responses")
    shown = [item["label"] for item in responses]
    return {"explanation": "as shown", "ranking": ">".join(map(str, shown))}


@given(st.text(min_size=1), st.text(min_size=1))
def test_the_order_depends_on_the_draw_and_the_conversation_alone(order_seed: str, id: str) -> None:
    before = Question(conversation(id), SPEC, ("kind",), order_seed)
    after = Question(conversation(id), CANDIDATE, ("kind", "brief"), order_seed, repeat=2)
    nothing = Question(conversation(id), None, (), order_seed)
    assert before.order == after.order == nothing.order
    assert {response.label for response in before.order} == set("ABCD")


def test_orders_are_spread_evenly_over_draws() -> None:
    first = [question(order_seed=str(number)).order[0].label for number in range(400)]
    assert all(60 <= first.count(label) <= 140 for label in "ABCD")


def test_shared_parts_come_first_and_one_conversation_stands_in_the_middle() -> None:
    request = ranker(as_shown).request(question())
    assert [part.name for part in request.parts] == ["system", "sections", "conversation", "responses"]
    assert [part.shared for part in request.parts] == [True, True, False, False]
    read = read_prompt(request.system, request.user)
    assert [(each.id, each.authority) for each in read.sections] == [("kind", "user"), ("brief", None)]
    assert "Be kind." in read.sections[0].text
    (shown,) = read.conversations
    assert shown.messages[0].content == "Hello c?"
    assert [each.label for each in shown.responses] == [each.label for each in question().order]
    assert read.labels == ("A", "B", "C", "D")
    assert request.expect == {"labels": ["A", "B", "C", "D"]}


def test_an_edit_elsewhere_leaves_the_prompt_byte_identical() -> None:
    asks = ranker(as_shown)
    before = asks.request(Question(conversation(), SPEC, ("kind",), "d"))
    after = asks.request(Question(conversation(), CANDIDATE, ("kind",), "d"))
    touched = asks.request(Question(conversation(), CANDIDATE, ("brief",), "d"))
    assert before.key == after.key
    assert touched.key != asks.request(Question(conversation(), SPEC, ("brief",), "d")).key
    assert sections_key(SPEC, ["kind"]) == sections_key(CANDIDATE, ["kind"])


def test_keys_tell_prompts_apart() -> None:
    draws = map(str, range(99))
    other = next(draw for draw in draws if question(order_seed=draw).order != question().order)
    asked = [
        question(), question(id="d"), question(spec=CANDIDATE), question(spec=None), question(order_seed=other),
        question(repeat=1), Question(conversation(), SPEC, (), "0:measure"),
    ]  # fmt: skip
    assert len({question_key(each) for each in asked}) == len(asked)
    assert question_key(question()) == question_key(question())


def test_no_spec_says_so_and_shows_no_section() -> None:
    request = ranker(as_shown).request(question(spec=None))
    assert "no spec" in request.system
    assert "Section" not in request.user
    nothing = ranker(as_shown).request(Question(conversation(), SPEC, (), "d"))
    assert "No section of the spec speaks to this conversation." in nothing.user


def test_a_mere_heading_is_not_shown_and_changes_no_key() -> None:
    spec = Spec.parse("# Top {#top}\n\n## Kind {#kind}\n\nBe kind.\n")
    asks = ranker(as_shown)
    request = asks.request(Question(conversation(), spec, ("top", "kind"), "d"))
    assert [each.id for each in read_prompt(request.system, request.user).sections] == ["kind"]
    assert request.key == asks.request(Question(conversation(), spec, ("kind",), "d")).key
    assert sections_key(spec, ("top", "kind")) == sections_key(spec, ("kind",))


def test_only_a_model_that_thinks_by_itself_is_held_to_four_sentences() -> None:
    told = [
        Ranker(caller_of(profile=Profile(reasoning=reasoning))).request(question()).system
        for reasoning in (True, False)
    ]
    assert "at most four sentences" in told[0]
    assert "at most four sentences" not in told[1]
    assert "one by one" in told[1]


def test_rankings_come_back_in_order_with_what_was_shown() -> None:
    asked = [question("c"), question("d"), question("e")]
    found = asyncio.run(ranker(as_shown).rank(asked, HERE))
    for each, ranked in zip(asked, found, strict=True):
        assert ranked is not None
        assert ranked.conversation == each.conversation.id
        assert ranked.order == tuple(response.label for response in each.order)
        assert str(ranked.ranking) == ">".join(ranked.order)
        assert (ranked.spec, ranked.sections, ranked.explanation) == (
            SPEC.digest,
            ("kind", "brief"),
            "as shown",
        )


def test_a_failed_call_leaves_none_and_its_record_and_nothing_raises() -> None:
    store = RunRecords.in_memory()

    def script(request: Request) -> Scripted:
        return Failure(message="out of order") if "Hello d?" in request.user else as_shown(request)

    found = asyncio.run(ranker(script, store).rank([question("c"), question("d"), question("e")], HERE))
    assert [ranked is None for ranked in found] == [False, True, False]
    (failed,) = store.calls.find(status="failed")
    assert "out of order" in failed.failure


def test_a_wrong_label_set_is_asked_again_once_and_then_left_out() -> None:
    replies = iter(['{"explanation": "", "ranking": "A>B"}', '{"explanation": "", "ranking": "D>C>B>A"}'])
    (mended,) = asyncio.run(ranker(lambda _: next(replies)).rank([question()], HERE))
    assert str(mended.ranking) == "D>C>B>A"  # type: ignore[union-attr]
    (left_out,) = asyncio.run(
        ranker(lambda _: '{"explanation": "", "ranking": "A>B>C>E"}').rank([question()], HERE)
    )
    assert left_out is None


@settings(max_examples=50)
@given(st.permutations("ABCD"), st.lists(st.sampled_from(">="), min_size=3, max_size=3))
def test_every_weak_order_of_the_labels_is_an_answer(labels: list[str], marks: list[str]) -> None:
    text = labels[0] + "".join(mark + label for mark, label in zip(marks, labels[1:], strict=True))
    expect = {"labels": ["A", "B", "C", "D"]}
    assert RankingAnswer.model_validate({"explanation": "", "ranking": text}, context=expect).ranking == text


VERDICT = {"justification": "j1", "reason": "", "quote": "", "stance": "silent", "strength": "none"}
CHANGE = {"conversations": ["c1"], "intent": "x", "kind": "clarification", "placement": "", "edits": []}


@pytest.mark.parametrize(
    ("answer", "fields", "expect", "said"),
    [
        (RankingAnswer, {"explanation": "", "ranking": "A>B"}, {"labels": ["A", "B", "C"]}, "leaves out C"),
        (RankingAnswer, {"explanation": "", "ranking": "A>A>B"}, {"labels": ["A", "B"]}, "twice"),
        (RelevanceAnswer, {"grades": [{"conversation": "c1", "section": "z", "grade": 4}]},
         {"conversations": ["c1"], "sections": ["a"]}, "no section is called z"),
        (RelevanceAnswer, {"grades": [{"conversation": "c9", "section": "a", "grade": 4}]},
         {"conversations": ["c1"], "sections": ["a"]}, "no conversation is called c9"),
        (RelevanceAnswer, {"grades": [{"conversation": "c1", "section": "a", "grade": 6}]}, {}, "less than or equal"),
        (ValidatorAnswer, {"verdicts": [VERDICT]},
         {"justifications": ["j1", "j2"]}, "one verdict each"),
        (ValidatorAnswer, {"verdicts": 2 * [VERDICT]},
         {"justifications": ["j1"]}, "one verdict each"),
        (ValidatorAnswer, {"verdicts": [{**VERDICT, "stance": "perhaps"}]}, {}, "support"),
        (ProposerAnswer, {"proposals": [{**CHANGE, "conversations": []}]}, {}, "at least 1 item"),
        (ProposerAnswer, {"proposals": [CHANGE]}, {"conversations": ["c2"]}, "no conversation to study is called c1"),
        (ProposerAnswer, {"proposals": [{"intent": "x", "kind": "whim", "edits": []}]}, {}, "clarification"),
        (RankingAnswer, {"explanation": "", "ranking": "A>B", "note": "extra"}, {}, "Extra"),
    ],
)  # fmt: skip
def test_what_an_answer_may_not_be(answer: type, fields: dict, expect: dict, said: str) -> None:  # type: ignore[type-arg]
    with pytest.raises(ValidationError, match=said):
        answer.model_validate(fields, context=expect)  # type: ignore[attr-defined]
