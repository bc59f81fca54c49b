"""The two proposers: what they are shown, how long prompts are split, what answers become."""

import asyncio
from collections.abc import Callable
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concord.agents.cases import PEOPLE, RATIONALE, Attempt, Case
from concord.agents.proposers import KEEPING, MOST, Proposer
from concord.agents.records import Ranked
from concord.models.caller import Caller
from concord.models.protocol import Failure, Profile, Request
from concord.models.records import Where
from concord.models.tokens import tokens
from concord.panel.ranking import Ranking
from concord.panel.records import Conversation, Judgement, Message, Response
from concord.prompts.cut import MARK
from concord.spec import Edit, Proposal, Spec
from concord.testing.prompt_reader import read_prompt
from concord.testing.prompt_views import Prompt
from concord.testing.sample_prompts import caller_of
from concord.testing.scripted import Scripted

HERE = Where(round=1, node="propose")
SPEC = Spec.parse("# Kind {#kind}\n\nBe kind.\n\n# Brief {#brief}\n\nBe brief.\n")
CHANGE: dict[str, Any] = {
    "conversations": ["c1"],
    "intent": "Be\n kinder.",
    "kind": "clarification",
    "edits": [{"op": "replace", "section": "kind", "anchor": "Be kind.", "text": "Be very kind."}],
}


def caller(script: Callable[[Request], Scripted], *, context: int | None = None) -> Caller:
    return caller_of(script, Profile(answers="native", concurrency=2, context_tokens=context))


def case(
    id: str = "c",
    words: int = 5,
    rationale: str = "It was rude.",
    people: tuple[Judgement, ...] = (),
    sections: tuple[str, ...] = ("kind",),
) -> Case:
    conversation = Conversation(
        id=id,
        messages=(Message(role="user", content=f"Hello {id}? {'word ' * words}"),),
        responses=tuple(
            Response(label=label, messages=(Message(role="assistant", content=f"Answer {label}."),))
            for label in "AB"
        ),
    )
    ranked = Ranked(
        call="x", question="q", conversation=id, spec=SPEC.digest, sections=("kind",), order=("A", "B"),
        ranking=Ranking.parse("A>B"), explanation="kind asks for A.",
    )  # fmt: skip
    people = people or (Judgement(ranking=Ranking.parse("B>A"), rationale=rationale),)
    return Case(conversation=conversation, ranked=ranked, people=people, sections=sections)


def propose(script: Callable[[Request], Scripted], *batches: list[Case], **more: int) -> list[Proposal]:
    return asyncio.run(Proposer(caller(script), "batch", **more).propose(SPEC, batches, [], HERE))


def prompt(batch: list[Case], tried: tuple[Attempt, ...] = (), **more: Any) -> Prompt:
    request = Proposer(caller(lambda _: {"proposals": []}), "batch").request(SPEC, batch, tried, **more)
    return read_prompt(request.system, request.user)


@pytest.mark.parametrize("origin", ["batch", "conversation"])
def test_a_proposer_sees_the_case_and_what_was_tried_in_words(
    origin: Literal["batch", "conversation"],
) -> None:
    asks = Proposer(caller(lambda _: {"proposals": []}), origin)
    tried = [Attempt(section="brief", intent="Say less.", outcome="no_evidence", note="Nobody gained.")]
    request = asks.request(SPEC, [case()], tried)
    assert [part.name for part in request.parts] == [
        "system", "outline", "sections", "tried", "keeping", "cases"
    ]  # fmt: skip
    assert [part.name for part in request.parts if part.shared] == ["system", "outline"]
    read = read_prompt(request.system, request.user)
    assert read.role == request.role == f"{origin}_proposer"
    assert [section.id for section in read.sections] == ["kind"]
    assert [(each.intent, each.outcome, each.note) for each in read.tried] == [
        ("Say less.", "no_evidence", "Nobody gained.")
    ]
    (shown,) = read.cases
    assert shown.conversation.messages[0].content.startswith("Hello c?")
    assert (shown.ranker, shown.explanation) == ("A>B", "kind asks for A.")
    assert [(each.ranking, each.rationale) for each in shown.shown] == [("B>A", "It was rude.")]
    assert read.most == MOST


def test_the_outline_shows_how_sections_begin_that_are_not_shown_in_full() -> None:
    shown = {section.id: section.text for section in prompt([case()]).outline}
    assert shown == {"kind": "Be kind.", "brief": "Be brief."}


def test_the_two_proposers_differ_in_their_task_alone() -> None:
    batch, single = (
        Proposer(caller(lambda _: {"proposals": []}), origin).request(SPEC, [case()], [])
        for origin in ("batch", "conversation")
    )
    assert batch.user == single.user
    ours, theirs = batch.system.splitlines(), single.system.splitlines()
    assert len(ours) == len(theirs)
    assert sum(one != other for one, other in zip(ours, theirs, strict=True)) == 1
    assert batch.template.split("@")[0] == "batch_proposer"


def test_a_long_rationale_is_cut_at_a_sentence_and_marked() -> None:
    ((shown,),) = ([case.shown[0] for case in prompt([case(rationale="It was so. " * 500)]).cases],)
    assert shown.rationale.endswith(f"It was so. {MARK}")
    assert len(shown.rationale) <= RATIONALE + len(MARK) + 1


