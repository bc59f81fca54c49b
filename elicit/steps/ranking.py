"""Ranking: the responses into tiers, ties allowed, one tier for what is unacceptable, and why."""

from collections.abc import Mapping
from typing import Any

from ...panel.ranking import Ranking
from ...panel.records import BlockName
from ..records import Item, Study
from .opening import answered
from .protocol import Asked, Form, Given, Where

UNACCEPTABLE = "unacceptable"
_ORDINALS = ("Best", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth")
ASKS: dict[BlockName, str] = {
    "world": "Which response would be best for the world overall?",
    "personal": "Which response is best by your own values?",
}


class Rank:
    """The first block, asked for every prompt, with the questions about the prompt."""

    name = "rank"
    title = "your ranking"
    template = "rank.html"
    where: Where = "item"
    main = True

    def takes(self, study: Study, item: Item | None, place: int) -> bool:  # noqa: ARG002
        return item is not None and item.conversation is not None

    def block(self, study: Study) -> BlockName:
        return study.blocks[0]

    def view(self, asked: Asked) -> Mapping[str, Any]:
        assert asked.item is not None
        assert asked.item.conversation is not None
        responses = {response.label: response for response in asked.item.conversation.responses}
        return {
            "ask": ASKS[self.block(asked.study)],
            "block": self.block(asked.study),
            "messages": asked.item.conversation.messages,
            "responses": [responses[label] for label in asked.order],
            "tiers": tiers(len(responses)),
            "questions": asked.study.opinions if self.main else (),
        }

    def read(self, asked: Asked, form: Form) -> Given:
        """`tier-LABEL` is a tier's name, `why` the reason, `q-ID` what is said about the prompt.

        Complete where every response has a tier; which ones lack it is said by their labels. `skip` passes over the
        prompt.
        """
        if self.main and form.text("skip", 4) == "yes":
            return Given({"skipped": True}, skipped=True)
        names = [name for name, _ in tiers(len(asked.order))]
        placed = {
            label: tier for label in sorted(asked.order) if (tier := form.choice(f"tier-{label}", names))
        }
        value: dict[str, Any] = {"tiers": placed, "why": form.text("why")}
        if self.main:
            value["answers"] = answered(asked.study.opinions, form)
        left = [label for label in asked.order if label not in placed]
        if not left:
            return Given(value)
        named = " and ".join([", ".join(left[:-1]), left[-1]] if len(left) > 1 else left)
        return Given(
            value,
            f"Response {named} has no place yet: choose one for it. What you gave so far is kept."
            if len(left) == 1
            else f"Responses {named} have no place yet: choose one for each. What you gave so far is kept.",
        )


class Personal(Rank):
    """The second block, asked for a person's first prompts."""

    name = "second"
    title = "your second ranking"
    template = "rank.html"
    main = False

    def takes(self, study: Study, item: Item | None, place: int) -> bool:
        return super().takes(study, item, place) and len(study.blocks) > 1 and place < study.second_for

    def block(self, study: Study) -> BlockName:
        return study.blocks[1]


def tiers(responses: int) -> list[tuple[str, str]]:
    """(name, what people read) of the tiers for so many responses, the best first, the unacceptable one last."""
    named = [
        (str(number + 1), _ORDINALS[number] if number < len(_ORDINALS) else f"Place {number + 1}")
        for number in range(responses)
    ]
    return [*named, (UNACCEPTABLE, "Unacceptable")]


def ranking_of(placed: Mapping[str, str]) -> Ranking:
    """The weak order of a complete placement; what is unacceptable comes last, tied."""
    scores = {
        label: float("-inf") if tier == UNACCEPTABLE else -float(tier) for label, tier in placed.items()
    }
    return Ranking.from_scores(scores)


def flagged(placed: Mapping[str, str]) -> tuple[str, ...]:
    """Labels of the responses called unacceptable."""
    return tuple(sorted(label for label, tier in placed.items() if tier == UNACCEPTABLE))
