"""Makes a world from a seed: topics, rules, what people want otherwise, and what it moves."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from ...records import content_id
from . import people
from .config import WorldConfig
from .document import Plan, document
from .language import QUALITIES, TOPICS, weights
from .people import Draw, Floats, Ints, Spread
from .planting import Mend, deal, opposed, plant, types

_DRAWS = 12
"""Noise draws over which a mend's effect is measured while it is planted."""


@dataclass(frozen=True)
class World:
    """A world and its hidden truth. Arrays are indexed by conversation (c), response (4), quality (q)."""

    config: WorldConfig
    seed: int
    plan: Plan
    """The sections with their topics and the rules that stand there."""
    concerns: NDArray[np.bool_]
    """(c, topics): what a conversation is about."""
    base: Floats
    """(c, 4): what everyone sees."""
    latent: Floats
    """(c, 4, q): how much a response has of a quality, scaled by what the quality moves."""
    truth: dict[tuple[int, int], float]
    """(topic, quality) to the strength that people want."""
    mends: tuple[Mend, ...]
    dissent: tuple[dict[tuple[int, int], float], ...]
    """One dict a subgroup: the strengths that it wants instead."""
    member: Ints
    """(participants,): the subgroup of each, -1 for none."""
    drawn: Draw
    spread: Spread
    unit: Floats
    """(c, 1): sd of the utility that people share, by what its rules move: what noise is measured in."""

    @property
    def size(self) -> int:
        return len(self.base)

    @cached_property
    def spec(self) -> str:
        """The spec as the loop is given it."""
        return document(self.plan, self.seed)

    @cached_property
    def true_spec(self) -> str:
        """The spec that people want."""
        return document(self.plan.mended([(m.topic, m.quality, m.after) for m in self.mends]), self.seed)

    @cached_property
    def original(self) -> dict[tuple[int, int], float]:
        return weights(tuple(self.plan.rules))

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Conversation ids, shaped like the UUIDs of CA-1."""
        return tuple(_uuid("conversation", self.seed, index) for index in range(self.size))

    @cached_property
    def participant_names(self) -> tuple[str, ...]:
        return tuple(_uuid("participant", self.seed, index) for index in range(len(self.member)))

    @cached_property
    def index(self) -> dict[str, int]:
        return {name: index for index, name in enumerate(self.names)}

    @cached_property
    def topic_sets(self) -> tuple[frozenset[int], ...]:
        return tuple(frozenset(map(int, np.flatnonzero(row))) for row in self.concerns)

    def touched(self, mend: Mend) -> Ints:
        return np.flatnonzero(self.concerns[:, mend.topic])

    def utility(self, wanted: dict[tuple[int, int], float]) -> Floats:
        """(c, 4): what the rules `wanted` make of every response."""
        return _utility(self.base, self.latent, self.concerns, wanted)

    @cached_property
    def levels(self) -> Ints:
        """(assessments, 4): how each person ranks; higher is better, equal is tied."""
        return people.levels(self.drawn, self._common, self.spread, self.config.people)

    @cached_property
    def pair_weights(self) -> Floats:
        """(c, 6): see `people.pair_weights`; everybody counts."""
        return people.pair_weights(self.drawn, self.levels, self.size)

    @cached_property
    def _common(self) -> Floats:
        wanted = _wanted_by_each(
            self.base, self.latent, self.concerns, self.truth, self.dissent, self.member, self.drawn
        )
        return people.compress(wanted, self.unit[self.drawn.conversation], self.config.people.top_likeness)


def make_world(config: WorldConfig, seed: int) -> World:
    """The world of a seed. Deterministic; needs about a second at CA-1's size."""
    rng = np.random.default_rng([seed, 20_25])
    kinds = types(config, rng)
    fresh = sum(kind == "missing_rule" and rng.random() < config.new_sections for kind in kinds)
    topics = [int(t) for t in rng.permutation(len(TOPICS))[: config.sections + fresh]]
    concerns = deal(config, topics, len(kinds), rng)
    plan, truth, mends = plant(config, topics, kinds, fresh, rng)
    latent = rng.normal(size=(config.conversations, 4, len(QUALITIES)))
    base = rng.normal(0.0, config.base_quality, size=(config.conversations, 4))
    drawn = people.draw(config.people, config.conversations, rng)
    member = rng.integers(0, 5, config.people.participants)
    member = np.where(member < config.people.subgroups, member, -1)
    dissent = tuple(opposed(truth, config.people.subgroup_rules, rng) for _ in range(config.people.subgroups))
    aims = rng.uniform(*config.effect, size=len(mends))
    noise = rng.normal(size=(_DRAWS, config.conversations, 4))
    original = weights(plan.rules)
    scale = np.ones(len(QUALITIES))
    spread, unit = Spread(0.0, 0.0), np.ones((config.conversations, 1))
    effects = np.zeros(len(mends))
    for turn in range(7):
        true_utility = _utility(base, latent, concerns, truth)
        unit = _unit(config.base_quality, scale, concerns, truth)
        common = _wanted_by_each(base, latent, concerns, truth, dissent, member, drawn)
        common = people.compress(common, unit[drawn.conversation], config.people.top_likeness)
        spread = people.calibrate(drawn, common, config.people, config.conversations)
        level = people.levels(drawn, common, spread, config.people)
        pair_weights = people.pair_weights(drawn, level, config.conversations)
        error = config.model.ranker_noise * unit * noise
        before = _utility(base, latent, concerns, original)
        for place, mend in enumerate(mends):
            where = np.flatnonzero(concerns[:, mend.topic])
            moved = (mend.after - mend.before) * latent[where, :, mend.quality]
            first, last = before[where], true_utility[where]
            scores = np.stack([first, first + moved, last - moved, last])[:, None] + error[None, :, where]
            read = np.nanmean(people.agreement(people.signs(scores), pair_weights[where]), axis=(1, 2))
            effects[place] = 100 * float(read[1] - read[0] + read[3] - read[2]) / 2
            if turn < 6:
                pull = float(np.clip(aims[place] / max(effects[place], 1.0), 0.6, 1.6)) ** 0.9
                pull = min(pull, config.heaviest / scale[mend.quality])
                latent[:, :, mend.quality] *= pull
                scale[mend.quality] *= pull
    counted = tuple(
        Mend(m.id, m.type, m.topic, m.quality, m.before, m.after, m.new_section, float(effects[i]),
             int(concerns[:, m.topic].sum()))
        for i, m in enumerate(mends)
    )  # fmt: skip
    return World(
        config, seed, plan, concerns, base, latent, truth, counted, dissent, member, drawn, spread, unit
    )


