"""Policies by name from the options, or as objects in their place."""

import pytest

from concord.errors import OptionError
from concord.graph import Options, Policies
from concord.graph.policies import AllRounds, LargestGap, Patience, Progressed, RandomCases
from concord.graph.state import StopReason


def test_options_name_policies() -> None:
    chosen = Policies.of(Options(selection="random", stop="rounds", rounds=3))
    assert isinstance(chosen.selection, RandomCases)
    assert chosen.stopping == AllRounds(3)
    assert isinstance(Policies.of(Options()).selection, LargestGap)
    assert isinstance(Policies.of(Options()).stopping, Patience)


@pytest.mark.parametrize("name", ["selection", "stop", "splitting", "meaning", "rule", "retry"])
def test_a_name_that_nothing_has_is_refused_with_those_there_are(name: str) -> None:
    with pytest.raises(OptionError, match="choose one of"):
        Policies.of(Options.model_validate({name: "magic"}))


def test_an_object_takes_the_place_of_a_name() -> None:
    class OneRound:
        def reason(self, progressed: Progressed) -> StopReason | None:
            return "rounds"

    mine = OneRound()
    assert Policies.of(Options(), stopping=mine).stopping is mine
