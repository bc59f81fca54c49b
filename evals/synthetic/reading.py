"""How the simulated base model reads: rankings from the rules in view, and relevance, both with structured error.

The same functions answer one prompt, and all of them at once for rivals and for the truth.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit, logit

from ...agreement.measures import Values
from ...review.measured_reader import error_sd
from . import noise
from .language import ANY, Place, Weights, rules, topics, weights
from .people import Ints
from .world import World

Mask = NDArray[np.bool_]
_ORDER = np.uint64(0xD6E8FEB86659FD93)
_SALTS = {name: np.uint64(noise.key("salt", name)) for name in ("order", "wording", "retest")}


@dataclass(frozen=True, slots=True)
class SectionText:
    """What a reader takes from the text of one section."""

    key: int
    weights: Weights
    topics: frozenset[int]
    push: float
    """How far its mere wording draws a reader to what people share; sd 1."""


@lru_cache(maxsize=16384)
def section_text(text: str) -> SectionText:
    key = noise.key(text)
    push = float(noise.normals(np.array([noise.key("push", text)], dtype=np.uint64))[0])
    return SectionText(key, weights(rules(text)), topics(text), push)


class Reader:
    """The eyes of the simulated model in one world."""

    def __init__(self, world: World, *, exact_relevance: bool = False) -> None:
        config = world.config.reader
        self.world = world
        self.unit = float(world.utility(world.truth).std())
        self._sd = {
            "order": error_sd(config.order_flips),
            "wording": error_sd(config.wording_flips),
            "retest": error_sd(config.retest_flips),
        }
        ids = np.array([noise.key("item", world.seed, i) for i in range(len(world.base))], dtype=np.uint64)
        self._items = noise.spread(ids, 4)
        sections = max(1, len(world.plan.topics))
        there = float(world.concerns[:, list(world.plan.topics)].sum(axis=1).mean()) / sections
        miss = (1 - config.relevance_precision) / max(config.relevance_precision, 1e-9)
        self._by_topic: dict[int, tuple[float, float, list[float]]] = {}
        self._recall = 1.0 if exact_relevance else config.relevance_recall
        self._false = 0.0 if exact_relevance else config.relevance_recall * there * miss / (1 - there)

    def utility(self, texts: Sequence[str], scope: Mask | None, at: Ints) -> Values:
        """(n, 4) what the reader makes of the responses of conversations `at`, before its errors of the moment.

        `texts`: the sections; `scope`: (n, sections) which of them each prompt shows, None for all.
        """
        world, config = self.world, self.world.config.reader
        total = world.own[at] + config.length_bias * self.unit * world.length[at]
        read = [section_text(text) for text in texts]
        if not read:
            return total
        seen = np.ones((len(at), len(read))) if scope is None else scope.astype(float)
        places = sorted({place for section in read for place in section.weights})
        if places:
            asked = np.array([[section.weights.get(place, 0.0) for place in places] for section in read])
            strength = np.clip(seen @ asked, -1.0, 1.0) * self._bears(places, at)
            total = total + np.einsum("np,nrp->nr", strength, world.latent[at][:, :, [q for _, q in places]])
        about = np.stack([self._about(section.topics, at) for section in read], axis=1)
        pushes = np.array([section.push for section in read])
        pushed = config.wording_push * ((seen * about) @ pushes)
        return np.asarray(total + pushed[:, None] * self.unit * world.shared[at])

    def levels(
        self,
        texts: Sequence[str],
        scope: Mask | None,
        at: Ints,
        places: NDArray[np.int64],
        *,
        repeat: int = 0,
    ) -> NDArray[np.int64]:
        """(n, 4) levels, higher is better and equal is tied; `places` (n, 4): where each response is shown."""
        error = self._errors(self.prompt_keys(texts, scope, len(at)), at, places, repeat)
        step = max(self.world.config.reader.tie_step, 1e-9) * self.unit
        return np.floor((self.utility(texts, scope, at) + self.unit * error) / step).astype(np.int64)

    def drawn(self, texts: Sequence[str], at: Ints, draws: int, seed: int) -> NDArray[np.int64]:
        """(draws, n, 4) levels over the reader's noise with the whole spec in view.

        Every text meets the same draws, so that the difference of two is sharp; the errors have the size that they
        have in a prompt, and the order of the responses is drawn with them.
        """
        rng = np.random.default_rng([seed, 4711])
        sd = float(np.sqrt(sum(value**2 for value in self._sd.values())))
        error = sd * rng.normal(size=(draws, len(at), 4))
        error += self._position(np.argsort(rng.random((draws, len(at), 4)), axis=-1))
        step = max(self.world.config.reader.tie_step, 1e-9) * self.unit
        return np.floor((self.utility(texts, None, at) + self.unit * error) / step).astype(np.int64)

    def grade(self, text: str, conversation: int) -> int:
        """Relevance, 1 to 5, of a conversation to a text; the same whenever it is asked. Errors lean by topic."""
        best, read = 1, section_text(text)
        for topic in read.topics:
            recall, false, draws = self._shares(topic)
            draw = draws[conversation]
            if topic in self.world.topic_sets[conversation]:
                best = max(best, (5 if draw < 0.8 * recall else 4) if draw < recall else 2)
            else:
                best = max(best, 4 if draw < false else 3 if draw < 2 * false else 1)
        if any(topic == ANY for topic, _ in read.weights):
            best = max(best, 4 if noise.chance("any", self.world.seed, conversation) < 0.3 else 3)
        return best

    def _shares(self, topic: int) -> tuple[float, float, list[float]]:
        """Of the conversations on a topic and of the others, the shares graded 4 or 5 for it; and each one's draw."""
        if topic not in self._by_topic:
            shift = self.world.config.reader.relevance_spread * _normal("section", self.world.seed, topic)
            draws = [
                noise.chance("relevance", self.world.seed, topic, each) for each in range(self.world.size)
            ]
            self._by_topic[topic] = _shifted(self._recall, shift), _shifted(self._false, shift), draws
        return self._by_topic[topic]

    def _bears(self, places: Sequence[Place], at: Ints) -> NDArray[np.bool_]:
        columns = [
            self.world.concerns[at, topic] if topic != ANY else np.ones(len(at), dtype=bool)
            for topic, _ in places
        ]
        return np.stack(columns, axis=1)

    def _about(self, about: frozenset[int], at: Ints) -> NDArray[np.bool_]:
        if not about:
            return np.zeros(len(at), dtype=bool)
        return np.asarray(self.world.concerns[at][:, sorted(about)].any(axis=1))

    def prompt_keys(self, texts: Sequence[str], scope: Mask | None, count: int) -> noise.Keys:
        """One key a prompt: equal where the same texts are in view."""
        keys = noise.mix(np.array([section_text(text).key for text in texts], dtype=np.uint64))
        if scope is None:
            return np.full(count, keys.sum(dtype=np.uint64), dtype=np.uint64)
        return np.asarray((scope.astype(np.uint64) * keys).sum(axis=1, dtype=np.uint64))

    def _errors(self, prompts: noise.Keys, at: Ints, places: NDArray[np.int64], repeat: int) -> Values:
        """(n, 4) the errors of the moment, in units: by order, by wording, by draw, and by position."""
        items = self._items[at]
        order = noise.mix(
            (places.astype(np.uint64) * np.array([1, 5, 25, 125], dtype=np.uint64)).sum(axis=1) * _ORDER
        )
        again = noise.mix(prompts + order + np.full(1, repeat, dtype=np.uint64) * _ORDER)
        total = self._position(places)
        for name, key in (("order", order), ("wording", noise.mix(prompts)), ("retest", again)):
            if self._sd[name]:
                total = total + self._sd[name] * noise.normals(items ^ (key + _SALTS[name])[:, None])
        return total

    def _position(self, places: NDArray[np.int64]) -> Values:
        return np.asarray(self.world.config.reader.position_bias * (1.0 - places / 1.5))


def _shifted(share: float, shift: float) -> float:
    return share if share in (0.0, 1.0) else float(expit(logit(share) + shift))


def _normal(*parts: object) -> float:
    return float(noise.normals(np.array([noise.key(*parts)], dtype=np.uint64))[0])
