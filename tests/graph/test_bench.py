"""The bench: what stands in a ranker's prompt, and that each question is asked once a run."""

import asyncio
from dataclasses import replace
from typing import Any

from concord.agents.records import Ranked
from concord.graph.bench import Bench
from concord.graph.workshop import Workshop
from concord.models.protocol import Failure
from concord.models.records import Where
from concord.spec import Spec, apply

WHERE = Where(round=1, node="trial")
TEXT = (
    "# Manners\n\nHow to behave.\n\n## Tone\n\nShort.\n\n### Tone at night\n\nQuiet.\n\n## Money\n\nShort.\n"
)


def rank(
    small: Any, *draws: str, spec: Spec | None = None, ids: tuple[str, ...] = ("train-0",)
) -> list[Ranked | None]:
    bench = small.shop.bench
    questions = [bench.question(spec or small.spec, id, draw) for draw in draws or ("d",) for id in ids]
    return asyncio.run(bench.rank(questions, WHERE))


def rankers(small: Any) -> list[Any]:
    return [request for request in small.asked if request.role == "ranker"]


def differences(small: Any, after: Spec, ids: list[str], forced: tuple[str, ...] = ()) -> list[float | None]:
    arms = small.shop.bench.arms(WHERE, forced)
    keep = small.shop.bench.keep
    return asyncio.run(arms.differences(keep(small.spec), keep(after), ids, draw="d"))


def test_the_scope_is_what_is_relevant_with_its_ancestors_in_the_documents_order(world: Any) -> None:
    small = world(text=TEXT, answers={"relevance": lambda r: grades(r, "tone_at_night")})
    small.grade()
    assert small.shop.bench.scope(small.spec, "train-0") == ("manners", "tone", "tone_at_night")


def test_full_context_puts_every_section_in(world: Any) -> None:
    small = world(options={"context": "full"})
    assert small.shop.bench.scope(small.spec, "train-0") == small.spec.ids


def test_a_question_without_a_spec_has_no_section(world: Any) -> None:
    question = world().shop.bench.question(None, "train-0", "d")
    assert (question.spec, question.sections) == (None, ())


def test_forced_sections_stand_in_the_prompt_with_their_ancestors_whatever_their_relevance(
    world: Any,
) -> None:
    small = world(text=TEXT, answers={"relevance": lambda r: grades(r, "money")})
    small.grade()
    question = small.shop.bench.question
    assert question(small.spec, "train-0", "d", ["tone_at_night"]).sections == small.spec.ids
    assert question(small.spec, "train-0", "d").sections == ("manners", "money")
    assert question(small.spec, "train-0", "d", full=True).sections == small.spec.ids


def test_a_question_is_asked_once_a_run_also_after_a_resume(world: Any) -> None:
    small = world()
    first = rank(small)
    assert rank(small) == first
    assert len(rankers(small)) == 1
    shop = small.shop
    again = Bench(shop.ranker, shop.grades, shop.people, shop.open, shop.store, shop.options)
    assert asyncio.run(again.rank([again.question(small.spec, "train-0", "d")], WHERE)) == first
    assert small.store.calls.count(role="ranker") == 1


def test_an_edit_outside_its_scope_leaves_a_prompt_as_it_was(world: Any) -> None:
    small = world()
    small.grade()
    rank(small)
    after = apply(small.spec, world.proposal("money").edits)
    assert rank(small, spec=after) == rank(small)
    assert len(rankers(small)) == 1


def test_trials_that_ask_the_same_at_the_same_time_pay_and_record_it_once(world: Any) -> None:
    small = world()
    question = small.shop.bench.question(small.spec, "train-0", "d")

    async def both() -> list[list[Ranked | None]]:
        one, other = Where(node="trial", subject="a"), Where(node="trial", subject="b")
        return await asyncio.gather(*(small.shop.bench.rank([question], each) for each in (one, other)))

    first, second = asyncio.run(both())
    assert first == second != [None]
    assert small.store.calls.count(role="ranker") == 1


def test_another_draw_shows_the_responses_in_another_order(world: Any) -> None:
    small = world()
    orders = {found.order for found in rank(small, *"abcdefgh") if found}
    assert orders == {("A", "B"), ("B", "A")}
    # Also a draw that shows them in an order seen before is asked afresh.
    assert len(rankers(small)) == len("abcdefgh")


def test_both_arms_see_the_responses_in_one_order(world: Any) -> None:
    small = world(selection=10)
    small.grade()
    after = apply(small.spec, world.proposal("tone").edits)
    differences(small, after, small.shop.selection)
    orders: dict[str, set[tuple[str, ...]]] = {}
    for found in small.store.rankings.find():
        orders.setdefault(found.conversation, set()).add(found.order)
    assert {len(found) for found in orders.values()} == {1}
    assert len({order for found in orders.values() for order in found}) == 2


def test_a_difference_is_agreement_under_the_candidate_minus_agreement_under_the_current_text(
    world: Any,
) -> None:
    small = world()
    small.grade()
    proposal = world.proposal("tone")
    after = apply(small.spec, proposal.edits)
    asyncio.run(small.shop.touch.touched(proposal, small.spec, after, small.shop.selection, WHERE))
    # Everybody ranks B before A. The old text puts A first (agreement 0), the new one B (1).
    assert differences(small, after, ["selection-0", "selection-1"]) == [1.0, 0.0]


def test_where_a_call_failed_there_is_no_difference(world: Any) -> None:
    small = world(answers={"ranker": lambda _: Failure(message="down")})
    assert differences(small, small.spec, ["selection-0"]) == [None]


def test_where_all_the_people_of_a_conversation_are_held_in_reserve_there_is_none_either(world: Any) -> None:
    small = world(people=1)
    kept = [a for a in small.setup.panel.assessments if a.id != "selection-0/p0"]
    panel = small.setup.panel.model_copy(update={"assessments": tuple(kept)})
    small.shop = Workshop(replace(small.setup, panel=panel))
    assert differences(small, small.spec, ["selection-0", "selection-1"]) == [None, 0.0]


def test_a_failed_question_is_not_taken_for_an_answer(world: Any) -> None:
    small = world(answers={"ranker": lambda _: Failure(message="down")})
    assert rank(small) == [None]
    small.answers["ranker"] = lambda r: {"explanation": "", "ranking": "A>B"}
    assert str(getattr(rank(small)[0], "ranking", None)) == "A>B"


def grades(request: Any, section: str) -> dict[str, Any]:
    return {
        "grades": [
            {"conversation": each["key"], "section": section, "grade": 4}
            for each in request.data("conversations")
        ]
    }
