"""meaning: whether two edits in one spot say the same, so that they are wordings of one change."""

import re
from collections.abc import Callable
from typing import Protocol

from ...spec import Proposal
from ...spec.modality import modal_words
from ..likeness import cosine
from ..options import Options

ALIKE = 0.5
"""Cosine of two intents' words from which they may say the same."""
_LIMITS = re.compile(
    r"\b(?:no|not|never|nobody|nothing|only|unless|except|without|avoid)\b|n['’]t\b", re.IGNORECASE
)


class Meaning(Protocol):
    async def same(self, first: Proposal, second: Proposal) -> bool:
        """Whether two proposals whose edits stand in the same spot say the same. Raises BudgetEnded."""
        ...


class LikeIntents:
    """The same where the intents are alike in their words and agree in modal verbs and negations.

    Likeness alone would take `must` for `must not`: they scored 0.79 to 0.98, true paraphrases 0.19 to 0.88.
    """

    def __init__(self, alike: float = ALIKE) -> None:
        self.alike = alike

    async def same(self, first: Proposal, second: Proposal) -> bool:
        return modals(first.intent) == modals(second.intent) and self.near(first, second)

    def near(self, first: Proposal, second: Proposal) -> bool:
        """Whether the intents are alike, whatever their modal verbs say."""
        return cosine(first.intent, second.intent) >= self.alike


class SameTarget:
    """Every edit in one spot is a wording of one change."""

    async def same(self, first: Proposal, second: Proposal) -> bool:  # noqa: ARG002
        return True


MEANINGS: dict[str, Callable[[Options], Meaning]] = {
    "intents": lambda _: LikeIntents(),
    "target": lambda _: SameTarget(),
}


def modals(text: str) -> frozenset[str]:
    """Modal verbs, negations and limits in a text: what turns a rule around."""
    return frozenset((*modal_words(text), *(found.casefold() for found in _LIMITS.findall(text))))
