"""Preparing a study: three opinions and a plain answer each, with where they came from; near-duplicates dropped."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from concord.agents import agent_of
from concord.elicit.given import given_items
from concord.elicit.prepared import read_items, write_items
from concord.elicit.preparing import Prepared, Wish, prepare
from concord.errors import DataError
from concord.models import Budget, Caller, Request, StoredCalls, open_model
from concord.models.protocol import BaseModel, Failure
from concord.store import MemoryCallCache
from concord.testing import ChatServer, ScriptedModel
from concord.testing.embedded_answers import EmbeddedAnswers
from concord.testing.sample_prompts import SPEC


def caller(model: BaseModel) -> Caller:
    return Caller(model, cache=MemoryCallCache(), calls=StoredCalls.in_memory(), budget=Budget())


def prepared(model: BaseModel, plain: BaseModel | None = None, **wish: Any) -> Prepared:
    async def run() -> Prepared:
        one = caller(model)
        callers = {"scenario_writer": one, "ranker": one, "plain_answer": caller(plain) if plain else one}
        try:
            return await prepare(SPEC, callers, Wish(**{"sections": ("money",), "per_section": 3, **wish}))
        finally:
            await model.close()

    return asyncio.run(run())


def answering(**texts: str) -> Callable[[Request], Any]:
    """Three scenarios; `texts` are responses by the word that their opinion holds."""

    def answer(request: Request) -> dict[str, object]:
        if request.role == "scenario_writer":
            return {
                "scenarios": [
                    {
                        "message": f"{word} asked me for money. Do I lend it?", "stake": "Who decides.",
                        "opinions": [f"The assistant should say {each}." for each in ("yes", "no", "ask")],
                        "criteria": ["It says what is at stake."],
                    }
                    for word in ("My brother", "An old friend of the family", "A stranger at the door")
                ]
            }  # fmt: skip
        if request.role == "opinion_writer":
            told: Any = request.data("opinion")
            word = told["opinion"].split()[-1].rstrip(".")
            text = texts.get(word, f"Here is what {word} comes to, at some length.")
            again = " Indeed, in other words altogether." if request.repeat and "again" in texts else ""
            return {"approach": "It does so.", "response": text + again}
        if request.role == "plain_answer":
            return {"response": texts.get("plain", "It depends on many things.")}
        return {"explanation": "In order.", "ranking": "A>B>C>D"}

    return answer


def scripted(**texts: str) -> ScriptedModel:
    return ScriptedModel(answering(**texts))


def test_each_prompt_has_three_opinions_and_one_plain_answer_that_say_where_they_came_from() -> None:
    plain = ScriptedModel(lambda _: {"response": "Plainly: it depends."}, uri="plain-model")
    found = prepared(scripted(), plain)
    assert len(found.items) == 3
    for item in found.items:
        assert len(item.kept) == 4
        opinions = sorted(each.opinion for each in item.kept)
        assert opinions == ["", *(f"The assistant should say {word}." for word in ("ask", "no", "yes"))]
        assert {each.model for each in item.kept if not each.opinion} == {"plain-model"}
        assert all(each.call for each in item.kept)
        assert sorted(each.label for each in item.kept) == ["A", "B", "C", "D"]
    labels = [each.label for item in found.items for each in item.kept if not each.opinion]
    assert len(set(labels)) > 1, "a label doesn't tell which answer is the plain one"


def test_a_response_that_repeats_another_is_asked_for_again_and_then_dropped() -> None:
    model = scripted(yes="Yes, lend it, and write it down.", no="Yes, lend it, and write it down!")
    found = prepared(model)
    asked = [request.repeat for request in model.asked if request.role == "opinion_writer"]
    assert sorted(set(asked)) == [0, 1]
    for item in found.items:
        assert len(item.kept) == 3
        (dropped,) = [each for each in item.responses if each.drop]
        assert dropped.note.startswith("nearly the same as")
        assert "only 3 responses" in item.note
    mended = prepared(scripted(yes="Yes, lend it.", no="Yes, lend it!", again="1"))
    assert all(len(item.kept) == 4 for item in mended.items), "the second try differs"


def test_opposites_in_nearly_the_same_words_both_stay() -> None:
    found = prepared(
        scripted(yes="You must tell him today, before he hears of it from others.",
                 no="You must not tell him today, before he hears of it from others.")
    )  # fmt: skip
    assert all(len(item.kept) == 4 for item in found.items)


def test_near_duplicate_prompts_are_dropped_and_more_are_asked_for() -> None:
    model = scripted()
    found = prepared(model, per_section=5)
    assert len(found.items) == 3, "the writer only ever has three"
    asked = [request for request in model.asked if request.role == "scenario_writer"]
    assert len(asked) == 3
    task: Any = asked[1].data("task")
    assert len(task["taken"]) == 3


def test_a_failed_call_leaves_its_response_out() -> None:
    whole = answering()

    def some(request: Request) -> Any:
        return Failure(message="no") if request.role == "plain_answer" else whole(request)

    found = prepared(ScriptedModel(some))
    assert found.failed == 3
    assert all(len(item.kept) == 3 for item in found.items)


def test_spread_is_the_share_of_pairs_that_the_ranker_tells_apart_in_both_orders() -> None:
    def ranks(ranking: str) -> Prepared:
        whole = answering()
        told = {"explanation": "", "ranking": ranking}
        return prepared(ScriptedModel(lambda request: told if request.role == "ranker" else whole(request)))

    assert {item.spread.decided for item in ranks("A>B>C>D").items if item.spread} == {1.0}
    assert {item.spread.decided for item in ranks("A>B=C=D").items if item.spread} == {0.5}
    low = ranks("A=B=C=D").items
    assert {item.spread.decided for item in low if item.spread} == {0.0}
    assert all("hardly tells" in item.note for item in low)
    assert all(
        item.spread and item.spread.decided is None for item in prepared(scripted(), spread=False).items
    )


@pytest.mark.parametrize("wire", [False, True], ids=["embedded", "behind a server"])
def test_everything_runs_with_no_key(wire: bool) -> None:
    if wire:
        with ChatServer(EmbeddedAnswers()) as server:
            found = prepared(open_model(f"openai:fake@{server.url}"), per_section=2)
    else:
        found = prepared(open_model("embedded"), per_section=2)
    assert len(found.items) == 2
    for item in found.items:
        assert len(item.kept) == 4
        assert item.spread is not None
        assert item.spread.wording > 0.1
        assert len(item.rubrics) == 2


def test_the_writers_are_told_what_they_need_and_no_more() -> None:
    model = scripted()
    prepared(model, topics=("inheritance",), seeds=("Should I lend my brother money?",))
    scenario = next(request for request in model.asked if request.role == "scenario_writer")
    assert "inheritance" in scenario.user
    assert "lend my brother" in scenario.user
    assert "Health" not in scenario.user, "one section only"
    plain = next(request for request in model.asked if request.role == "plain_answer")
    assert "The assistant should" not in plain.user
    assert agent_of("opinion_writer").model_role == "scenario_writer"


def test_a_person_edits_and_drops_in_the_review_file(tmp_path: Path) -> None:
    items = prepared(scripted()).items
    write_items(tmp_path, items)
    assert read_items(tmp_path) == items
    edited = items[0].model_copy(
        update={
            "responses": (items[0].responses[0].model_copy(update={"drop": True}), *items[0].responses[1:])
        }
    )
    write_items(tmp_path, (edited, items[1].model_copy(update={"drop": True})))
    back = read_items(tmp_path)
    assert [item.usable for item in back] == [True, False]
    assert len(back[0].conversation().responses) == 3


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{", "items.jsonl:1: the line: invalid json"),
        ('{"id": "a", "messages": [], "responses": []}', "messages: tuple should have at least 1 item"),
        ('{"id": "a b", "messages": [{"role": "user", "content": "x"}], "responses": []}', "id: string should match"),
        ('{"id": "a", "messages": [{"role": "user", "content": "x"}], "responses": []}', "fewer than two responses"),
    ],
)  # fmt: skip
def test_a_broken_review_file_is_told_with_its_line(tmp_path: Path, line: str, said: str) -> None:
    (tmp_path / "items.jsonl").write_text(line, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        read_items(tmp_path)


CSV = (
    "id,prompt,response_1,response_2,response_3,model_1,rubric_1,section\n"
    'p1,"Lend it, or not?",Lend it.,Keep it.,Lend it!,some-model,It is kind.,money\n'
    "p2,Lend it or not,Yes.,No.,,,,\n"
    "p3,Who decides?,You.,They.,,,,\n"
)


def test_prompts_and_responses_come_from_csv(tmp_path: Path) -> None:
    path = tmp_path / "own.csv"
    path.write_text(CSV, encoding="utf-8")
    first, second, third = given_items(path)
    assert [each.text for each in first.kept] == ["Lend it.", "Keep it."], "the third repeats the first"
    assert first.kept[0].model == "some-model"
    assert (first.rubrics, first.section) == (("It is kind.",), "money")
    assert second.drop, "nearly the same prompt as p1"
    assert [each.label for each in third.kept] == ["A", "B"]


def test_prompts_and_responses_come_from_json_lines(tmp_path: Path) -> None:
    path = tmp_path / "own.jsonl"
    path.write_text(
        '{"prompt": [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Yes?"}, '
        '{"role": "user", "content": "Lie for me"}], "responses": {"X": "No.", "Y": "Well."}, "language": "en"}\n'
        '{"prompt": "And now?", "responses": [{"text": "Go.", "opinion": "Go."}, "Stay."]}\n',
        encoding="utf-8",
    )
    first, second = given_items(path)
    assert len(first.messages) == 3
    assert [each.label for each in first.kept] == ["X", "Y"]
    assert second.kept[0].opinion == "Go."


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("own.csv", "question,answer\n1,2\n", "no column `prompt`"),
        ("own.csv", "prompt,response_1\nHi,Yes\n", "own.csv:2: `responses` needs two or more"),
        ("own.jsonl", '{"prompt": "Hi", "responses": ["a"]}', "own.jsonl:1: `responses` needs two"),
        ("own.jsonl", '{"prompt": "", "responses": ["a", "b"]}', "neither a text nor a list"),
        ("own.jsonl", '{"prompt": "Hi", "responses": ["a", ""]}', "response B has no text"),
        ("own.jsonl", '{"prompt": "Hi", "responses": {"A>B": "a", "B": "b"}}', "is no label"),
        ("own.jsonl", "[1]", "no JSON object"),
        ("own.jsonl", "", "holds no prompt"),
    ],
)  # fmt: skip
def test_what_cannot_be_used_is_told_with_its_line(
    tmp_path: Path, name: str, content: str, said: str
) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    with pytest.raises(DataError, match=said):
        given_items(path)
