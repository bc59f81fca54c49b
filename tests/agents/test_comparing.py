"""Agents that compare and group: meaning in both orders, the kind with its sentence, themes with counts."""

import asyncio
from collections.abc import Callable

import pytest

from concord.agents.justifications import Justification
from concord.agents.kind import KindClassifier, KindFound, in_view
from concord.agents.meaning import Comparison, MeaningComparer
from concord.agents.themes import ThemeFinder, Themes
from concord.models.protocol import Failure, Profile, Request
from concord.models.records import Where
from concord.spec import Edit
from concord.testing.prompt_reader import read_prompt
from concord.testing.sample_prompts import PROPOSAL, SPEC, caller_of
from concord.testing.scripted import Scripted

HERE = Where(round=1, node="consolidate")
OTHER = PROPOSAL.model_copy(update={"intent": "Recommend nothing."})
NATIVE = Profile(answers="native")


def compared(script: Callable[[Request], Scripted], *pairs: tuple[str, str]) -> list[Comparison]:
    proposals = [
        (PROPOSAL.model_copy(update={"intent": one}), PROPOSAL.model_copy(update={"intent": other}))
        for one, other in pairs
    ]
    return asyncio.run(MeaningComparer(caller_of(script, NATIVE)).compared(proposals, HERE))


def intents(request: Request) -> tuple[str, str]:
    first, second = read_prompt(request.system, request.user).proposals
    return first.intent, second.intent


def test_a_pair_is_the_same_when_both_orders_say_so() -> None:
    def script(request: Request) -> Scripted:
        return {"reason": "So.", "answer": "same" if set(intents(request)) == {"a", "b"} else "different"}

    found = compared(script, ("a", "b"), ("a", "c"))
    assert [(each.same, each.torn, each.answered) for each in found] == [
        (True, False, True), (False, False, True)
    ]  # fmt: skip


def test_an_answer_that_hangs_on_the_order_is_no_sameness() -> None:
    def script(request: Request) -> Scripted:
        return {"reason": "So.", "answer": "same" if intents(request)[0] == "a" else "different"}

    (found,) = compared(script, ("a", "b"))
    assert (found.same, found.torn) == (False, True)


def test_a_failed_call_merges_nothing() -> None:
    def script(request: Request) -> Scripted:
        return Failure(message="down") if intents(request)[0] == "a" else {"reason": "", "answer": "same"}

    (found,) = compared(script, ("a", "b"))
    assert (found.same, found.answered) == (False, False)


def test_pairs_come_back_in_their_order_as_plain_answers() -> None:
    comparer = MeaningComparer(caller_of(lambda _: {"reason": "", "answer": "same"}, NATIVE))
    assert asyncio.run(comparer.compare([(PROPOSAL, OTHER)] * 3, HERE)) == [True] * 3
    assert asyncio.run(comparer.compare([], HERE)) == []


def kind(script: Callable[[Request], Scripted]) -> KindFound | None:
    (found,) = asyncio.run(KindClassifier(caller_of(script, NATIVE)).classify(SPEC, [PROPOSAL], HERE))
    return found


def test_the_kind_comes_with_a_sentence_of_the_spec_and_is_held_against_the_claim() -> None:
    sentence = "It should not recommend one of them."
    found = kind(lambda _: {"sentence": sentence, "reason": "Turned round.", "kind": "clarification"})
    assert found is not None
    assert (found.kind, found.sentence, found.claimed, found.agrees) == (
        "clarification", sentence, "change_of_principle", False
    )  # fmt: skip


def test_a_sentence_that_is_not_the_specs_is_no_answer() -> None:
    assert kind(lambda _: {"sentence": "Be rich.", "reason": "", "kind": "clarification"}) is None


def test_the_classifier_is_not_told_what_the_proposer_claims() -> None:
    request = KindClassifier(caller_of()).request(SPEC, PROPOSAL)
    claimed = PROPOSAL.model_copy(update={"kind": "clarification"})
    told = KindClassifier(caller_of()).request(SPEC, claimed)
    assert [part.data for part in request.parts][1] == [part.data for part in told.parts][1]
    assert request.user == told.user


def test_a_new_section_is_seen_beside_its_neighbours() -> None:
    edit = Edit(op="new_section", section="health", text="## Law\n\nName it.\n")
    assert in_view(SPEC, [edit]) == ["advice", "money", "health"]
    assert in_view(SPEC, PROPOSAL.edits) == ["advice", "money"]


def written(count: int) -> list[Justification]:
    return [
        Justification(
            assessment=f"a{n}", participant=f"p{n // 2}", conversation="loan", ranking="A>B",
            text=f"{'Be brief' if n % 3 else 'Be long'}, says {n}.",
        )
        for n in range(count)
    ]  # fmt: skip


def themed(script: Callable[[Request], Scripted], count: int, batch: int = 150) -> Themes:
    finder = ThemeFinder(caller_of(script, NATIVE), batch=batch)
    (found,) = asyncio.run(finder.group(SPEC, [("money", written(count))], HERE))
    return found


def by_words(request: Request) -> Scripted:
    read = read_prompt(request.system, request.user)
    members: dict[str, list[str]] = {"Brief": [], "Long": []}
    for note in read.justifications:
        members["Brief" if "brief" in note.text else "Long"].append(note.key)
    themes = [{"title": t, "about": f"{t}.", "justifications": keys} for t, keys in members.items()]
    return {"themes": themes}


@pytest.mark.parametrize("batch", [150, 4])
def test_themes_cite_assessments_and_count_people_however_they_are_batched(batch: int) -> None:
    found = themed(by_words, 12, batch)
    assert [theme.title for theme in found.themes] == ["Brief", "Long"]
    brief, long_ = found.themes
    assert set(long_.assessments) == {"a0", "a3", "a6", "a9"}
    assert len(brief.assessments) == 8
    assert (brief.people, long_.people) == (6, 4)
    assert (found.section, found.read, found.unread) == ("money", 12, 0)


def test_later_calls_are_held_to_the_themes_found_first() -> None:
    def drifts(request: Request) -> Scripted:
        given = read_prompt(request.system, request.user).themes
        if not given:
            return by_words(request)
        return {"themes": [{"title": "Another", "about": "", "justifications": []}]}

    found = themed(drifts, 12, batch=4)
    assert (found.read, found.unread) == (4, 8)


def test_a_key_that_was_not_shown_is_no_answer() -> None:
    answer = {"themes": [{"title": "X", "about": "", "justifications": ["nobody"]}]}
    assert themed(lambda _: answer, 3).themes == ()
