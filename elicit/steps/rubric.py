"""Rubric items: how much each matters in an answer to this prompt, and one's own."""

from collections.abc import Mapping
from typing import Any

from pydantic import JsonValue

from ..records import Item, Study
from .protocol import Asked, Form, Given, Where

LOWEST, HIGHEST = -10, 10
"""The release's scale: -10 an answer must not do it, 0 it doesn't matter, 10 an answer must do it."""
OWN = 3
"""Boxes for items of one's own."""
OWN_TEXT = 1000


class Rubric:
    """Scores for the written items, and up to three of one's own. None has to be scored."""

    name = "rubric"
    title = "what matters"
    template = "rubric.html"
    where: Where = "item"

    def takes(self, study: Study, item: Item | None, place: int) -> bool:  # noqa: ARG002
        return (
            item is not None and item.conversation is not None and (bool(item.rubrics) or study.own_rubrics)
        )

    def view(self, asked: Asked) -> Mapping[str, Any]:
        assert asked.item is not None
        assert asked.item.conversation is not None
        return {
            "messages": asked.item.conversation.messages,
            "rubrics": asked.item.rubrics,
            "own": range(OWN) if asked.study.own_rubrics else range(0),
            "scores": [str(score) for score in range(HIGHEST, LOWEST - 1, -1)],
        }

    def read(self, asked: Asked, form: Form) -> Given:
        """`score-ID` for written items, `own-N` and `own-score-N` for one's own. A score without a text is left out."""
        assert asked.item is not None
        scores = {
            item.id: score
            for item in asked.item.rubrics
            if (score := _score(form, f"score-{item.id}")) is not None
        }
        own: list[JsonValue] = []
        unscored = 0
        for number in range(OWN if asked.study.own_rubrics else 0):
            text = " ".join(form.text(f"own-{number}", OWN_TEXT).split())
            if text:
                score = _score(form, f"own-score-{number}")
                unscored += score is None
                own.append({"criterion": text, "score": score})
        value: dict[str, JsonValue] = {"scores": dict(scores), "own": list(own)}
        if unscored:
            return Given(
                value, "Say of each sentence of your own how much it matters. What you wrote is kept."
            )
        return Given(value)


def _score(form: Form, name: str) -> int | None:
    text = form.text(name, 4)
    try:
        score = int(text)
    except ValueError:
        return None
    return score if LOWEST <= score <= HIGHEST else None
