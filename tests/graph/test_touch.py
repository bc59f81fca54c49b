"""touch: which conversations an edit bears on, and what the grader is asked to tell."""

import asyncio
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from concord.agents.relevance import Grades, section_key
from concord.graph.touch import PLAUSIBLE_CHANGED
from concord.graph.workshop import Workshop
from concord.models.records import Where
from concord.spec import Edit, Proposal, apply

WHERE = Where(round=1, node="screen")
NEW = "## Pets\n\nThe answer must be kind to pets."


def touched(
    small: Any, proposal: Proposal, among: str = "selection", shop: Workshop | None = None
) -> list[str]:
    shop = shop or small.shop
    candidate = apply(small.spec, proposal.edits)
    return asyncio.run(shop.touch.touched(proposal, small.spec, candidate, getattr(shop, among), WHERE))


def pairs_asked(small: Any, since: int = 0) -> list[tuple[str, str]]:
    return [
        (section["id"], conversation["id"])
        for request in small.asked[since:]
        for section in request.data("sections")
        for conversation in request.data("conversations")
    ]


def test_a_changed_section_bears_on_the_conversations_of_its_old_text(world: Any) -> None:
    small = world(selection=6)
    small.grade()
    assert touched(small, world.proposal("tone")) == ["selection-0", "selection-2", "selection-4"]


def test_without_a_grade_nothing_is_touched(world: Any) -> None:
    small = world(answers={"relevance": lambda _: {"grades": []}})
    assert touched(small, world.proposal("tone")) == []


def test_a_changed_text_keeps_the_grades_of_the_text_it_came_from(world: Any) -> None:
    small = world()
    small.grade()
    proposal = world.proposal("tone")
    touched(small, proposal)
    after = apply(small.spec, proposal.edits)
    for id in small.shop.open:
        assert small.shop.grades.relevant(after, id) == small.shop.grades.relevant(small.spec, id)


def test_a_section_with_a_new_heading_keeps_them_too_though_its_id_changes(world: Any) -> None:
    small = world(selection=6, answers={"relevance": only_once})
    small.grade()
    renamed = world.proposal("tone", "## Tone", "## Manner of speaking")
    assert touched(small, renamed) == ["selection-0", "selection-2", "selection-4"]
    after = apply(small.spec, renamed.edits)
    assert small.shop.bench.scope(after, "selection-0") == ("manners", "manner_of_speaking")


def test_only_conversations_that_the_new_words_may_bring_in_are_graded_anew(world: Any) -> None:
    small = world(selection=40)
    small.grade()
    before = len(small.asked)
    touched(small, world.proposal("tone", new="must be kind about Money"))
    asked = pairs_asked(small, before)
    assert {section for section, _ in asked} == {"tone"}
    assert all(int(id.split("-")[1]) % 2 for _, id in asked)  # those of tone are in scope already
    assert len(asked) == PLAUSIBLE_CHANGED


def test_words_that_no_conversation_has_ask_for_nothing(world: Any) -> None:
    small = world()
    small.grade()
    before = len(small.asked)
    touched(small, world.proposal("tone", intent="zebra", new="zebra"))
    assert pairs_asked(small, before) == []


def test_a_new_section_is_graded_on_its_own_conversations_and_on_what_is_like_it(world: Any) -> None:
    small = world(train=8)
    small.grade()
    before = len(small.asked)
    edit = Edit(op="new_section", section="tone", text=NEW)
    proposal = world.proposal(edits=(edit,), intent="pets", conversations=("train-3", "selection-1"))
    touched(small, proposal, "training")
    assert pairs_asked(small, before) == [("pets", "train-3")]


def test_asking_again_costs_nothing_and_finds_the_same(world: Any) -> None:
    small = world(selection=60, answers={"relevance": lambda _: {"grades": []}})
    small.grade()
    small.answers["relevance"] = everything
    proposal = world.proposal("tone", new="must be kind about Money")
    first = touched(small, proposal)
    calls = small.store.calls.count(role="relevance")
    assert touched(small, proposal) == first
    assert small.store.calls.count(role="relevance") == calls


def test_calls_say_where_they_belong(world: Any) -> None:
    small = world()
    small.grade()
    touched(small, world.proposal("tone", new="must be kind about Money"))
    assert small.store.calls.count(node="measure", role="relevance") == 1
    assert small.store.calls.count(node="screen", role="relevance") == 1


def test_a_resumed_run_recalls_every_grade(world: Any) -> None:
    small = world()
    small.grade()
    proposal = world.proposal("tone", new="must be kind about Money")
    first = touched(small, proposal)
    again = Workshop(small.setup)
    assert again.grades == small.shop.grades
    calls = len(small.asked)
    assert touched(small, proposal, shop=again) == first
    assert len(small.asked) == calls


def test_an_edit_taken_back_leads_to_the_same_grades_after_a_resume(world: Any) -> None:
    small = world()
    small.grade()
    there, back = world.proposal("tone"), world.proposal("tone", "must be kind", "must be short")
    touched(small, there)
    changed = apply(small.spec, there.edits)
    asyncio.run(small.shop.touch.touched(back, changed, small.spec, small.shop.selection, WHERE))
    kept = dict(small.store.notes("parent:"))
    assert kept == {f"parent:{section_key(changed, 'tone')}": section_key(small.spec, "tone")}
    again = Workshop(small.setup)
    assert (
        again.grades.parents
        == small.shop.grades.parents
        == {section_key(changed, "tone"): section_key(small.spec, "tone")}
    )


def test_proposals_looked_at_side_by_side_ask_the_same_as_one_by_one(world: Any) -> None:
    proposals = [
        world.proposal("tone", new="must be kind about Money", intent=intent)
        for intent in ("one", "Tone two")
    ]

    def asked(together: bool) -> list[tuple[str, str]]:
        small = world(selection=30)
        small.grade()

        async def look() -> None:
            texts = [apply(small.spec, p.edits) for p in proposals]
            looks = [
                small.shop.touch.touched(p, small.spec, text, small.shop.selection, WHERE)
                for p, text in zip(proposals, texts, strict=True)
            ]
            if together:
                await asyncio.gather(*looks)
            else:
                for one in looks:
                    await one

        asyncio.run(look())
        return pairs_asked(small, 1)

    assert asked(together=True) == asked(together=False)


def only_once(request: Any) -> dict[str, Any]:
    """Grades the original text alone."""
    return {
        "grades": [
            {"conversation": each["key"], "section": section["id"], "grade": 5}
            for section in request.data("sections")
            for each in request.data("conversations")
            if len(request.data("sections")) > 1 and section["title"] in each["messages"][0]["content"]
        ]
    }


def everything(request: Any) -> dict[str, Any]:
    return {
        "grades": [
            {"conversation": each["key"], "section": section["id"], "grade": 5}
            for section in request.data("sections")
            for each in request.data("conversations")
        ]
    }


KEYS = st.sampled_from("ABCDE")


@given(steps=st.lists(st.tuples(KEYS, KEYS), max_size=12), grades=st.dictionaries(KEYS, st.integers(1, 5)))
@settings(max_examples=80, derandomize=True, deadline=None)
def test_inheritance_never_runs_in_a_ring_and_the_nearest_grade_counts(
    steps: list[tuple[str, str]], grades: dict[str, int]
) -> None:
    known = Grades()
    for child, parent in steps:
        known.inherit(child, parent)
    known.learn({key: {"c": grade} for key, grade in grades.items()})
    for key in "ABCDE":
        line = known.line(key)
        assert len(line) == len(set(line))
        assert known.grade(key, "c") == next((grades[each] for each in line if each in grades), 1)
