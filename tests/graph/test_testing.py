"""screen and trial: near misses, wordings of one change, the alpha of trials that run side by side."""

import asyncio
from collections.abc import Sequence
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from concord.graph.chances import place
from concord.graph.launch import Finished, launch
from concord.graph.testing import screen, trial
from concord.spec import Edit, Proposal
from concord.trials.chances import SHARES, near_miss, offers, shares_after
from concord.trials.ledger import AlphaLedger
from concord.trials.records import Look, Trial

SMALL = {"rounds": 4, "batches": 1, "singles": 1, "trial_conversations": 20, "screen_conversations": 8}


def a_trial(
    outcome: Literal["positive", "futile", "harmful", "ended", "empty"],
    mean: float = 0.2,
    evidence: float = 2.9,
) -> Trial:
    look = Look(
        n=40, mean=mean, statistic=evidence, threshold=3.0, outcome=outcome if outcome != "empty" else "ended"
    )
    return Trial(
        proposal="p", round=1, stage="trial", base="b", candidate="c", rule="r", alpha=0.001, planned=("c1",),
        differences=(mean,), looks=() if outcome == "empty" else (look,), outcome=outcome,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("tests", "near"),
    [
        ([a_trial("ended")], True),
        ([a_trial("ended"), a_trial("ended")], True),
        ([a_trial("ended")] * 3, False),
        ([a_trial("ended", mean=-0.1, evidence=0.1)], False),
        ([a_trial("ended", mean=0.001, evidence=0.1)], False),
        ([a_trial("ended"), a_trial("ended", mean=0.01, evidence=0.1)], False),
        ([a_trial("positive")], False),
        ([a_trial("harmful")], False),
        ([a_trial("empty")], False),
    ],
)
def test_a_near_miss_failed_on_the_good_side_and_had_fewer_than_three_trials(
    tests: Sequence[Trial], near: bool
) -> None:
    assert near_miss(tests) is near


def early(mean: float, *differences: float) -> Trial:
    """A trial that was stopped after these differences of a set of eight."""
    update = {"planned": tuple("abcdefgh"), "differences": differences}
    return a_trial("futile", mean=mean, evidence=0.3).model_copy(update=update)


def test_what_was_stopped_early_gets_another_chance_for_one_share() -> None:
    assert near_miss([early(-0.01, 0.1, -0.12)])
    assert not near_miss([early(-0.2, -0.2, -0.2)])
    assert shares_after([early(-0.01, 0.1, -0.12)]) == 1
    assert shares_after([a_trial("ended")]) == 2
    assert shares_after([a_trial("ended"), a_trial("ended")]) == 4


def test_an_edit_that_moved_nothing_gets_no_other_chance() -> None:
    assert not near_miss([early(0.0, 0.0, 0.0)])


def test_wordings_of_one_change_stand_in_one_place(world: Any) -> None:
    first, second = world.proposal(new="must be kind"), world.proposal(new="should be kind", intent="Softer.")
    assert place(first) == place(second)
    assert place(first) != place(world.proposal(old="The answer", new="It"))
    assert place(first) != place(world.proposal("money"))


def test_the_order_of_its_edits_moves_no_proposal_to_another_place(world: Any) -> None:
    edits = (world.proposal("tone").edits[0], world.proposal("money").edits[0])
    assert place(world.proposal(edits=edits)) == place(world.proposal(edits=edits[::-1]))


def test_paragraphs_at_a_sections_end_are_different_changes(world: Any) -> None:
    def adds(text: str) -> Proposal:
        return world.proposal(edits=(Edit(op="insert", section="tone", text=text),))  # type: ignore[no-any-return]  # a fixture's class

    assert place(adds("Be kind.")) != place(adds("Be warm."))