def _utility(
    base: Floats, latent: Floats, concerns: NDArray[np.bool_], wanted: dict[tuple[int, int], float]
) -> Floats:
    utility = base.copy()
    for (topic, quality), strength in wanted.items():
        if strength:
            where = concerns[:, topic]
            utility[where] += strength * latent[where, :, quality]
    return utility


def _unit(
    base: float, scale: Floats, concerns: NDArray[np.bool_], truth: dict[tuple[int, int], float]
) -> Floats:
    variance = np.full(len(concerns), base**2)
    for (topic, quality), strength in truth.items():
        variance[concerns[:, topic]] += (strength * scale[quality]) ** 2
    return np.asarray(np.sqrt(variance)[:, None])


def _wanted_by_each(
    base: Floats,
    latent: Floats,
    concerns: NDArray[np.bool_],
    truth: dict[tuple[int, int], float],
    dissent: Sequence[dict[tuple[int, int], float]],
    member: Ints,
    drawn: Draw,
) -> Floats:
    """(assessments, 4): the utility of each response to the person who judges it, before their noise."""
    common = _utility(base, latent, concerns, truth)[drawn.conversation]
    group = member[drawn.participant]
    for number, wanted in enumerate(dissent):
        other = _utility(base, latent, concerns, truth | wanted)
        mine = group == number
        common[mine] = other[drawn.conversation[mine]]
    return common


def _uuid(*parts: object) -> str:
    digits = content_id(*parts) + content_id("tail", *parts)
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:32]))
