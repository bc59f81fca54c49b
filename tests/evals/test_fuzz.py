"""Fuzzing: a moment of it leaves nothing, and what is broken is found."""

import asyncio

import pytest

from concord.evals import fuzz
from concord.panel.ranking import Ranking


@pytest.mark.parametrize("target", fuzz.TARGETS)
def test_a_moment_of_hostile_input_leaves_nothing(target: fuzz.Target) -> None:
    tried, finds, _ = fuzz.fuzzed(target, 0.0, at_once=60)
    assert finds == []
    assert tried >= 50


def test_what_breaks_is_found_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    def parse(text: str, labels: object = None) -> object:
        return text[99]

    monkeypatch.setattr(Ranking, "parse", parse)
    figures = asyncio.run(fuzz.run(fuzz.Config(targets=("rankings",), seconds=0.01)))
    assert figures["finds"] == 1