@given(
    alpha=st.floats(1e-6, 0.5),
    max_trials=st.integers(1, 60),
    rounds=st.lists(
        st.lists(
            st.tuples(st.sampled_from(["adopted", "failed", "empty"]), st.sampled_from(SHARES)), max_size=12
        ),
        max_size=8,
    ),
)
@settings(max_examples=120, derandomize=True, deadline=None)
def test_what_trials_that_adopt_nothing_may_spend_never_exceeds_alpha(
    alpha: float, max_trials: int, rounds: list[list[tuple[str, int]]]
) -> None:
    ledger, spent, tried = AlphaLedger(alpha=alpha, max_trials=max_trials), 0.0, 0
    for wanted in rounds:
        offered = offers(ledger, [shares for _, shares in wanted])
        assert spent + sum(offered) <= alpha * (1 + 1e-9)
        for alone, (outcome, shares) in zip(offered, wanted, strict=False):
            assert alone > 0
            spent += alone * (outcome == "failed")
            tried += outcome != "empty"
            ledger = ledger.after(outcome != "empty", outcome == "adopted", alone, shares=shares)
        assert ledger.spent == pytest.approx(spent)
    assert tried <= max_trials


def test_a_later_chance_takes_several_shares_and_counts_as_so_many_trials() -> None:
    ledger = AlphaLedger(alpha=0.05, max_trials=10)
    assert offers(ledger, [1, 2, 4]) == pytest.approx([0.005, 0.01, 0.02])
    assert offers(ledger, [4, 4, 4]) == pytest.approx([0.02, 0.02, 0.01])
    assert offers(ledger, [4, 4, 2, 1]) == pytest.approx([0.02, 0.02, 0.01])


def test_a_screen_sees_training_and_a_trial_selection_conversations(world: Any) -> None:
    small = world()
    small.grade()
    proposal = world.proposal("tone")
    (screened,) = asyncio.run(screen(small.shop, small.spec, [proposal], 1))
    tried = asyncio.run(trial(small.shop, small.spec, proposal, 1, 0.05))
    assert set(screened.planned) == {"train-0", "train-2", "train-4"}
    assert set(tried.planned) == {f"selection-{n}" for n in range(0, 12, 2)}
    assert (screened.alpha, tried.alpha) == (0.0, 0.05)


def test_another_trial_of_a_near_miss_reads_twice_as_much_twice(world: Any) -> None:
    small = world(selection=60, options={"trial_conversations": 8})
    small.grade()
    first = asyncio.run(trial(small.shop, small.spec, world.proposal("tone"), 1, 1e-9))
    second = asyncio.run(trial(small.shop, small.spec, world.proposal("tone"), 2, 1e-9, again=True))
    assert (len(first.planned), len(second.planned)) == (8, 16)
    assert second.calls == 4 * len(second.differences)


def ended(small: Any) -> Finished:
    finished = asyncio.run(launch(small.setup))
    assert isinstance(finished, Finished)
    return finished


def test_another_wording_is_held_and_tried_after_the_first_failed(world: Any) -> None:
    # On training conversations `nice` looks better than `kind`; on those of selection only `kind` helps.
    def ranked(request: Any) -> dict[str, str]:
        told, train = str(request.data("sections")), request.data("conversation")["id"].startswith("train")
        if "must be nice" in told:
            ranking = "B>A" if train else "A>B"
        else:
            ranking = ("A=B" if train else "B>A") if "must be kind" in told else "A>B"
        return {"explanation": "", "ranking": ranking}

    answers = {"ranker": ranked, **proposing(world, "nice", "kind")}
    small = world(train=20, selection=60, answers=answers, options=SMALL)
    finished = ended(small)
    made = {p.edits[0].text: p.id for p in small.store.proposals.find(base=small.spec.digest)}
    nice, kind = made["must be nice"], made["must be kind"]
    tried = [(t.proposal, t.round, t.outcome == "positive") for t in small.store.trials.find(stage="trial")]
    assert tried == [(nice, 1, False), (kind, 2, True)]
    assert [adopted.id for adopted in finished.summary.adopted] == [kind]
    decided = [d.proposal for d in small.store.decisions.find(by="loop")]
    assert sorted(decided) == sorted(p.id for p in small.store.proposals.find())


def proposing(world: Any, *words: str) -> dict[str, Any]:
    """Proposers that put these words, one wording each, into the spec they read."""

    def propose(request: Any) -> dict[str, Any]:
        edits = [("replace", "tone", "must be short", f"must be {word}") for word in words]
        names = ("op", "section", "anchor", "text")
        return {
            "proposals": [
                {
                    "intent": f"Say {edit[3]}",
                    "kind": "clarification",
                    "edits": [dict(zip(names, edit, strict=True))],
                }
                for edit in edits
            ]
        }

    return {"batch_proposer": propose, "conversation_proposer": propose}
