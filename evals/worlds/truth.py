"""What is true in a world: how well a spec's text agrees with people over the ranker's noise, and which edits are mends."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from . import people
from .config import MEND_TYPES, MendType
from .generate import World
from .language import rules, weights
from .people import Floats, Ints
from .planting import Mend

Stand = Literal["mend", "null", "harm"]
Wanted = dict[tuple[int, int], float]

_DRAWS = 24
_STEADY = 10.0
"""Points that a planted mend must move for a loop to be asked to find it."""


@dataclass(frozen=True, slots=True)
class Found:
    """How an adopted or proposed edit stands to the truth."""

    stand: Stand
    """mend: nearer to what people want; harm: further; null: the rules say the same as before."""
    mends: frozenset[str]
    """Ids of the planted mends that it makes whole."""


class Truth:
    """Exact knowledge of one world. Every text is read under the same noise draws, so differences are sharp."""

    def __init__(self, world: World, conversations: Sequence[str] | None = None) -> None:
        """`conversations`: the ids on which agreement is told (a sealed test split); None: all."""
        self.world = world
        names = world.names if conversations is None else conversations
        self.at: Ints = np.array(sorted(world.index[name] for name in names), dtype=np.int64)
        rng = np.random.default_rng([world.seed, 4_711])
        error = rng.normal(size=(_DRAWS, len(self.at), 4)) * world.config.model.ranker_noise
        self._error = error * world.unit[self.at]
        self._step = np.maximum(world.config.model.ranker_step, 1e-9) * world.unit[self.at]
        self._weights = world.pair_weights[self.at]
        self._known: dict[tuple[tuple[tuple[int, int], float], ...], float] = {}

    @property
    def steady(self) -> tuple[Mend, ...]:
        """The planted mends that move 10 points or more on what they touch."""
        return tuple(mend for mend in self.world.mends if mend.effect >= _STEADY)

    def agreement(self, wanted: Wanted) -> float:
        """Agreement (0 to 1) of a ranker that reads these rules in full, with all people, over its noise."""
        key = tuple(sorted((place, strength) for place, strength in wanted.items() if strength))
        if key not in self._known:
            utility = self.world.utility(wanted)[self.at] + self._error
            levels = np.floor(utility / self._step)
            self._known[key] = float(np.nanmean(people.agreement(people.signs(levels), self._weights)))
        return self._known[key]

    def of_text(self, text: str) -> float:
        """The same for a spec's text."""
        return self.agreement(weights(rules(text)))

    @property
    def original(self) -> float:
        return self.agreement(self.world.original)

    @property
    def best(self) -> float:
        """The true spec, read by the same ranker."""
        return self.agreement(self.world.truth)

    def gap_closed(self, text: str) -> float:
        """Gain of a text over the original, as a share of the true spec's gain; 0 where there is no gap."""
        gap = self.best - self.original
        return (self.of_text(text) - self.original) / gap if gap > 0 else 0.0

    def stand(self, before: str, after: str) -> Found:
        """What the step from one text to another is."""
        old, new = weights(rules(before)), weights(rules(after))
        moved = self._distance(new) - self._distance(old)
        whole = frozenset(
            mend.id
            for mend in self.world.mends
            if new.get(mend.place, 0.0) == mend.after and old.get(mend.place, 0.0) != mend.after
        )
        return Found("mend" if moved < -1e-9 else "harm" if moved > 1e-9 else "null", whole)

    def mended(self, text: str) -> frozenset[str]:
        """Ids of the planted mends that a text holds."""
        now = weights(rules(text))
        return frozenset(m.id for m in self.world.mends if now.get(m.place, 0.0) == m.after)

    def recall_by_type(self, text: str) -> dict[MendType, float | None]:
        """Share of the planted mends of each type that a text holds; None where none was planted."""
        there = self.mended(text)
        shares: dict[MendType, float | None] = {}
        for kind in MEND_TYPES:
            planted = [mend for mend in self.world.mends if mend.type == kind]
            shares[kind] = sum(m.id in there for m in planted) / len(planted) if planted else None
        return shares

    def _distance(self, wanted: Wanted) -> float:
        """How far rules lie from what people want, each weighed by what it moves where it applies."""
        total = 0.0
        for topic, quality in {*wanted, *self.world.truth}:
            where = self.world.concerns[:, topic]
            gap = abs(wanted.get((topic, quality), 0.0) - self.world.truth.get((topic, quality), 0.0))
            if gap and where.any():
                total += gap * float(_spread(self.world.latent[where, :, quality])) * int(where.sum())
        return total


def _spread(values: Floats) -> float:
    return float(values.std())
