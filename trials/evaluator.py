"""What puts a text to the test: scores of items under a text, rater by rater."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True, eq=False)
class Score:
    """How one item scores under one text, by each of its raters. Values lie within [0, 1]; more is better.

    Of a ranked conversation the raters are its participants, and a value is the agreement of the ranker's
    ranking with one participant's (a participant's duplicates averaged). An item whose raters all tie has none.
    """

    raters: tuple[str, ...]
    values: NDArray[np.float64]
    """(raters,)"""
    weights: NDArray[np.float64]
    """(raters,) of 0 or more: what each rater counts."""

    @property
    def mean(self) -> float | None:
        """The weighted mean over raters; None where nobody counts."""
        total = float(self.weights.sum())
        return float(self.weights @ self.values) / total if total else None


class Evaluator(Protocol):
    """Scores items under a text. The ranker against people's rankings is one; rubric items are another.

    Texts are named by digest, items by id (a conversation's, for rankings). One evaluator answers equal
    questions once.
    """

    async def scores(
        self,
        text: str,
        items: Sequence[str],
        *,
        order_seed: str,
        include: Collection[str] = (),
        subject: str = "",
    ) -> Mapping[str, Score]:
        """Score of each item that was answered; an item whose call failed is absent.

        `order_seed` names the order in which responses are shown: the same seed repeats the same question,
        another one asks afresh. `include`: ids of sections that stand in the prompt whatever their relevance.
        `subject`: the proposal for which it is asked, for the records alone. Raises BudgetEnded.
        """
        ...

    def worst(self, item: str) -> Score:
        """The score that the worst possible answer on this item has, known from the people alone."""
        ...

    def possible_falls(self, text: str, items: Sequence[str]) -> NDArray[np.float64]:
        """How far each item's mean score could fall below that under `text`: (items,), each within [0, 1].

        Known before a trial's first call: from the raters, and from what was measured under `text` before;
        where nothing was measured, from the best score that the raters allow.
        """
        ...


class Drafts(Protocol):
    """What the engine asks of texts and proposals, so that it need not know what either looks like."""

    def combine(self, text: str, proposal: str) -> str:
        """The digest of `text` with the proposal's edits applied. Raises EditError where they don't apply."""
        ...

    async def affected(
        self, proposal: str, current: str, candidate: str, among: Sequence[str], *, node: str
    ) -> list[str]:
        """Items out of `among` that the change bears on (relevance 4 or 5 under the old or the new text).

        `node` says for which step this is asked. Raises BudgetEnded.
        """
        ...

    def changed(self, current: str, candidate: str) -> tuple[str, ...]:
        """Ids of the sections in which two texts differ."""
        ...

    def sections(self, text: str) -> tuple[str, ...]:
        """Ids of all sections of a text."""
        ...

    def parts(self, proposal: str) -> int:
        """How many parts a proposal has that could stand alone: its edits, and the sentences that they add."""
        ...

    def keep(self, proposal: str, parts: Sequence[int]) -> str | None:
        """The id of a proposal with these parts (from 0) alone; None where they don't make one."""
        ...
