"""The question at a terminal: what speaks against an edit stands there before anybody answers."""

import io

import pytest

from concord.graph.question import Question
from concord.review.question import show_question
from concord.review.terminal import Terminal


def shown(**more: object) -> str:
    question = Question.model_validate(
        {
            "proposal": "p1", "number": 1, "of": 2, "round": 1, "intent": "Be kind.", "kind": "clarification",
            "origin": "batch", "label": "likely", "needs_person": False, "reason": "", "effect": None, "support": None,
            "redline": "", "flags": (), **more,
        }
    )  # fmt: skip
    out = io.StringIO()
    show_question(Terminal(file=out, width=300), question)
    return out.getvalue()


@pytest.mark.parametrize("field", ["conflicts", "refuting"])
def test_what_speaks_against_it_is_said(field: str) -> None:
    assert "! it is against money" in shown(**{field: ("it is against money",)})
    assert "!" not in shown()


def test_hidden_characters_in_it_are_spelled_out() -> None:
    assert "⟨U+202E⟩" in shown(conflicts=("right \u202e left",))
