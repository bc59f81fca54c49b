"""Which changes may come back, and what nobody asks for."""

import asyncio
from typing import Any

from concord.graph.chances import shares_of, shut, shut_places
from concord.graph.consolidate import signature
from concord.graph.deciding import reject
from concord.graph.records import Reason
from concord.graph.testing import screen
from concord.models.protocol import Request
from concord.spec import Proposal
from concord.trials.records import Trial


def kept(small: Any, *proposals: Proposal) -> list[str]:
    small.store.proposals.add(proposals)
    return [proposal.id for proposal in proposals]


def tried(small: Any, proposal: str, round: int) -> None:
    small.store.trials.add(
        [
            Trial(
                proposal=proposal, round=round, stage="trial", base="b", candidate="c", rule="r", alpha=0.001,
                planned=("c1",), differences=(0.1,), looks=(), outcome="ended",
            )
        ]
    )  # fmt: skip


def test_a_change_that_screens_dropped_may_come_back_twice(world: Any) -> None:
    small = world()
    # The same change against three bases: three proposals, one signature.
    same = [world.proposal(base=base) for base in ("first", "second", "third")]
    ids = kept(small, *same)
    for id in ids[:2]:
        reject(small.shop, id, 1, "screened", "no promise")
    assert shut(small.store, ids[:2]) == []
    reject(small.shop, ids[2], 3, "screened", "no promise")
    assert shut(small.store, ids) == [signature(same[0])]


def test_what_was_harmful_refuted_or_silent_stays_shut(world: Any) -> None:
    reasons: tuple[Reason, ...] = ("harmful", "refuted", "silent", "no_evidence", "leak", "budget")
    for reason in reasons:
        small = world()
        (id,) = kept(small, world.proposal())
        reject(small.shop, id, 1, reason, "so it came out")
        assert shut(small.store, [id]) == [signature(world.proposal())], reason


def test_a_duplicate_shuts_nothing_that_is_not_shut_already(world: Any) -> None:
    small = world()
    (id,) = kept(small, world.proposal())
    reject(small.shop, id, 1, "duplicate", "said before")
    assert shut(small.store, [id]) == []


def test_a_place_is_shut_after_its_third_trial(world: Any) -> None:
    small = world()
    (id,) = kept(small, world.proposal())
    tried(small, id, 1)
    tried(small, id, 2)
    assert shut_places(small.store) == set()
    tried(small, id, 3)
    assert len(shut_places(small.store)) == 1


def test_later_trials_take_more_shares(world: Any) -> None:
    small = world()
    (id,) = kept(small, world.proposal())
    assert shares_of(small.store, id, 1) == 1
    tried(small, id, 1)
    assert shares_of(small.store, id, 1) == 1
    assert shares_of(small.store, id, 2) == 2
    tried(small, id, 2)
    assert shares_of(small.store, id, 3) == 4


def stances(stance: str) -> Any:
    def answer(request: Request) -> dict[str, Any]:
        keys = [item["key"] for item in request.data("justifications")]  # type: ignore[union-attr,index,call-overload]  # a list of objects, by the prompt's data
        return {"verdicts": [{"justification": key, "stance": stance} for key in keys]}

    return answer


def test_what_nobody_asks_for_is_dropped_before_anything_is_ranked(world: Any) -> None:
    small = world(answers={"validator": stances("silent")})
    small.grade()
    before = small.store.calls.count(role="ranker")
    (found,) = asyncio.run(screen(small.shop, small.spec, [world.proposal()], 1))
    assert (found.outcome, found.rule, found.calls) == ("futile", "hearing", 0)
    assert small.store.calls.count(role="ranker") == before
    assert small.store.verdicts.find() == []


def test_one_voice_in_support_is_enough_to_be_screened(world: Any) -> None:
    small = world(answers={"validator": stances("support")})
    small.grade()
    (found,) = asyncio.run(screen(small.shop, small.spec, [world.proposal()], 1))
    assert found.rule == "race"


def test_too_few_written_words_drop_nothing(world: Any) -> None:
    small = world(people=3, answers={"validator": stances("silent")})
    small.grade()
    (found,) = asyncio.run(screen(small.shop, small.spec, [world.proposal()], 1))
    assert found.rule == "race"


def test_a_hearing_can_be_switched_off(world: Any) -> None:
    small = world(options={"hearing": False}, answers={"validator": stances("silent")})
    small.grade()
    (found,) = asyncio.run(screen(small.shop, small.spec, [world.proposal()], 1))
    assert found.rule == "race"
