"""When two edits in one spot are wordings of one change."""

import asyncio

import pytest
from builders import proposal

from concord.graph.policies import LikeIntents, SameTarget


def same(first: str, second: str) -> bool:
    one, other = proposal(intent=first), proposal(intent=second)
    return asyncio.run(LikeIntents().same(one, other))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Answers must be kind to the user.", "The answer must be kind to users."),
        ("Name the sources of figures.", "Name sources for the figures."),
    ],
)
def test_like_intents_are_one_change(first: str, second: str) -> None:
    assert same(first, second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Answers must be kind to the user.", "Answers must not be kind to the user."),
        ("Answers must name their sources.", "Answers may name their sources."),
        ("Answers always name their sources.", "Answers never name their sources."),
        ("Answers name sources.", "Answers name sources only when asked."),
        ("Answers must be kind to the user.", "Answers must ask a question about the budget."),
    ],
)
def test_a_modal_verb_a_negation_or_another_matter_makes_another_change(first: str, second: str) -> None:
    assert not same(first, second)


def test_by_target_every_edit_in_a_spot_is_one_change() -> None:
    one, other = proposal(intent="Be kind."), proposal(intent="Ask about money.")
    assert asyncio.run(SameTarget().same(one, other))
