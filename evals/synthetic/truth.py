"""What is true in a world: how well a text agrees with new people on new conversations, over the reader's noise."""

from functools import cached_property

import numpy as np

from ...agreement.measures import Values, pair_signs
from ...spec import Spec
from .people import placed
from .reading import Reader
from .world import World

DRAWS = 6
STEADY = 0.5
"""A planted place is held by a text whose strength there is so near to what people want."""


class Truth:
    """Exact knowledge of one world. Texts are read whole, so that harm counts wherever it is done."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.reader = Reader(world)
        self._weights = world.pair_weights[world.fresh]
        self._known: dict[str, Values] = {}

    def agreements(self, text: str) -> Values:
        """(fresh conversations,) agreement in points, mean over the reader's noise; nan where everybody ties."""
        if text not in self._known:
            spec = Spec.parse(text)
            texts = [spec.source_of(id_).rstrip() for id_ in spec.ids]
            levels = self.reader.drawn(texts, self.world.fresh, DRAWS, self.world.seed)
            sign = pair_signs(placed(levels.reshape(-1, 4))).reshape(*levels.shape[:2], 6).astype(float)
            self._known[text] = 50 + 50 * np.einsum("dcp,cp->c", sign, self._weights) / DRAWS
        return self._known[text]

    def of(self, text: str) -> float:
        """Agreement in points (0 to 100)."""
        return float(np.nanmean(self.agreements(text)))

    def gain(self, text: str) -> float:
        """Net gain over the original in points, harm anywhere counted."""
        return self.of(text) - self.of(self.world.spec)

    @cached_property
    def best(self) -> float:
        """Net gain of the true spec."""
        return self.gain(self.world.true_spec)

    def share(self, text: str) -> float:
        """Net gain as a share of what the true spec would bring; 0 where that brings nothing."""
        return self.gain(text) / self.best if self.best > 0 else 0.0

    def step(self, before: str, after: str) -> float:
        """What the step from one text to another does, in points over all conversations."""
        return self.of(after) - self.of(before)

    def effect(self, before: str, after: str, topic: int) -> float:
        """The same on the conversations about a topic."""
        there = self.world.concerns[self.world.fresh, topic]
        return float(np.nanmean((self.agreements(after) - self.agreements(before))[there]))

    @cached_property
    def effects(self) -> dict[str, float]:
        """Planted place to the points that closing it alone moves on what it bears on."""
        from .world import document

        world = self.world
        return {
            gap.id: self.effect(world.spec, document(world.plan.mended([gap]), world.seed), gap.topic)
            for gap in world.gaps
        }

    def held(self, text: str) -> frozenset[str]:
        """Ids of the planted places where a text asks for what people want.

        Where they don't back a rule they would rather have a little of the opposite: a text that drops the rule holds
        the place, and so does one that turns it round, whichever brings more.
        """
        from .language import rules, weights

        now = weights(rules(text))
        return frozenset(
            gap.id
            for gap in self.world.gaps
            if abs(now.get(gap.place, 0.0) - (wanted := self.world.truth[gap.place]))
            < STEADY * abs(wanted - gap.before)
        )