def many(*groups: tuple[str, int]) -> tuple[Judgement, ...]:
    """People in the order of the file, each with words of their own."""
    rankings = [ranking for ranking, count in groups for _ in range(count)]
    return tuple(
        Judgement(ranking=Ranking.parse(ranking), rationale=f"Reason {number}.")
        for number, ranking in enumerate(rankings)
    )


def test_everybody_is_counted_and_a_steady_minority_shows() -> None:
    (shown,) = prompt([case(people=many(("B>A", 40), ("A>B", 11)))]).cases
    assert shown.people == 51
    assert shown.aggregate == "B>A"
    assert shown.counts == (("B>A", 40), ("A>B", 11))
    assert len(shown.shown) == PEOPLE


def test_people_are_drawn_by_seed_and_not_the_first_of_the_file() -> None:
    crowd = case(people=many(("B>A", 60), ("A>B", 60)))

    def drawn(seed: int) -> list[str]:
        request = Proposer(caller(lambda _: {"proposals": []}), "batch", seed=seed).request(SPEC, [crowd], ())
        return [each.rationale for each in read_prompt(request.system, request.user).cases[0].shown]

    assert drawn(0) == drawn(0)
    assert drawn(0) != drawn(1)
    first = {f"Reason {number}." for number in range(PEOPLE)}
    assert len(first & set(drawn(0))) < PEOPLE // 2


def test_a_few_conversations_that_must_keep_working_stand_beside_the_cases() -> None:
    agreeing = [case(f"good{n}") for n in range(9)] + [case("other", sections=("brief",)), case("c")]
    shown = [each.conversation for each in prompt([case("c")], agreeing=agreeing).keeping]
    assert len(shown) == KEEPING
    assert all("good" in each.messages[0].content for each in shown)
    assert not {each.key for each in shown} & {"c1"}, "they can't be named as what a change rests on"


def test_what_a_reviewer_set_aside_is_listed_as_closed_with_the_note() -> None:
    tried = (
        Attempt(section="kind", intent="Be kinder.", outcome="set_aside", note="Enough of this."),
        Attempt(section="kind", intent="Be fair.", outcome="screened"),
    )
    closed, open_ = prompt([case()], tried).tried
    assert (closed.closed, closed.note) == (True, "Enough of this.")
    assert (open_.closed, open_.note) == (False, "")


def test_answers_become_proposals_that_rest_on_the_conversations_they_name() -> None:
    answer: dict[str, Any] = {
        "diagnosis": "The text\n says too little.",
        "proposals": [{**CHANGE, "conversations": ["c2", "c2"], "placement": "In kind, as a user rule."}],
    }
    (found,) = propose(lambda _: answer, [case("c"), case("d"), case("e")])
    assert found.intent == "Be kinder."
    assert found.edits == (Edit(op="replace", section="kind", anchor="Be kind.", text="Be very kind."),)
    assert (found.origin, found.conversations, found.base) == ("batch", ("d",), SPEC.digest)
    assert found.diagnosis == "The text says too little."
    assert found.placement == "In kind, as a user rule."


@pytest.mark.parametrize("named", [["c9"], ["k1"], []])
def test_a_proposal_that_rests_on_nothing_shown_is_refused(named: list[str]) -> None:
    answer: dict[str, Any] = {"proposals": [{**CHANGE, "conversations": named}]}
    assert propose(lambda _: answer, [case("c")]) == []


def test_nothing_is_a_fine_answer_and_too_much_is_cut() -> None:
    assert propose(lambda _: {"proposals": []}, [case()]) == []
    assert propose(lambda _: {"proposals": [{**CHANGE, "edits": []}]}, [case()]) == []
    many: list[Any] = [{**CHANGE, "intent": f"Idea {n}."} for n in range(MOST + 3)]
    assert len(propose(lambda _: {"proposals": many}, [case()])) == MOST
    assert propose(lambda _: {"proposals": []}) == []
    assert propose(lambda _: {"proposals": []}, []) == []


def test_a_failed_batch_leaves_the_others() -> None:
    def script(request: Request) -> Scripted:
        if "Hello boom?" in request.user:
            return Failure(message="out of order")
        return "no JSON at all" if "Hello babble?" in request.user else {"proposals": [CHANGE]}

    found = propose(script, [case("boom")], [case("c")], [case("babble")])
    assert [each.conversations for each in found] == [("c",)]


@settings(max_examples=25, deadline=None)
@given(sizes=st.lists(st.integers(1, 700), min_size=1, max_size=12), bound=st.integers(2500, 5000))
def test_batches_that_would_be_too_long_are_split_and_no_case_is_lost(sizes: list[int], bound: int) -> None:
    asked: list[Request] = []

    def script(request: Request) -> Scripted:
        asked.append(request)
        return {"proposals": [{**CHANGE, "conversations": request.expect["conversations"]}]}

    batch = [case(f"c{n}", words) for n, words in enumerate(sizes)]
    found = propose(script, batch, prompt_tokens=bound)
    told = sorted(id_ for each in found for id_ in each.conversations)
    assert told == sorted(one.conversation.id for one in batch)
    for request in asked:
        several = len(request.data("cases")) > 1  # type: ignore[arg-type]
        assert not several or tokens(request.system) + tokens(request.user) <= bound


def test_a_short_context_bounds_a_proposer() -> None:
    batch = [case(f"c{n}", 400) for n in range(8)]
    asks = Proposer(caller(lambda _: {"proposals": [CHANGE]}, context=4000), "batch")
    assert asks.prompt_tokens == 3000
    assert len(asyncio.run(asks.propose(SPEC, [batch], [], HERE))) > 1
