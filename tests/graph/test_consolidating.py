"""Which proposals come onto the docket, which are wordings of one change, and why the others don't."""

import asyncio
from collections.abc import Mapping, Sequence

from builders import TEXT, proposal

from concord.graph.consolidating import SCREENS, Consolidated, Made, Past, consolidated
from concord.graph.docket import Entry, proposed
from concord.graph.leaks import RUN_OF_WORDS
from concord.graph.policies import LikeIntents, Meaning
from concord.spec import Proposal, Spec

SPEC = Spec.parse(TEXT)


def run(
    *made: Proposal, folds: Sequence[int] = (), past: Sequence[Past] = (),
    seen: Mapping[str, Sequence[str]] | None = None, meaning: Meaning | None = None,
) -> Consolidated:  # fmt: skip
    shown = tuple(f"0-{number}" for number in range(3))
    given = [Made(proposal=each, fold=(folds[i] if folds else 0), shown=shown) for i, each in enumerate(made)]
    return asyncio.run(consolidated(SPEC, 1, given, past, seen=seen or {}, meaning=meaning or LikeIntents()))


def past(made: Proposal, status: str = "rejected", reason: str = "", *, reopened: bool = False) -> Past:
    entry: Entry = {**proposed(0, made.id, 1), "status": status, "reason": reason}  # type: ignore[typeddict-item]  # a status by name
    return Past(proposal=made, entry=entry, reopened=reopened)


def reasons(found: Consolidated) -> list[str]:
    return [each.reason for each in found.refused]


def test_an_edit_that_applies_is_kept_with_its_fold() -> None:
    (kept,) = run(proposal(), folds=[2]).kept
    assert (kept.fold, kept.wording) == (2, kept.proposal.id)


def test_an_anchor_that_is_not_there_and_an_edit_without_effect_are_refused() -> None:
    assert reasons(run(proposal(anchor="must be long"))) == ["anchor"]
    assert reasons(run(proposal(text="must  be short"))) == ["empty"]


def test_words_out_of_the_data_are_a_leak() -> None:
    copied = " ".join(f"word{number}" for number in range(RUN_OF_WORDS))
    leaky = proposal(text=f"must be kind. {copied}", conversations=["0-0"])
    assert reasons(run(leaky, seen={"0-0": [f"So {copied} it is."]})) == ["leak"]
    also_shown = reasons(run(leaky, seen={"0-1": [f"So {copied} it is."]}))
    assert also_shown == ["leak"], "the proposer saw it, whichever conversation it names"
    assert not reasons(run(leaky, seen={"1-0": [f"So {copied} it is."]}))


def test_equal_edits_of_one_fold_become_one_that_rests_on_both() -> None:
    found = run(
        proposal(conversations=["0-0"]),
        proposal(origin="conversation", intent="kindly", conversations=["0-1"]),
    )
    (kept,) = found.kept
    assert kept.proposal.conversations == ("0-0", "0-1")
    assert reasons(found) == ["duplicate"]
    assert found.overlap.by_both == 1
    assert len(found.overlap.same_text) == 1


def test_equal_edits_of_two_folds_do_not_mix_their_conversations() -> None:
    found = run(
        proposal(conversations=["0-0"]), proposal(intent="kindly", conversations=["1-0"]), folds=[0, 1]
    )
    (kept,) = found.kept
    assert (kept.fold, kept.proposal.conversations) == (0, ("0-0",))


def test_one_spot_and_one_meaning_is_a_rewording_another_meaning_another_edit() -> None:
    first = proposal(op="insert", anchor="must be short.", text=" Be kind.", intent="Be kind to strangers.")
    rewording = proposal(
        op="insert", anchor="must be short.", text=" Stay kind.", intent="Stay kind to strangers."
    )
    other = proposal(
        op="insert", anchor="must be short.", text=" Name sources.", intent="Name sources of figures."
    )
    found = run(first, rewording, other)
    assert [kept.wording for kept in found.kept] == [first.id, first.id, other.id]


def test_must_and_must_not_are_two_changes() -> None:
    does = proposal(text="must be kind", intent="Answers must be kind to strangers.")
    doesnt = proposal(text="must not be kind", intent="Answers must not be kind to strangers.")
    assert len({kept.wording for kept in run(does, doesnt).kept}) == 2


def test_a_rewording_of_an_earlier_rounds_change_is_told() -> None:
    old = proposal(text="must be gentle", intent="Be gentle to strangers.")
    new = proposal(text="must stay gentle", intent="Stay gentle to strangers.")
    (kept,) = run(new, past=[past(old, "retry")]).kept
    assert kept.wording == old.id


def test_the_same_change_does_not_come_back_but_for_what_a_screen_dropped() -> None:
    again = proposal(intent="said anew")
    assert reasons(run(again, past=[past(proposal(), reason="no_evidence")])) == ["duplicate"]
    screened = [past(proposal(intent=f"try {n}"), reason="screened") for n in range(SCREENS)]
    assert run(again, past=screened[:-1]).kept
    assert reasons(run(again, past=screened)) == ["duplicate"]


def test_what_a_reviewer_set_aside_closes_its_target_in_other_words_too() -> None:
    no = past(proposal(text="must be kind", intent="Answers must be kind."), reason="set_aside")
    softer = proposal(text="should be kind", intent="Answers should be kind.")
    elsewhere = proposal("tone", "The answer", "A kind answer", intent="Answers should be kind.")
    assert reasons(run(softer, past=[no])) == ["set_aside"]
    assert reasons(run(elsewhere, past=[no])) == ["set_aside"]
    other = proposal("money", intent="Be careful with figures.")
    assert run(other, past=[no]).kept


def test_a_reopened_target_is_open() -> None:
    no = past(proposal(text="must be kind"), reason="set_aside", reopened=True)
    assert run(proposal(text="should be kind"), past=[no]).kept


def test_another_rule_after_the_same_sentence_is_not_closed_by_it() -> None:
    anchor = "must be short."
    no = past(proposal(op="insert", anchor=anchor, text=" Be kind.", intent="Be kind."), reason="set_aside")
    other = proposal(op="insert", anchor=anchor, text=" Name sources.", intent="Name sources of figures.")
    assert run(other, past=[no]).kept


def test_a_new_sections_authority_is_lowered_to_what_its_place_allows() -> None:
    text = "## Plants {#plants authority=root}\n\nBe kind.\n"
    bold = proposal("money", anchor="", text=text, op="new_section")
    (kept,) = run(bold).kept
    assert "authority=user" in kept.proposal.edits[0].text
    person = bold.model_copy(update={"origin": "human"})
    assert "authority=root" in run(person).kept[0].proposal.edits[0].text


def test_overlap_counts_changes_by_origin() -> None:
    batch = proposal(text="must be gentle", intent="Be gentle to strangers.")
    single = proposal(text="must stay gentle", intent="Stay gentle to strangers.", origin="conversation")
    overlap = run(batch, single, proposal("money")).overlap
    assert (overlap.proposals, overlap.changes, overlap.by_both) == (3, 2, 1)
    assert overlap.rewordings == ((batch.id, single.id),)
    assert overlap.same_text == ()
