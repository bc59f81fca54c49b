"""When the loop ends, and which reason it gives."""

import pytest

from concord.graph.policies import AllRounds, Patience, Progressed
from concord.graph.state import StopReason


def progressed(**changed: object) -> Progressed:
    given = {"round": 2, "rounds_since_adoption": 0, "waiting": 0, "selected": True, "trials_left": 10}
    return Progressed.model_validate({**given, **changed})


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, None),
        ({"trials_left": 0}, "max_trials"),
        ({"round": 5}, "rounds"),
        ({"rounds_since_adoption": 2}, "no_improvement"),
        ({"rounds_since_adoption": 2, "waiting": 1}, None),
        ({"selected": False}, "nothing_to_try"),
        ({"selected": False, "waiting": 1}, None),
    ],
)
def test_patience(changed: dict[str, object], reason: StopReason | None) -> None:
    assert Patience(rounds=5, patience=2).reason(progressed(**changed)) == reason


def test_all_rounds_goes_on_whatever_comes_of_it() -> None:
    policy = AllRounds(rounds=5)
    assert policy.reason(progressed(rounds_since_adoption=4, selected=False)) is None
    assert policy.reason(progressed(round=5)) == "rounds"
    assert policy.reason(progressed(trials_left=0)) == "max_trials"
