"""The relevance grader: every pair is asked about exactly once, in prompts that fit; what grades come to."""

import asyncio
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from concord.agents.relevance import Grades, RelevanceGrader, section_key
from concord.graph.run_records import RunRecords
from concord.models.budget import Budget
from concord.models.caller import Caller
from concord.models.protocol import Failure, Profile, Request
from concord.models.records import Where
from concord.models.tokens import tokens
from concord.panel.records import Conversation, Message, Response
from concord.spec import Spec
from concord.store.memory import MemoryCallCache
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


@settings(max_examples=40, deadline=None)
@given(
    sections=st.integers(1, 30), talks=st.integers(0, 40), words=st.integers(1, 400),
    pairs=st.integers(1, 200), bound=st.integers(1200, 6000),
)  # fmt: skip
def test_every_pair_once_and_no_prompt_too_long(
    sections: int, talks: int, words: int, pairs: int, bound: int
) -> None:
    spec = spec_of(sections, words)
    conversations = [conversation(f"c{n}", words % 97, turns=1 + n % 3) for n in range(talks)]
    requests, shards = grader(pairs=pairs, prompt_tokens=bound).requests(spec, spec.ids, conversations)
    asked = Counter((id, one.id) for ids, shard in shards for id in ids for one in shard)
    assert asked == Counter({(id, one.id): 1 for id in spec.ids for one in conversations})
    instructions = tokens(requests[0].system) if requests else 0
    for request, (ids, shard) in zip(requests, shards, strict=True):
        assert len(ids) * len(shard) <= max(pairs, len(ids))
        assert request.expect == {
            "conversations": [f"c{n + 1}" for n in range(len(shard))], "sections": list(ids),
        }  # fmt: skip
        if len(ids) > 1 and len(shard) > 1:
            assert tokens(request.system) + tokens(request.user) <= bound + instructions


def test_a_short_context_bounds_the_prompts() -> None:
    conversations = [conversation(f"c{n}", 200) for n in range(20)]
    wide, _ = grader().requests(SPEC, SPEC.ids, conversations)
    narrow, _ = grader(context=2000).requests(SPEC, SPEC.ids, conversations)
    assert len(narrow) > len(wide)
    assert all(tokens(request.system) + tokens(request.user) < 2000 for request in narrow)


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


def test_nothing_to_grade_asks_nothing() -> None:
    assert asyncio.run(grader().grade(SPEC, [], [conversation("a")], HERE)) == {}
    assert asyncio.run(grader().grade(SPEC, SPEC.ids, [], HERE)) == {}


def test_long_sections_are_shown_by_their_beginning() -> None:
    spec = Spec.parse(f"# Long {{#long}}\n\n{'beginning ' * 80}\n\nthe very end\n")
    (request,), _ = grader().requests(spec, ["long"], [conversation("a")])
    assert "beginning" in request.user
    assert "the very end" not in request.user


def test_shared_parts_stand_first() -> None:
    (request,), _ = grader().requests(SPEC, SPEC.ids, [conversation("a")])
    assert [(part.name, part.shared) for part in request.parts] == [
        ("system", True),
        ("sections", True),
        ("conversations", False),
    ]


def grades(**found: int) -> Grades:
    known = Grades()
    known.learn({section_key(SPEC, id): {"a": grade} for id, grade in found.items()})
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
