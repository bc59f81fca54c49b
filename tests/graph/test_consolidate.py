"""consolidate: which proposals are worth a screen, and the true reason against the others."""

import pytest

from concord.graph.consolidate import RUN_OF_WORDS, Consolidated, consolidate, signature
from concord.spec import Edit, Origin, Proposal, Spec, apply

SPEC = Spec.parse(
    "# Manners\n\nHow to behave.\n\n## Tone\n\nBe brief. One two three four five six seven eight.\n"
)
WORDS = "the quick brown fox jumps over the lazy dog"


def proposal(
    text: str = "Be kind.", *, anchor: str = "Be brief.", intent: str = "Kinder.", origin: Origin = "batch",
    conversations: tuple[str, ...] = ("c1",),
) -> Proposal:  # fmt: skip
    edit = Edit(op="replace", section="tone", anchor=anchor, text=text)
    return Proposal(
        edits=(edit,), intent=intent, kind="clarification", origin=origin, conversations=conversations
    )


def checked(*proposals: Proposal, data: str = "", tried: tuple[str, ...] = ()) -> Consolidated:
    return consolidate(SPEC, proposals, {"c1": [data]}, tried)


def reasons(found: Consolidated) -> list[str]:
    return [refusal.reason for refusal in found.refused]


def test_what_applies_and_changes_something_is_kept() -> None:
    good = proposal()
    assert checked(good) == Consolidated(kept=(good,), refused=(), overlap=0)


def test_an_edit_that_does_not_apply_is_refused_with_what_was_wrong() -> None:
    found = checked(proposal(anchor="Be loud."))
    assert reasons(found) == ["anchor"]
    assert "tone" in found.refused[0].note


@pytest.mark.parametrize("text", ["Be brief.", "Be  brief.", "Be\nbrief."])
def test_an_edit_that_moves_blanks_at_most_is_empty(text: str) -> None:
    assert reasons(checked(proposal(text))) == ["empty"]


def test_a_run_of_words_out_of_the_data_is_a_leak() -> None:
    run = " ".join(WORDS.split()[:RUN_OF_WORDS])
    found = checked(proposal(f"Be brief: {run}."), data=f"I said: {WORDS.upper()}!")
    assert reasons(found) == ["leak"]
    assert run in found.refused[0].note


def test_a_shorter_run_is_none() -> None:
    assert not checked(proposal(" ".join(WORDS.split()[: RUN_OF_WORDS - 1])), data=WORDS).refused


def test_words_that_the_spec_has_already_are_no_leak() -> None:
    own = "one two three four five six seven eight"
    assert not checked(proposal(f"Be kind, {own}."), data=f"They quoted {own} at me").refused


def test_only_what_its_proposer_saw_can_leak() -> None:
    assert not checked(proposal(WORDS, conversations=("c2",)), data=WORDS).refused


def test_the_same_change_is_kept_once_whatever_its_intent_blanks_and_case() -> None:
    first, second = proposal(), proposal("be  KIND.", intent="Another reason.")
    found = checked(first, second)
    assert [kept.id for kept in found.kept] == [first.id]
    assert reasons(found) == ["duplicate"]
    assert first.id in found.refused[0].note


def test_one_change_by_both_proposers_is_their_overlap_and_keeps_the_conversations_of_both() -> None:
    found = checked(proposal(), proposal(origin="conversation", conversations=("c2", "c1"), intent="Mine."))
    assert found.overlap == 1
    assert found.kept[0].conversations == ("c1", "c2")
    assert found.kept[0].origin == "batch"


def test_the_very_same_proposal_by_both_proposers_is_kept_and_not_refused_too() -> None:
    found = checked(proposal(), proposal(origin="conversation", conversations=("c2",)))
    assert (len(found.kept), found.refused, found.overlap) == (1, (), 1)


def test_one_change_twice_by_one_proposer_is_no_overlap() -> None:
    assert checked(proposal(), proposal(intent="Again.")).overlap == 0


def test_what_was_tried_in_an_earlier_round_is_a_duplicate() -> None:
    found = checked(proposal(intent="Once more."), tried=(signature(proposal()),))
    assert reasons(found) == ["duplicate"]
    assert "earlier round" in found.refused[0].note


def test_the_spec_given_is_the_one_that_counts() -> None:
    later = apply(SPEC, proposal().edits)
    assert [r.reason for r in consolidate(later, [proposal()], {}, ()).refused] == ["anchor"]
