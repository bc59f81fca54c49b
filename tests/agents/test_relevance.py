"""The relevance grader: routing by the outline, reading in full, every pair once; what grades come to."""

import asyncio
import random
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from concord.agents.answers import RelevanceAnswer
from concord.agents.reading import SECTION
from concord.agents.relevance import Grades, RelevanceGrader, section_key
from concord.agents.routing_recall import routing_recall
from concord.graph.run_records import RunRecords
from concord.models.budget import Budget
from concord.models.caller import Caller
from concord.models.protocol import Failure, Profile, Request
from concord.models.records import Where
from concord.models.tokens import tokens
from concord.panel.records import Conversation, Message, Response
from concord.prompts.cut import MARK
from concord.spec import Spec, read_spec
from concord.store.memory import MemoryCallCache
from concord.testing.prompt_reader import read_prompt
from concord.testing.scripted import Scripted, ScriptedModel

HERE = Where(round=1, node="measure")
SPEC = Spec.parse(
    "# Top {#top}\n\n## Kind {#kind}\n\nBe kind.\n\n## Brief {#brief}\n\nBe brief.\n\n# End {#end}\n\nGo.\n"
)


def spec_of(count: int, words: int = 5) -> Spec:
    return Spec.parse("".join(f"# Section {n} {{#s{n}}}\n\n{'word ' * words}\n\n" for n in range(count)))


def conversation(id: str, words: int = 5, turns: int = 1) -> Conversation:
    return Conversation(
        id=id,
        messages=tuple(Message(role="user", content=f"{id} {'word ' * words}") for _ in range(turns)),
        responses=tuple(
            Response(label=label, messages=(Message(role="assistant", content=label),)) for label in "AB"
        ),
    )


def grader(script: object = None, **more: int) -> RelevanceGrader:
    context = more.pop("context", None)
    model = ScriptedModel(
        script or (lambda _: {"grades": []}),  # type: ignore[arg-type]
        profile=Profile(concurrency=2, context_tokens=context),
    )
    caller = Caller(model, cache=MemoryCallCache(), calls=RunRecords.in_memory().calls, budget=Budget())
    return RelevanceGrader(caller, **more)


@settings(max_examples=25, deadline=None)
@given(
    sections=st.integers(1, 12), talks=st.integers(0, 40), words=st.integers(1, 300),
    pairs=st.integers(1, 400), bound=st.integers(2400, 12_000), seed=st.integers(0, 99),
)  # fmt: skip
def test_every_section_meets_every_conversation_that_is_up_for_it_once_in_prompts_that_fit(
    sections: int, talks: int, words: int, pairs: int, bound: int, seed: int
) -> None:
    spec = spec_of(sections, words)
    conversations = [conversation(f"c{n}", words % 97, turns=1 + n % 3) for n in range(talks)]
    draw = random.Random(seed)
    up_for = {id_: [each for each in conversations if draw.random() < 0.4] for id_ in spec.ids}
    by_section = {id_: there for id_, there in up_for.items() if there}
    found = grader(pairs=pairs, prompt_tokens=bound).readings(spec, by_section)
    met = Counter(
        (id_, each.id)
        for reading in found
        for id_ in reading.sections
        for each in reading.conversations.values()
        if each in by_section[id_]
    )
    assert met == Counter({(id_, each.id): 1 for id_, there in by_section.items() for each in there})
    for reading in found:
        assert len(reading.sections) * len(reading.conversations) <= max(pairs, len(reading.sections))
        if len(reading.sections) > 1 and len(reading.conversations) > 1:
            request = reading.request
            assert tokens(request.user) <= bound
        assert reading.request.expect == {
            "conversations": list(reading.conversations),
            "sections": list(reading.sections),
        }


def test_sections_that_fit_into_one_prompt_are_read_at_once() -> None:
    asked: list[Request] = []

    def script(request: Request) -> Scripted:
        asked.append(request)
        return {"grades": []}

    asyncio.run(grader(script).grade(SPEC, SPEC.ids, [conversation(f"c{n}") for n in range(30)], HERE))
    assert [request.role for request in asked] == ["relevance"]


