"""How the simulated base model reads: rankings from the rules in view, and relevance, both with error.

One conversation at a time for the model itself; all at once, with the same errors, for the truth and for
rivals that re-rank everything.
"""

from collections.abc import Sequence
from functools import lru_cache
from itertools import permutations

import numpy as np
from numpy.typing import NDArray

from . import noise
from .generate import World
from .language import Rule, rules, weights
from .noise import Keys
from .people import Floats, Ints

_ORDERS = {order: number for number, order in enumerate(permutations(range(4)))}
_ORDER_STEP = np.uint64(0xD6E8FEB86659FD93)

Wanted = dict[tuple[int, int], float]


class Reader:
    """The eyes of the simulated model in one world."""

    def __init__(self, world: World, *, exact_relevance: bool = False) -> None:
        self.world = world
        self.exact_relevance = exact_relevance
        model = world.config.model
        self._noise = model.ranker_noise
        self._step = np.maximum(model.ranker_step, 1e-9) * world.unit
        self._keys = np.array([noise.key("error", world.seed, name) for name in world.names], dtype=np.uint64)
        self._place = {
            topic: bool(world.concerns[:, topic].any()) for topic in range(world.concerns.shape[1])
        }
        sections = max(1, len(world.plan.topics))
        base = float(world.concerns[:, list(world.plan.topics)].sum(axis=1).mean()) / sections
        miss = (1 - model.relevance_precision) / max(model.relevance_precision, 1e-9)
        self._recall = 1.0 if exact_relevance else model.relevance_recall
        self._false = 0.0 if exact_relevance else min(1.0, model.relevance_recall * base * miss / (1 - base))

    def rank_one(
        self, texts: Sequence[str], conversation: int, order: Sequence[int], repeat: int = 0
    ) -> list[int]:
        """Levels of the four responses (higher is better, equal is tied) under the section texts in view."""
        found: set[Rule] = set()
        for text in texts:
            found.update(rules(text))
        topics = self.world.topic_sets[conversation]
        utility = self.world.base[conversation].copy()
        for (topic, quality), strength in weights(tuple(found)).items():
            if topic in topics:
                utility += strength * self.world.latent[conversation, :, quality]
        at = np.array([conversation])
        error = self._error(prompt_key(texts, repeat), at, order_numbers([order]))[0]
        return [int(v) for v in self._levels(utility[None] + error, at)[0]]

    def rank_all(
        self, texts: Sequence[str], conversations: Ints, orders: NDArray[np.uint64], repeat: int = 0
    ) -> Ints:
        """(n, 4) levels, equal to `rank_one` with all of `texts` in view of every conversation."""
        wanted = weights(tuple(sorted({rule for text in texts for rule in rules(text)})))
        utility = self.world.utility(wanted)[conversations]
        return self._levels(
            utility + self._error(prompt_key(texts, repeat), conversations, orders), conversations
        )

    def _error(self, prompt: int, conversations: Ints, orders: NDArray[np.uint64]) -> Floats:
        keys: Keys = self._keys[conversations] ^ noise.mix(np.array([prompt], dtype=np.uint64))
        keys = noise.mix(keys) + orders * _ORDER_STEP
        return self._noise * self.world.unit[conversations] * noise.normals(noise.spread(keys, 4))

    def _levels(self, utility: Floats, conversations: Ints) -> Ints:
        return np.asarray(np.floor(utility / self._step[conversations]), dtype=np.int64)

    def grade(self, about: frozenset[int], conversation: int) -> int:
        """Relevance, 1 to 5, of a conversation to a text about these topics; the same whenever asked."""
        best = 1
        for topic in about:
            draw = noise.chance("relevance", self.world.seed, topic, conversation)
            if topic in self.world.topic_sets[conversation]:
                best = max(best, (5 if draw < 0.8 * self._recall else 4) if draw < self._recall else 2)
            else:
                best = max(best, 4 if draw < self._false else 3 if draw < 2 * self._false else 1)
        return best


@lru_cache(maxsize=4096)
def _text_key(text: str) -> int:
    return noise.key(text)


def prompt_key(texts: Sequence[str], repeat: int = 0) -> int:
    """What the error depends on besides conversation and order: every text in view, and the repeat."""
    return noise.key(repeat, *(_text_key(text) for text in texts))


def order_numbers(orders: Sequence[Sequence[int]]) -> NDArray[np.uint64]:
    """Permutations of the four places to numbers from 0 to 23."""
    return np.array([_ORDERS[tuple(order)] for order in orders], dtype=np.uint64)
