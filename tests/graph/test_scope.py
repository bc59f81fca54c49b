"""Which conversations a text bears on, for every text of a run, whatever the timing."""

import asyncio
from collections.abc import Iterable

from builders import World, proposal
from pydantic import JsonValue

from concord.graph import RunContext
from concord.models.protocol import Request
from concord.models.records import Where
from concord.spec import Proposal
from concord.testing.scripted import Scripted

WHERE = Where(round=1, node="screen")


def graded(given: World) -> RunContext:
    context = given.context()
    asyncio.run(context.scope.grade_all(given.spec, WHERE))
    return context


def affected(context: RunContext, made: Proposal, among: Iterable[str] = ()) -> list[str]:
    context.records.proposals.add([made])
    drafts, spec = context.drafts(1), context.inputs.spec.digest
    candidate = drafts.combine(spec, made.id)
    names = list(among) or list(context.folds.items)
    return asyncio.run(drafts.affected(made.id, spec, candidate, names, node="screen"))


def test_an_edit_bears_on_what_its_section_is_relevant_to() -> None:
    context = graded(World())
    assert set(affected(context, proposal("tone"))) == {
        name for name in context.folds.items if int(name[-1]) % 2 == 0
    }


def test_only_what_was_asked_about_comes_back() -> None:
    assert affected(graded(World()), proposal("tone"), ["0-0", "0-1"]) == ["0-0"]


def test_new_words_bring_in_new_conversations() -> None:
    def wider(request: Request) -> Scripted:
        sections: list[dict[str, str]] = request.data("sections")  # type: ignore[assignment]  # a list of objects
        conversations: list[dict[str, str]] = request.data("conversations")  # type: ignore[assignment]  # likewise
        grades: list[JsonValue] = [
            {"conversation": each["key"], "section": section["id"], "grade": 5}
            for section in sections
            for each in conversations
            if section["title"] in str(each) or "everything" in section["text"]
        ]
        return {"grades": grades}

    context = graded(World(answers={"relevance": wider}))
    assert len(affected(context, proposal("tone", text="must be kind in everything"))) == len(
        context.folds.items
    )


def test_a_new_section_is_graded() -> None:
    context = graded(World())
    new = proposal("tone", anchor="", text="## question\n\nBe kind.\n", op="new_section")
    assert affected(context, new) == list(context.folds.items)


def test_a_text_is_graded_once_whoever_asks() -> None:
    given = World()
    context = graded(given)
    before = len(given.asked)
    affected(context, proposal("tone"), ["0-0"])
    first = len(given.asked) - before
    affected(context, proposal("tone", intent="the same words for another reason"), ["1-0"])
    assert first == 1
    assert len(given.asked) - before == first


def test_side_by_side_the_same_is_asked_and_found_as_one_after_another() -> None:
    made = [
        proposal(section, text=f"must be {word}")
        for section in ("tone", "money")
        for word in ("kind", "nice")
    ]

    def grades(*, together: bool) -> tuple[list[list[str]], int]:
        given = World(latency=0.002)
        context = graded(given)
        context.records.proposals.add(made)
        drafts, spec = context.drafts(1), given.spec.digest

        async def ask(each: Proposal) -> list[str]:
            candidate = drafts.combine(spec, each.id)
            return await drafts.affected(each.id, spec, candidate, context.folds.items, node="screen")

        async def all_() -> list[list[str]]:
            if together:
                return list(await asyncio.gather(*map(ask, made)))
            return [await ask(each) for each in made]

        return asyncio.run(all_()), len(given.asked)

    assert grades(together=True) == grades(together=False)


def test_a_combined_text_keeps_the_grades_of_both_that_it_was_made_from() -> None:
    """The second edit's own text brought in a conversation; on top of the first it still bears on it."""

    def wider(request: Request) -> Scripted:
        sections: list[dict[str, str]] = request.data("sections")  # type: ignore[assignment]  # a list of objects
        conversations: list[dict[str, str]] = request.data("conversations")  # type: ignore[assignment]  # likewise
        return {
            "grades": [
                {"conversation": each["key"], "section": section["id"], "grade": 5}
                for section in sections
                for each in conversations
                if section["title"] in str(each) or ("and open" in section["text"] and "0-1" in str(each))
            ]
        }

    given = World(answers={"relevance": wider})
    context = graded(given)
    base = given.spec.digest
    first = proposal("tone", "answer must", "good answer must", base=base)
    second = proposal("tone", "be short", "be kind and open", base=base)
    affected(context, first)
    assert "0-1" in affected(context, second)
    drafts = context.drafts(1)
    one = drafts.combine(base, first.id)
    both = context.texts.spec(drafts.combine(one, second.id))
    assert context.scope.in_scope(both, ["tone"], "0-1")
    assert context.scope.in_scope(both, ["tone"], "0-0")


def test_grades_are_read_back_after_a_resume() -> None:
    given = World()
    context = graded(given)
    found = affected(context, proposal("tone"))
    asked = len(given.asked)
    again = given.context()
    asyncio.run(again.scope.grade_all(given.spec, WHERE))
    assert affected(again, proposal("tone")) == found
    assert len(given.asked) == asked