def test_a_long_spec_is_routed_by_its_outline_and_only_what_is_named_is_read() -> None:
    spec = spec_of(12, words=600)
    asked: list[Request] = []

    def script(request: Request) -> Scripted:
        asked.append(request)
        keys: Any = request.expect["conversations"]
        if request.role == "routing":
            named: dict[str, Any] = {"c1": ["s3"], "c2": ["s3", "s4"]}
            return {"routes": [{"conversation": key, "sections": named.get(key, [])} for key in keys]}
        first: Any = request.data("conversations")
        return {"grades": [{"conversation": each["key"], "section": "s3", "grade": 5} for each in first]}

    conversations = [conversation(f"talk{n}") for n in range(5)]
    found = asyncio.run(grader(script, prompt_tokens=8000).grade(spec, spec.ids, conversations, HERE))
    assert [request.role for request in asked][:1] == ["routing"]
    shown = {id_ for request in asked[1:] for id_ in request.expect["sections"]}  # type: ignore[union-attr]
    assert shown == {"s3", "s4"}
    assert found[section_key(spec, "s3")] == {"talk0": 5, "talk1": 5, "talk2": 1, "talk3": 1, "talk4": 1}
    assert found[section_key(spec, "s4")] == dict.fromkeys([f"talk{n}" for n in range(5)], 1)
    assert set(found) == {section_key(spec, id_) for id_ in spec.ids}, "what was passed over is graded too"


def test_what_was_not_routed_or_not_read_has_no_grade() -> None:
    spec = spec_of(12, words=600)

    def script(request: Request) -> Scripted:
        keys: Any = request.expect["conversations"]
        if request.role == "relevance":
            return Failure(message="out of order")
        return {"routes": [{"conversation": key, "sections": ["s3"]} for key in keys]}

    found = asyncio.run(grader(script, prompt_tokens=8000).grade(spec, spec.ids, [conversation("a")], HERE))
    assert section_key(spec, "s3") not in found
    assert found[section_key(spec, "s4")] == {"a": 1}
    lost = asyncio.run(
        grader(lambda _: Failure(message="down"), prompt_tokens=8000).grade(
            spec, spec.ids, [conversation("a")], HERE
        )
    )
    assert lost == {}


def test_what_the_router_misses_is_measured_by_reading_everything() -> None:
    spec = spec_of(6, words=300)

    def script(request: Request) -> Scripted:
        keys: Any = request.expect["conversations"]
        ids: Any = request.expect["sections"]
        if request.role == "routing":
            return {"routes": [{"conversation": key, "sections": ["s0", "s1"]} for key in keys]}
        in_scope = [id_ for id_ in ids if id_ in ("s1", "s2")]
        return {"grades": [{"conversation": k, "section": id_, "grade": 4} for k in keys for id_ in in_scope]}

    talks = [conversation(f"talk{n}") for n in range(9)]
    found = asyncio.run(routing_recall(grader(script), spec, talks, HERE, sample=5))
    assert (found.conversations, found.pairs, found.routed) == (5, 30, 10)
    assert (found.in_scope, found.named, found.recall) == (10, 5, 0.5)


def test_the_outline_shows_how_each_paragraph_begins() -> None:
    spec = Spec.parse("# Long {#long}\n\nFirst. More of it.\n\nSecond paragraph. And so on.\n")
    ((request, _),) = grader().router.requests(spec, ["long"], [conversation("a")])
    assert "Long\nFirst.\nSecond paragraph." in request.user
    assert "And so on." not in request.user


def test_a_short_context_bounds_the_prompts() -> None:
    conversations = [conversation(f"c{n}", 200) for n in range(20)]
    wide, _ = grader().requests(SPEC, SPEC.ids, conversations)
    narrow, _ = grader(context=4000).requests(SPEC, SPEC.ids, conversations)
    assert len(narrow) > len(wide)
    assert all(tokens(request.system) + tokens(request.user) < 4000 for request in narrow)


def test_what_is_not_listed_counts_1_and_what_failed_is_not_there() -> None:
    def script(request: Request) -> Scripted:
        if "boom" in request.user:
            return Failure(message="out of order")
        return {"grades": [{"conversation": "c2", "section": "kind", "grade": 5}]}

    conversations = [conversation("a"), conversation("b"), conversation("boom"), conversation("d")]
    asks = grader(script, pairs=4)
    found = asyncio.run(asks.grade(SPEC, ["kind", "brief"], conversations, HERE))
    kind, brief = section_key(SPEC, "kind"), section_key(SPEC, "brief")
    assert found == {kind: {"a": 1, "b": 5}, brief: {"a": 1, "b": 1}}


