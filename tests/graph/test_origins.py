"""Three origins, one picture: same section and same meaning, told by a model in both orders."""

import asyncio
from collections.abc import Callable
from typing import Any

from builders import proposal

from concord.agents.meaning import MeaningComparer
from concord.graph.origins import overlap
from concord.graph.records import OriginsRecord
from concord.models.protocol import Request
from concord.spec import Proposal
from concord.testing.sample_prompts import caller_of
from concord.testing.scripted import Scripted

KIND = proposal(intent="An answer must be kind.")
FRIENDLY = proposal(text="must be friendly", intent="An answer must be friendly.", origin="human")
NOT_KIND = proposal(text="must not be kind", intent="An answer must not be kind.", origin="conversation")
ELSEWHERE = proposal(section="money", intent="An answer must be kind.", origin="human")


def answers(same: Callable[[str, str], bool]) -> Callable[[Request], Scripted]:
    def answer(request: Request) -> Scripted:
        first, second = (each["intent"] for each in _pair(request))
        return {"reason": "As asked.", "answer": "same" if same(first, second) else "different"}

    return answer


def _pair(request: Request) -> list[dict[str, Any]]:
    found: Any = request.data("proposals")
    return list(found)


def found(*proposals: Proposal, same: Callable[[str, str], bool]) -> OriginsRecord:
    return asyncio.run(overlap(MeaningComparer(caller_of(answers(same))), proposals, {}))


def alike(one: str, other: str) -> bool:
    return "not" not in one + other


def test_what_two_origins_say_in_other_words_is_one_change() -> None:
    record = found(KIND, FRIENDLY, NOT_KIND, ELSEWHERE, same=alike)
    assert record.changes == {"batch": 1, "conversation": 1, "human": 2}
    assert record.shared["batch + human"] == 1
    assert record.shared["batch + conversation"] == 0
    assert record.total == 3
    assert record.share == 1 / 3
    assert [(pair.first, pair.second) for pair in record.pairs] == [(KIND.id, FRIENDLY.id)]


def test_the_nearest_words_that_mean_the_opposite_stay_two_changes() -> None:
    record = found(KIND, NOT_KIND, same=alike)
    assert record.share == 0.0
    assert record.compared == 1


def test_an_order_that_disagrees_makes_two_changes_of_it_and_is_counted() -> None:
    record = found(KIND, FRIENDLY, same=lambda one, _: "kind" in one)
    assert record.torn == 1
    assert record.share == 0.0


def test_equal_edits_are_one_change_and_nobody_is_asked() -> None:
    twin = proposal(intent="Be nice.", origin="conversation")
    record = found(KIND, twin, same=lambda *_: False)
    assert record.compared == 0
    assert record.share == 1.0
    assert record.pairs[0].same_text


def test_other_sections_are_not_compared_and_no_proposals_have_no_share() -> None:
    assert found(KIND, ELSEWHERE, same=alike).compared == 0
    assert found(same=alike).share is None
