"""What is planted where: topics dealt to conversations, rules to sections, and another truth to some of them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .config import MendType, WorldConfig
from .document import Plan
from .language import AVOID, MAY, QUALITIES, SHOULD, TOPICS, Rule, weights


@dataclass(frozen=True, slots=True)
class Mend:
    """What people want otherwise at one place of the spec."""

    id: str
    type: MendType
    topic: int
    quality: int
    before: float
    """The spec's strength, 0 where it has no such rule; `after`: what people want."""
    after: float
    new_section: bool = False
    effect: float = 0.0
    """Points by which this mend moves the ranker's agreement on the conversations it touches, over the ranker's
    noise: the mean of what it moves as the first mend of the spec and as the last."""
    touches: int = 0

    @property
    def place(self) -> tuple[int, int]:
        return self.topic, self.quality


def types(config: WorldConfig, rng: np.random.Generator) -> list[MendType]:
    """The type of each mend to plant, in the configured shares as nearly as whole numbers go."""
    names = list(config.shares)
    share = np.array([config.shares[name] for name in names], dtype=float)
    ideal = config.planted * share / share.sum()
    counts = np.floor(ideal).astype(int)
    order = np.argsort(-(ideal - counts) - 1e-6 * rng.random(len(names)))
    counts[order[: config.planted - int(counts.sum())]] += 1
    return [name for name, count in zip(names, counts, strict=True) for _ in range(int(count))]


def deal(
    config: WorldConfig, topics: Sequence[int], planted: int, rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Deals topics to conversations so that the first `planted` topics come up as often as configured."""
    total = config.conversations
    slots = rng.choice([1, 2, 3], size=total, p=np.array(config.concerns) / sum(config.concerns))
    targets = [round(float(rng.uniform(*config.touches)) * total) for _ in range(planted)]
    others = topics[planted:]
    deck = [topic for topic, target in zip(topics, targets, strict=False) for _ in range(target)]
    rest = int(slots.sum()) - len(deck)
    if rest > 0:
        popular = rng.dirichlet(np.full(len(others), 4.0)) if len(others) else np.array([])
        deck += [int(t) for t in rng.choice(others, size=rest, p=popular)] if len(others) else []
    concerns = np.zeros((total, len(TOPICS)), dtype=bool)
    free = slots.copy()
    for topic in [deck[i] for i in rng.permutation(len(deck))]:
        open_to = np.flatnonzero((free > 0) & ~concerns[:, topic])
        if len(open_to):
            chosen = open_to[rng.integers(len(open_to))]
            concerns[chosen, topic] = True
            free[chosen] -= 1
    bare = np.flatnonzero(~concerns.any(axis=1))
    concerns[bare, rng.choice(np.array(others or topics), size=len(bare))] = True
    return concerns


def plant(
    config: WorldConfig,
    topics: Sequence[int],
    kinds: Sequence[MendType],
    fresh: int,
    rng: np.random.Generator,
) -> tuple[Plan, dict[tuple[int, int], float], list[Mend]]:
    """Writes a rule into every section, and another truth into the first sections."""
    qualities = iter(int(q) for q in rng.permutation(len(QUALITIES)))
    mends: list[Mend] = []
    rules: list[Rule] = []
    truth: list[Rule] = []
    bare: set[int] = set()
    left = fresh
    for topic, kind in zip(topics, kinds, strict=False):
        quality = next(qualities)
        new = kind == "missing_rule" and left > 0
        way = SHOULD if rng.random() < 0.7 else AVOID
        before, after = {
            "clarification": (MAY, SHOULD),
            "change_of_principle": (way, -way),
            "missing_rule": (0.0, way),
            "unbacked_rule": (way, 0.0),
        }[kind]
        if new:
            left -= 1
            bare.add(topic)
        mends.append(Mend(f"{kind}:{TOPICS[topic]}", kind, topic, quality, before, after, new))
        rules += [Rule(topic, quality, before)] if before else []
        truth += [Rule(topic, quality, after)] if after else []
    for place, topic in enumerate(topics):
        planted = place < len(kinds)
        wanted = 0 if topic in bare else int(rng.random() < config.second_rules) + (0 if planted else 1)
        for _ in range(wanted):
            strength = [SHOULD, AVOID, MAY][int(rng.choice(3, p=[0.65, 0.2, 0.15]))]
            backed = Rule(topic, next(qualities), strength)
            rules.append(backed)
            truth.append(backed)
    housed = [int(t) for t in rng.permutation([t for t in topics if t not in bare])]
    plan = Plan(tuple(housed), tuple(rules), config.chapter)
    return plan, weights(tuple(truth)), mends


def opposed(
    truth: dict[tuple[int, int], float], count: int, rng: np.random.Generator
) -> dict[tuple[int, int], float]:
    """What a subgroup wants instead of the truth, at `count` places."""
    places = sorted(truth)
    chosen = rng.permutation(len(places))[: min(count, len(places))]
    return {places[i]: -truth[places[i]] for i in chosen}
