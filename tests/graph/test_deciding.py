"""decide: what passed its trial and the people's words stays only if it holds together with the rest."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest

from concord.agents.records import Stance, Verdict
from concord.errors import BudgetEnded
from concord.graph.deciding import Passed, decide, reject, undecided, weigh_voices
from concord.graph.launch import Finished, Paused, launch
from concord.graph.testing import trial
from concord.spec import Edit, Proposal

EITHER: dict[str, Any] = {
    "relevance": lambda request: everything(request),
    "ranker": lambda r: {
        "explanation": "",
        "ranking": "B>A" if "be kind" in str(r.data("sections")) else "A>B",
    },
}
"""Every section bears on every conversation, and a kind word anywhere pleases."""


def passed(small: Any, *proposals: Proposal, round: int = 1) -> list[Passed]:
    """These proposals as their trials leave them."""
    small.grade()
    tests = [asyncio.run(trial(small.shop, small.spec, p, round, 0.05)) for p in proposals]
    assert all(found.outcome == "positive" for found in tests)
    small.shop.store.trials.add(tests)
    return [Passed(proposal=p, trial=t, evidence={}) for p, t in zip(proposals, tests, strict=True)]


def decided(small: Any, standing: list[Passed]) -> list[str]:
    lined, ended = asyncio.run(decide(small.shop, small.spec, standing, 1))
    assert ended is None
    return [each.proposal.id for each in lined]


def rejections(small: Any) -> dict[str, str | None]:
    return {d.proposal: d.reason for d in small.store.decisions.find(by="loop", decision="rejected")}


def test_edits_that_touch_different_conversations_both_stay(world: Any) -> None:
    small = world(selection=40)
    tone, money = world.proposal("tone"), world.proposal("money")
    assert set(decided(small, passed(small, tone, money))) == {tone.id, money.id}
    assert small.store.trials.find(stage="retest") == []
    assert rejections(small) == {}


def test_a_second_edit_that_adds_nothing_on_top_of_the_first_is_a_conflict(world: Any) -> None:
    small = world(selection=40, answers=EITHER)
    tone, money = world.proposal("tone"), world.proposal("money")
    (stays,) = decided(small, passed(small, tone, money))
    (goes,) = {tone.id, money.id} - {stays}
    assert rejections(small) == {goes: "conflict"}
    (retest,) = small.store.trials.find(stage="retest")
    assert retest.proposal == goes
    assert retest.outcome != "positive"


def test_an_edit_whose_text_the_one_before_it_changed_is_a_conflict_too(world: Any) -> None:
    small = world(selection=40)
    first, second = world.proposal(), world.proposal(new="must be kind and warm")
    (stays,) = decided(small, passed(small, first, second))
    assert rejections(small) == {({first.id, second.id} - {stays}).pop(): "conflict"}


def test_an_edit_that_does_harm_outside_its_set_is_turned_back(world: Any) -> None:
    def ranker(request: Any) -> dict[str, str]:
        about = request.data("conversation")["messages"][0]["content"]
        kind = "must be kind" in str(request.data("sections"))
        better = kind if about.startswith("Tone") else not kind
        return {"explanation": "", "ranking": "B>A" if better else "A>B"}

    small = world(selection=40, answers={"ranker": ranker})
    harmful = world.proposal("tone")
    assert decided(small, passed(small, harmful)) == []
    assert rejections(small) == {harmful.id: "harmful"}
    (outside,) = small.store.trials.find(stage="outside")
    assert all(int(id.split("-")[1]) % 2 for id in outside.planned)


def test_no_look_outside_where_none_is_wanted(world: Any) -> None:
    small = world(selection=40, options={"outside_sample": 0})
    assert decided(small, passed(small, world.proposal("tone")))
    assert small.store.trials.find(stage="outside") == []


def test_the_order_of_those_that_stand_changes_nothing(world: Any) -> None:
    small = world(selection=40, answers=EITHER)
    standing = passed(small, world.proposal("tone"), world.proposal("money"))
    assert decided(small, standing) == decided(small, standing[::-1])


def test_what_was_lined_up_before_the_budget_ended_stays(world: Any) -> None:
    small = world(selection=40, options={"outside_sample": 0}, answers=EITHER)
    standing = passed(small, world.proposal("tone"), world.proposal("money"))
    budget = small.setup.budget
    budget.max_calls = budget.spent.calls
    lined, ended = asyncio.run(decide(small.shop, small.spec, standing, 1))
    assert isinstance(ended, BudgetEnded)
    assert len(lined) == 1
    assert list(rejections(small).values()) == ["budget"]


def verdicts(*stances: Stance, people: tuple[str, ...] = ()) -> list[Verdict]:
    return [
        Verdict(proposal="p", assessment=f"a{n}", participant=people[n] if people else f"p{n}", stance=stance, source="m")
        for n, stance in enumerate(stances)
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("stances", "reason"),
    [(["support"] * 8, None), (["refute"] * 8, "refuted"), (["support"] * 4 + ["refute"] * 4, "silent"),
     (["silent"] * 8, "silent"), ([], "silent")],
)  # fmt: skip
def test_the_peoples_words_refute_or_are_silent(
    world: Any, stances: list[Stance], reason: str | None
) -> None:
    found, figures = weigh_voices(world(people=9).shop, verdicts(*stances))
    assert found == reason
    assert figures["support"] == stances.count("support")


def test_silence_is_adopted_only_where_that_was_asked_for_and_a_refutation_never(world: Any) -> None:
    shop = world(options={"adopt_silent": True}).shop
    assert weigh_voices(shop, verdicts(*["silent"] * 8))[0] is None
    assert weigh_voices(shop, [])[0] is None
    assert weigh_voices(shop, verdicts(*["refute"] * 8))[0] == "refuted"


def test_one_person_counts_once(world: Any) -> None:
    found, figures = weigh_voices(world().shop, verdicts(*["support"] * 8, people=("p0",) * 8))
    assert (found, figures["support"]) == ("silent", 1)


def test_groups_are_told_apart_unless_they_are_small(world: Any) -> None:
    small = world(people=9)
    for n, person in enumerate(small.setup.panel.participants.values()):
        person.__dict__["demographics"] = {"country": "here" if n < 6 else "there"}
    _, figures = weigh_voices(small.shop, verdicts(*["support"] * 8))
    assert list(figures["groups"]["country"]) == ["here"]
    assert figures["hidden_groups"] == 1


def test_a_rejection_is_written_once(world: Any) -> None:
    shop = world().shop
    for _ in range(2):
        reject(shop, "p", 1, "empty", "nothing changes")
    (found,) = shop.store.decisions.find(by="loop")
    assert (found.decision, found.reason, found.note) == ("rejected", "empty", "nothing changes")


def looped(small: Any, *answers: str) -> tuple[Finished | Paused, list[str]]:
    asked: list[str] = []

    async def approver(question: Mapping[str, Any]) -> dict[str, str]:
        asked.append(question["proposal"])
        return {"decision": answers[len(asked) - 1], "name": "Ada", "note": "read it"}

    return asyncio.run(launch(small.setup, approver=approver)), asked


def two_mends(request: Any) -> dict[str, Any]:
    """One change to each section."""
    edits = [
        Edit(op="replace", section=id, anchor="must be short", text="must be kind")
        for id in ("tone", "money")
    ]
    return {
        "proposals": [
            {"intent": f"Kind about {edit.section}.", "kind": "clarification", "edits": [edit.model_dump()]}
            for edit in edits
        ]
    }


@pytest.mark.parametrize(
    "answers", [("adopt", "set_aside"), ("defer", "adopt"), ("stop",), ("adopt", "stop")]
)
def test_what_a_reviewer_declines_or_leaves_keeps_the_reviewers_decision(
    world: Any, answers: tuple[str, ...]
) -> None:
    small = world(
        train=20, selection=60, answers={"batch_proposer": two_mends}, options={"rounds": 1, "approve": True}
    )
    ended, asked = looped(small, *answers)
    assert isinstance(ended, Finished)
    assert len(asked) == len(answers)
    made = {proposal.id for proposal in small.store.proposals.find()}
    assert len(made) == 2
    said = {d.proposal: d.decision for d in small.store.decisions.find(by="Ada")}
    assert set(said) == made
    expected = ["defer" if answer == "stop" else answer for answer in answers]
    assert [said[id] for id in asked] == expected
    adopted = [id for id, answer in zip(asked, answers, strict=True) if answer == "adopt"]
    assert [one.id for one in ended.summary.adopted] == adopted
    assert (ended.summary.stop_reason == "stopped_by_reviewer") == ("stop" in answers)


def everything(request: Any) -> dict[str, Any]:
    return {
        "grades": [
            {"conversation": each["key"], "section": section["id"], "grade": 5}
            for section in request.data("sections")
            for each in request.data("conversations")
        ]
    }


def verdict(number: int, stance: Stance) -> Verdict:
    return Verdict(
        proposal="p", assessment=f"a{number}", participant=f"p{number}", stance=stance, source="model"
    )


@pytest.mark.parametrize(
    ("support", "refute", "more"),
    [
        (28, 15, True),
        (40, 15, False),
        (6, 5, False),
        (6, 4, True),
        (5, 5, False),
        (30, 0, False),
        (0, 0, False),
    ],
)
def test_everybody_is_asked_where_most_support_but_too_few_were_heard(
    support: int, refute: int, more: bool
) -> None:
    stances: list[Stance] = ["support"] * support + ["refute"] * refute + ["silent"] * 9
    assert undecided([verdict(number, stance) for number, stance in enumerate(stances)]) is more
