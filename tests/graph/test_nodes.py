"""The nodes by themselves: a node that repeats after a crash changes nothing, and nothing that waits is forgotten."""

import asyncio
from typing import Any

import pytest

from concord.graph.measuring import attempts
from concord.graph.nodes import Nodes
from concord.graph.records import Decision
from concord.graph.sealed import Seal
from concord.graph.state import Shard, State, first_reason, first_state, union
from concord.trials.ledger import AlphaLedger
from concord.trials.records import Trial


def nodes(small: Any) -> Nodes:
    return Nodes(small.shop, Seal(small.shop, None, "run"))


def state(small: Any, **more: Any) -> State:
    ledger = AlphaLedger(alpha=0.05, max_trials=10)
    return {**first_state(small.spec.digest, ledger), "round": 1, **more}  # type: ignore[typeddict-item]  # fields by name


def kept(small: Any, *proposals: Any) -> list[str]:
    small.store.proposals.add(proposals)
    return [proposal.id for proposal in proposals]


def reasons(small: Any) -> dict[str, str]:
    return {d.proposal: d.reason for d in small.store.decisions.find(by="loop")}


def changes(request: Any) -> dict[str, Any]:
    edit = {"op": "replace", "section": "tone", "anchor": "must be short", "text": "must be kind"}
    return {"proposals": [{"intent": "Be kind.", "kind": "clarification", "edits": [edit]}]}


def shard(small: Any, origin: Any, *cases: list[str]) -> Shard:
    return Shard(round=1, current=small.spec.digest, origin=origin, cases=list(cases))


def test_the_reducers_take_a_pass_that_repeats() -> None:
    assert (
        union(["a", "b"], ["b", "c"]) == union(union(["a", "b"], ["b", "c"]), ["b", "c"]) == ["a", "b", "c"]
    )
    assert first_reason(None, "budget") == first_reason("budget", "no_improvement") == "budget"


def test_what_waits_is_decided_when_the_budget_ends_while_measuring(world: Any) -> None:
    small = world(max_calls=12)  # all of it is held back for the sealed test
    near, held = kept(small, world.proposal("tone"), world.proposal("money"))
    small.setup.budget.hold(12)
    update = asyncio.run(nodes(small).measure(state(small, round=1, again=[near], held=[held])))
    assert (update["stop"], update["again"], update["held"]) == ("budget", [], [])
    assert reasons(small) == {near: "budget", held: "budget"}


def test_a_wording_waits_while_a_near_miss_of_the_same_change_is_tried_again(world: Any) -> None:
    small = world(options={"screening": False})
    near, other, elsewhere = kept(
        small, world.proposal(), world.proposal(new="must be warm"), world.proposal("money")
    )
    given = state(small, again=[near], candidates=[other, elsewhere])
    update = asyncio.run(nodes(small).screen(given))
    assert update == {"promoted": [elsewhere], "held": [other]}


def test_a_held_wording_that_no_longer_applies_is_a_duplicate(world: Any) -> None:
    small = world(options={"screening": False})
    (held,) = kept(small, world.proposal(old="is not there any more"))
    update = asyncio.run(nodes(small).screen(state(small, held=[held])))
    assert update == {"promoted": [], "held": []}
    assert reasons(small) == {held: "duplicate"}


def test_what_a_proposer_was_paid_for_before_the_budget_ended_is_kept(world: Any) -> None:
    small = world(answers={"conversation_proposer": changes})
    small.grade()
    asyncio.run(nodes(small).measure(state(small, round=0)))
    small.setup.budget.max_calls = small.setup.budget.spent.calls + 1
    cases = shard(small, "conversation", ["train-0"], ["train-2"])
    update = asyncio.run(nodes(small).propose(cases))  # type: ignore[arg-type]  # what Send gives a branch
    assert update["stop"] == "budget"
    assert len(update["proposed"]) == 1


def test_a_consolidate_that_repeats_finds_the_same(world: Any) -> None:
    small = world(answers={"batch_proposer": changes, "conversation_proposer": changes})
    small.grade()
    at = nodes(small)
    asyncio.run(at.measure(state(small, round=0)))
    for cases in (shard(small, "conversation", ["train-4"]), shard(small, "batch", ["train-0", "train-2"])):
        update = asyncio.run(at.propose(cases))  # type: ignore[arg-type]  # what Send gives a branch
    given = state(small, proposed=update["proposed"])
    first = asyncio.run(at.consolidate(given))
    assert asyncio.run(at.consolidate(given)) == first
    (proposal,) = small.store.proposals.find()
    assert first["candidates"] == [proposal.id]
    assert (proposal.origin, set(proposal.conversations)) == ("batch", {"train-0", "train-2", "train-4"})
    assert small.store.note("overlap:0001") == {"proposals": 1, "by_both": 1}


