"""The validator: what it is shown, what makes a verdict void, who counts how often, and how steady it is."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concord.agents.justifications import JUSTIFICATION, opaque_keys, stands_in
from concord.agents.records import Stance, Strength, Verdict
from concord.agents.validator import Docketed, Justification, Validation, Validator, one_each
from concord.errors import EditError
from concord.models.protocol import Failure, Profile, Request
from concord.models.records import Where
from concord.models.tokens import tokens
from concord.prompts.cut import MARK
from concord.spec import Edit, Proposal
from concord.testing.prompt_reader import read_prompt
from concord.testing.prompt_views import Note, Prompt
from concord.testing.sample_prompts import (
    CONVERSATIONS,
    JUSTIFICATIONS,
    PROPOSAL,
    SPEC,
    caller_of,
    conversation,
)
from concord.testing.scripted import Scripted

HERE = Where(round=1, node="validate")
TALK = conversation("talk", "Hello?", A="Hi.", B="Go away. " * 90)


def written(n: int, text: str = "", participant: str = "") -> Justification:
    return Justification(
        assessment=f"a{n}",
        participant=participant or f"p{n}",
        conversation="talk",
        text=text or f"Reason {n}.",
        ranking="B>A",
    )


def answering(verdict: Callable[[Note], dict[str, str]]) -> Callable[[Request], Scripted]:
    """A model that reads the rendered prompt and answers for each justification, last one first."""

    def script(request: Request) -> Scripted:
        notes = read_prompt(request.system, request.user).justifications
        filled = [
            {"justification": note.key, "reason": "So.", "strength": "mentions", **verdict(note)}
            for note in reversed(notes)
        ]
        return {"verdicts": filled}

    return script


def by_number(note: Note) -> dict[str, str]:
    """Support for even reasons, refute for odd ones."""
    number = int(note.text.split()[1].rstrip("."))
    return {"stance": ("support", "refute")[number % 2], "quote": note.text}


def judge(
    script: Callable[[Request], Scripted],
    items: list[Justification],
    *,
    asked: list[Request] | None = None,
    second: float = 0.0,
    **more: Any,
) -> Validation:
    def kept(request: Request) -> Scripted:
        (asked if asked is not None else []).append(request)
        return script(request)

    context = more.pop("context", None)
    caller = caller_of(kept, Profile(answers="native", concurrency=2, context_tokens=context))
    return asyncio.run(
        Validator(caller, **more).judge(
            PROPOSAL, items, HERE, spec=SPEC, conversations={"talk": TALK, **CONVERSATIONS},
            second_order_share=second,
        )
    )  # fmt: skip


def prompt(*items: Justification, proposal: Proposal = PROPOSAL) -> Prompt:
    request = Validator(caller_of()).request(
        proposal,
        opaque_keys(0, proposal.id, items),
        spec=SPEC,
        conversations={"talk": TALK, **CONVERSATIONS},
    )
    return read_prompt(request.system, request.user)


def test_it_sees_the_intent_and_the_section_before_and_after() -> None:
    (change,) = prompt(JUSTIFICATIONS[0]).proposals
    assert change.intent == PROPOSAL.intent
    (section,) = change.sections
    assert section.id == "money"
    assert "should not recommend" in (section.before or "")
    assert "it should recommend one of them" in (section.after or "")
    assert "should not recommend" not in (section.after or "")


def test_a_new_section_has_no_before() -> None:
    edit = Edit(op="new_section", section="health", text="## Law {#law}\n\nIt should name the law.\n")
    proposal = PROPOSAL.model_copy(update={"edits": (edit,)})
    (section,) = prompt(JUSTIFICATIONS[0], proposal=proposal).proposals[0].sections
    assert (section.id, section.before) == ("law", None)
    assert "It should name the law." in (section.after or "")


def test_each_justification_comes_with_the_prompt_and_the_responses_as_the_person_ranked_them() -> None:
    notes = {note.text: note for note in prompt(*JUSTIFICATIONS).justifications}
    ada, ben = notes[JUSTIFICATIONS[0].text], notes[JUSTIFICATIONS[1].text]
    assert ada.messages[0].content == CONVERSATIONS["loan"].messages[0].content
    assert [(each.rank, each.label) for each in ada.responses] == [(1, "B"), (2, "A"), (3, "C")]
    assert [each.label for each in ben.responses] == ["A", "C", "B"]
    assert ada.responses[0].text == CONVERSATIONS["loan"].responses[1].text


def test_ties_share_a_rank_and_long_texts_are_cut_at_a_sentence_and_marked() -> None:
    item = written(1, "It is so. " * 900).model_copy(update={"ranking": "A=B"})
    (note,) = prompt(item).justifications
    assert [each.rank for each in note.responses] == [1, 1]
    assert note.responses[1].text.endswith(f"Go away. {MARK}")
    assert note.text.endswith(f"It is so. {MARK}")
    assert len(note.text) <= JUSTIFICATION + len(MARK) + 1


@settings(max_examples=20, deadline=None)
@given(count=st.integers(0, 45), batch=st.integers(1, 12))
def test_one_verdict_for_each_justification_however_they_are_batched(count: int, batch: int) -> None:
    asked: list[Request] = []
    found = judge(answering(by_number), [written(n) for n in range(count)], asked=asked, batch=batch)
    assert {verdict.assessment: verdict.stance for verdict in found.verdicts} == {
        f"a{n}": ("support", "refute")[n % 2] for n in range(count)
    }
    for verdict in found.verdicts:
        assert verdict.participant == f"p{verdict.assessment[1:]}"
        assert (verdict.proposal, verdict.source) == (PROPOSAL.id, "scripted")
        assert (verdict.reason, verdict.strength) == ("So.", "mentions")
        assert verdict.quote == f"Reason {verdict.assessment[1:]}."
    assert len(asked) == -(-count // batch)
    assert (found.void, found.unanswered, found.consistency) == ((), (), None)


def test_keys_and_order_are_drawn_and_tell_nothing() -> None:
    items = [written(n) for n in range(20)]
    keyed = opaque_keys(0, "p", items)
    assert keyed == opaque_keys(0, "p", items[::-1])
    assert [item.assessment for item in keyed.values()] != [item.assessment for item in items]
    assert set(keyed) != set(opaque_keys(1, "p", items))
    assert opaque_keys(0, "p", items[3:4]).items() <= keyed.items(), "the company changes no key"


def test_words_that_are_not_there_make_a_verdict_void_and_it_is_asked_again_alone() -> None:
    asked: list[Request] = []

    def invents(note: Note) -> dict[str, str]:
        alone = len(read_prompt(asked[-1].system, asked[-1].user).justifications) == 1
        honest = note.text == "Reason 1." and alone
        quote = note.text if honest or note.text == "Reason 0." else "I want this"
        return {"stance": "support", "quote": quote}

    found = judge(answering(invents), [written(n) for n in range(3)], asked=asked)
    assert [len(read_prompt(each.system, each.user).justifications) for each in asked] == [3, 1, 1]
    assert {verdict.assessment for verdict in found.verdicts} == {"a0", "a1"}
    assert found.void == ("a2",)


def test_silence_needs_no_words() -> None:
    found = judge(answering(lambda _: {"stance": "silent", "quote": "", "strength": "none"}), [written(1)])
    assert [verdict.stance for verdict in found.verdicts] == ["silent"]


@pytest.mark.parametrize(
    ("quote", "stands"),
    [
        ("does the sum", True),
        ("DOES  the\nsum", True),
        ("“does the sum”", True),
        ("does the sum … what to do", True),
        ("what to do … does the sum", False),
        ("does a sum", False),
        ("", False),
        ("...", False),
        (" . ", False),
        ("it", False),
    ],
)
def test_a_quote_stands_where_its_words_stand(quote: str, stands: bool) -> None:
    assert stands_in(quote, 'It "does the sum" and says what to do.') is stands


@pytest.mark.parametrize("text", ["No.", "好い", "«Très bien», dit-il.", "ठीक है।", "ok"])
def test_a_whole_text_stands_in_itself_in_any_language(text: str) -> None:
    assert stands_in(text, text)


@given(st.text(alphabet="abc dé好。.,", min_size=4, max_size=60), st.integers(0, 56), st.integers(4, 60))
def test_any_piece_of_some_length_stands_in_its_text(text: str, start: int, size: int) -> None:
    piece = text[start : start + size]
    if sum(mark.isalnum() for mark in piece) >= 3 and "..." not in text:
        assert stands_in(piece, text)


def test_the_same_words_by_one_person_are_asked_about_once() -> None:
    items = [written(1, "Good."), written(2, " good. ", "p1"), written(3, "Good."), written(4, "Bad.", "p1")]
    found = judge(answering(lambda note: {"stance": "support", "quote": note.text}), items)
    assert {verdict.assessment for verdict in found.verdicts} == {"a1", "a3", "a4"}
    assert found.repeated == ("a2",)


def verdict(stance: Stance, strength: Strength = "mentions", participant: str = "p", n: int = 0) -> Verdict:
    return Verdict(
        proposal="x",
        assessment=f"a{n}",
        participant=participant,
        stance=stance,
        source="s",
        strength=strength,
    )


@pytest.mark.parametrize(
    ("verdicts", "stance"),
    [
        ([verdict("support"), verdict("support"), verdict("refute")], "support"),
        ([verdict("support"), verdict("refute", "asks")], "refute"),
        ([verdict("support"), verdict("refute")], "mixed"),
        ([verdict("mixed"), verdict("silent", "none")], "mixed"),
        ([verdict("mixed"), verdict("support")], "support"),
        ([verdict("silent", "none")] * 3, "silent"),
    ],
)
def test_a_person_counts_once_however_much_they_wrote(verdicts: list[Verdict], stance: Stance) -> None:
    assert one_each(verdicts) == {"p": stance}


def test_a_second_order_on_a_sample_tells_how_steady_it_is() -> None:
    asked: list[Request] = []
    steady = judge(answering(by_number), [written(n) for n in range(20)], asked=asked, second=0.5)
    assert steady.consistency is not None
    assert (steady.consistency.asked, steady.consistency.share) == (10, 1.0)
    orders = [[n.key for n in read_prompt(each.system, each.user).justifications] for each in asked]
    assert len(orders) == 2
    assert [key for key in orders[0] if key in orders[1]] != orders[1], "another order"

    def first_is_best(request: Request) -> Scripted:
        notes = read_prompt(request.system, request.user).justifications
        return answering(
            lambda note: {"stance": "support" if note == notes[0] else "refute", "quote": note.text}
        )(request)

    torn = judge(first_is_best, [written(n) for n in range(20)], second=1.0)
    assert torn.consistency is not None
    assert torn.consistency.same < 20
    assert torn.consistency.opposite == 20 - torn.consistency.same
    assert len(torn.verdicts) == 20, "the second answers add no verdicts"


def test_a_failed_call_leaves_the_others_and_says_whom_it_left_out() -> None:
    def script(request: Request) -> Scripted:
        return Failure(message="down") if "Reason 0." in request.user else answering(by_number)(request)

    found = judge(script, [written(n) for n in range(4)], batch=2)
    assert len(found.verdicts) == len(found.unanswered) == 2
    assert "a0" in found.unanswered


def test_prompts_stay_within_the_bound() -> None:
    asked: list[Request] = []
    items = [written(n, f"Reason {n}. {'It is long. ' * 100}") for n in range(20)]
    found = judge(
        answering(lambda n: {"stance": "support", "quote": n.text[:9]}), items, asked=asked, context=4000
    )
    assert len(found.verdicts) == 20
    assert len(asked) > 1
    assert all(tokens(request.system) + tokens(request.user) <= 3000 for request in asked)


def test_many_proposals_are_asked_side_by_side() -> None:
    others = [PROPOSAL.model_copy(update={"intent": f"Intent {n}."}) for n in range(3)]
    work = [
        Docketed(proposal=each, spec=SPEC, justifications=tuple(written(n) for n in range(count)))
        for count, each in enumerate(others)
    ]
    validator = Validator(caller_of(answering(by_number), Profile(answers="native")))
    found = asyncio.run(validator.judge_all(work, HERE, conversations={"talk": TALK}))
    assert [len(each.verdicts) for each in found] == [0, 1, 2]
    assert [{v.proposal for v in each.verdicts} for each in found[1:]] == [{others[1].id}, {others[2].id}]


def test_a_proposal_that_does_not_apply_is_refused() -> None:
    edit = Edit(op="delete", section="money", anchor="Nothing like it.")
    with pytest.raises(EditError):
        prompt(JUSTIFICATIONS[0], proposal=PROPOSAL.model_copy(update={"edits": (edit,)}))