def test_grades_that_are_not_used_say_nothing() -> None:
    grades = [{"conversation": "c1", "section": "kind", "grade": grade} for grade in (1, 2, 3, 4)]
    answer = RelevanceAnswer.model_validate({"grades": grades})
    assert [each.grade for each in answer.grades] == [4]
    with pytest.raises(ValidationError):
        RelevanceAnswer.model_validate({"grades": [{**grades[0], "grade": 6}]})


def test_a_mere_heading_is_graded_1_unasked() -> None:
    asks = grader(lambda _: Failure(message="nobody is to be asked"))
    assert asyncio.run(asks.grade(SPEC, ["top"], [conversation("a")], HERE)) == {
        section_key(SPEC, "top"): {"a": 1}
    }


def test_nothing_to_grade_asks_nothing() -> None:
    assert asyncio.run(grader().grade(SPEC, [], [conversation("a")], HERE)) == {}
    assert asyncio.run(grader().grade(SPEC, SPEC.ids, [], HERE)) == {}


def test_a_changed_sentence_is_in_view_wherever_it_stands() -> None:
    before = Spec.parse(f"# Long {{#long}}\n\n{'It goes on and on. ' * 1500}\n\nIt ends so.\n")
    after = Spec.parse(before.text.replace("It ends so.", "It must end with a smile."))
    (reading,) = grader().readings(after, {"long": [conversation("a")]}, before)
    (section,) = read_prompt(reading.request.system, reading.request.user).sections
    assert section.changed == ("It must end with a smile.",)
    assert "It must end with a smile." in section.text
    assert len(section.text) < SECTION * 1.2
    assert MARK in section.text


def test_the_model_spec_is_graded_in_a_seventh_of_the_tokens() -> None:
    """100 conversations against the Model Spec took 109 calls and 1.02 M tokens when each was read with all."""
    path = Path(__file__).resolve().parents[3] / "shared/data/model_spec/2025-04-11.md"
    if not path.exists():
        pytest.skip("the Model Spec is not here")
    spec = read_spec(path)
    conversations = [conversation(f"c{n}", 40) for n in range(100)]
    requests, readings = grader().requests(spec, spec.ids, conversations)
    sent = sum(tokens(request.system) + tokens(request.user) for request in requests)
    assert len(requests) <= 40
    assert sent <= 180_000
    assert len(requests) - len(readings) <= 4, "dozens of conversations share a call of the router"


def test_shared_parts_stand_first() -> None:
    (request,), _ = grader().requests(SPEC, SPEC.ids, [conversation("a")])
    assert [(part.name, part.shared) for part in request.parts] == [
        ("system", True),
        ("sections", True),
        ("conversations", False),
    ]


def grades(**found: int) -> Grades:
    known = Grades()
    known.learn({section_key(SPEC, id_): {"a": grade} for id_, grade in found.items()})
    return known


def test_the_scope_is_what_is_graded_4_or_5_with_its_ancestors_in_the_documents_order() -> None:
    assert grades(end=5, brief=4, kind=3).scope(SPEC, "a") == ("top", "brief", "end")
    assert grades(end=5, brief=4, kind=3).relevant(SPEC, "a") == ("brief", "end")
    assert grades().scope(SPEC, "a") == ()


def test_grades_hold_for_a_sections_own_text_only() -> None:
    revised = Spec.parse(SPEC.text.replace("Be brief.", "Be very brief."))
    known = grades(brief=5, kind=4)
    assert known.grade(section_key(revised, "kind"), "a") == 4
    assert known.grade(section_key(revised, "brief"), "a") == 1
    known.inherit(section_key(revised, "brief"), section_key(SPEC, "brief"))
    assert known.grade(section_key(revised, "brief"), "a") == 5
    known.learn({section_key(revised, "brief"): {"a": 2}})
    assert known.grade(section_key(revised, "brief"), "a") == 2
    assert known.scope(revised, "a") == ("top", "kind")


def test_a_ring_of_texts_is_never_made() -> None:
    known = Grades()
    known.inherit("b", "a")
    known.inherit("a", "b")
    assert known.line("b") == ["b", "a"]
    assert known.line("a") == ["a"]