def test_trials_beyond_max_trials_are_turned_away(world: Any) -> None:
    small = world()
    small.grade()
    ids = kept(small, world.proposal("tone"), world.proposal("money"))
    one_left = AlphaLedger(alpha=0.05, max_trials=1).model_dump()
    update = asyncio.run(nodes(small).trial(state(small, promoted=ids, ledger=one_left)))
    assert [t.proposal for t in small.store.trials.find(stage="trial")] == ids[:1]
    assert reasons(small)[ids[1]] == "budget"
    assert ids[1] not in [*update["positive"], *update["again"]]


@pytest.mark.parametrize(
    ("outcomes", "spent"), [("-+", 0.005), ("+-", 0.005), ("--", 0.01), ("++", 0.0), ("0+", 0.0)]
)
def test_the_ledger_is_charged_what_each_trial_was_given(world: Any, outcomes: str, spent: float) -> None:
    small = world()
    ids = kept(small, world.proposal("tone"), world.proposal("money"))
    small.store.trials.add(
        [
            Trial(
                proposal=id, round=1, stage="trial", base=small.spec.digest, candidate="c", rule="r", alpha=0.005,
                planned=(), differences=(), looks=(), outcome={"+": "positive", "-": "ended", "0": "empty"}[mark],
            )
            for id, mark in zip(ids, outcomes, strict=True)
        ]
    )  # fmt: skip
    passed = [id for id, mark in zip(ids, outcomes, strict=True) if mark == "+"]
    update = asyncio.run(nodes(small).adopt(state(small, passed=passed)))
    assert update["ledger"]["spent"] == pytest.approx(spent)
    assert update["ledger"]["tried"] == len(outcomes.replace("0", ""))
    assert update["ledger"]["adopted"] == len(passed)


def test_a_budget_that_ends_while_people_are_heard_stops_the_run(world: Any) -> None:
    small = world()
    small.grade()
    (id,) = kept(small, world.proposal("tone"))
    asyncio.run(nodes(small).trial(state(small, promoted=[id])))
    small.setup.budget.max_calls = small.setup.budget.spent.calls
    update = asyncio.run(nodes(small).validate(state(small, positive=[id])))
    assert update == {"passed": [], "stop": "budget"}
    assert reasons(small) == {id: "budget"}


def test_where_nobody_wrote_a_reason_the_people_are_silent(world: Any) -> None:
    small = world(rationale="")
    small.grade()
    (id,) = kept(small, world.proposal("tone"))
    asyncio.run(nodes(small).trial(state(small, promoted=[id])))
    assert asyncio.run(nodes(small).validate(state(small, positive=[id]))) == {"passed": []}
    assert reasons(small) == {id: "silent"}


def test_people_that_the_runs_splitter_holds_in_reserve_are_heard_by_no_node(world: Any) -> None:
    small = world(people=6, held=3)
    small.grade()
    (id,) = kept(small, world.proposal("tone"))
    asyncio.run(nodes(small).trial(state(small, promoted=[id])))
    asyncio.run(nodes(small).validate(state(small, positive=[id])))
    everybody = {f"p{n}" for n in range(6)}
    assert {verdict.participant for verdict in small.store.verdicts.find()} == everybody
    assert set(small.shop.people.participants) == everybody


def test_proposers_are_told_what_was_tried_and_what_a_reviewer_declined(world: Any) -> None:
    small = world()
    lost, declined = kept(small, world.proposal("tone"), world.proposal("money"))
    small.store.decisions.add(
        [
            Decision(proposal=declined, round=2, by="Ada", decision="set_aside"),
            Decision(proposal=lost, round=1, by="loop", decision="rejected", reason="no_evidence"),
        ]
    )
    told = [(attempt.section, attempt.outcome) for attempt in attempts(small.shop)]
    assert told == [("tone", "no_evidence"), ("money", "set_aside")]
    assert attempts(world(options={"memory": False}, store=small.store).shop) == []


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"stop": "budget"}, "budget"),
        ({"round": 8}, "rounds"),
        ({}, "nothing_to_try"),
        ({"shards": [1], "stale": 1}, "no_improvement"),
        ({"shards": [1], "stale": 0}, None),
        ({"held": ["x"]}, None),
        ({"again": ["x"], "stale": 5}, None),
        ({"ledger": AlphaLedger(alpha=0.05, max_trials=1, tried=1, spent=0.05).model_dump()}, "max_trials"),
    ],
)
def test_why_it_stops(world: Any, more: dict[str, Any], why: str | None) -> None:
    small = world()
    if "shards" in more:
        more = {**more, "shards": [shard(small, "batch", ["train-0"])]}
    assert asyncio.run(nodes(small).adopt(state(small, **more)))["stop"] == why
