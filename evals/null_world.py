"""A world without sentences: people, and a ranker whose error depends on the exact prompt.

Everything is an array over conversations, so that a thousand runs of a loop take minutes. People follow the
shape of CA-1 (16 raters, ties, strict pairs agreeing in about 0.69); responses have a quality that people
see through noise, and the ranker a reading of its own that an edit can move towards the people or away.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from ..records import Record, digest
from ..trials.protocol import Arms

Floats = NDArray[np.float64]
Keys = NDArray[np.uint64]

PAIRS = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
SplitPart = Literal["train", "selection", "test", "fresh"]


class WorldConfig(Record):
    """The knobs of a world. Shares are fractions; deviations are in units of the responses' quality."""

    train: int = 431
    selection: int = 431
    test: int = 216
    fresh: int = 1000
    """Conversations that no loop sees: the truth is told on them."""
    sections: int = 12
    second_section: float = 0.6
    """Share of conversations that a second section bears on."""
    raters: int = 16
    rater_noise: float = 1.1
    rater_step: float = 0.9
    """Qualities closer than this may look the same to a person: it makes the ties."""
    insight: float = 0.3
    """Correlation of the ranker's reading with the quality that people see."""
    prompt_noise: float = 0.45
    """Re-rolled by any change of the prompt's text and by another order of the responses."""
    order_noise: float = 0.2
    """Of the order alone, the same for every text."""
    context: Literal["scoped", "full"] = "scoped"
    """Whether an edit changes the prompts of its section's conversations only, or all."""


@dataclass(frozen=True, slots=True)
class Text:
    """A text of the spec, as the ranker feels it: per conversation a key of its prompt and a push."""

    name: str
    versions: Keys
    """One per section; a conversation's key is the sum of those in its prompt."""
    prompts: Keys
    push: Floats
    """How far the reading is moved along the people's quality."""


def mix(*parts: Keys | int) -> Keys:
    """A hash of whole numbers (splitmix64 chained), elementwise with broadcasting."""
    with np.errstate(over="ignore"):
        state = np.zeros(1, dtype=np.uint64)
        for part in parts:
            state = state + np.uint64(0x9E3779B97F4A7C15) + np.asarray(part, dtype=np.uint64)
            state = (state ^ (state >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
            state = (state ^ (state >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
            state = state ^ (state >> np.uint64(31))
    return state


def normal(keys: Keys) -> Floats:
    """Standard normal deviates, one a key."""
    uniform = ((keys >> np.uint64(11)).astype(np.float64) + 0.5) / 2.0**53
    return np.asarray(ndtri(uniform), dtype=np.float64)


def number(name: str) -> int:
    """A 64-bit number from a name."""
    return int(digest(name)[:16], 16)


class World:
    """One seeded world: its people, its conversations' sections, and the ranker."""

    def __init__(self, config: WorldConfig, seed: int) -> None:
        rng = np.random.default_rng([seed, 7])
        sizes = {
            "train": config.train,
            "selection": config.selection,
            "test": config.test,
            "fresh": config.fresh,
        }
        count = sum(sizes.values())
        ends = np.cumsum([0, *sizes.values()])
        self.config = config
        self.parts: dict[str, NDArray[np.int64]] = {
            part: np.arange(ends[place], ends[place + 1]) for place, part in enumerate(sizes)
        }
        self.quality = rng.normal(size=(count, 4))
        own = rng.normal(size=(count, 4))
        self.reading = config.insight * self.quality + np.sqrt(1 - config.insight**2) * own
        self.wins = _wins(self.quality, config, rng)
        first = rng.integers(config.sections, size=count)
        second = (first + rng.integers(1, config.sections, size=count)) % config.sections
        has_second = rng.random(count) < config.second_section
        self.member = np.zeros((config.sections, count), dtype=bool)
        self.member[first, np.arange(count)] = True
        self.member[second[has_second], np.arange(count)[has_second]] = True
        self.salt = int(rng.integers(2**62))
        versions = np.zeros(config.sections, dtype=np.uint64)
        self.original = Text("original", versions, np.zeros(count, dtype=np.uint64), np.zeros(count))

    def of(self, section: int, part: SplitPart) -> NDArray[np.int64]:
        """The conversations of a split that a section bears on."""
        inside = self.parts[part]
        chosen: NDArray[np.int64] = inside[self.member[section, inside]]
        return chosen

    def edited(self, text: Text, section: int, name: str, push: Floats) -> Text:
        """`text` after an edit called `name` of one section; `push` counts on its conversations only."""
        versions, prompts, moved = text.versions.copy(), text.prompts.copy(), text.push.copy()
        touched = self.member[section]
        versions[section] = mix(int(versions[section]), number(name), section)[0]
        changed = slice(None) if self.config.context == "full" else touched
        prompts[changed] += versions[section : section + 1] - text.versions[section : section + 1]
        moved[touched] += push[touched]
        return Text(f"{text.name}+{name}", versions, prompts, moved)

    def agreement(self, text: Text, where: NDArray[np.int64], draw: int) -> Floats:
        """Agreement of the ranker under `text` with the people, per conversation, for one draw of orders."""
        cells = mix(where.astype(np.uint64)[:, None], np.arange(4, dtype=np.uint64))
        salt = mix(self.salt, draw)
        error = self.config.prompt_noise * normal(mix(salt, text.prompts[where][:, None], cells))
        error += self.config.order_noise * normal(mix(salt, cells))
        scores = self.reading[where] + text.push[where][:, None] * self.quality[where] + error
        wins = self.wins[where]
        total = np.zeros(len(where))
        for a, b in PAIRS:
            total += np.where(scores[:, a] > scores[:, b], wins[:, a, b], wins[:, b, a])
        return total

    def true_gain(self, text: Text, base: Text, draws: int = 6) -> float:
        """The gain of `text` over `base` on fresh conversations, averaged over draws of the ranker's noise."""
        where = self.parts["fresh"]
        moved = where[text.prompts[where] != base.prompts[where]]
        gains = [
            (
                self.agreement(text, moved, number(f"t{k}")) - self.agreement(base, moved, number(f"u{k}"))
            ).sum()
            for k in range(draws)
        ]
        return float(np.mean(gains)) / len(where)


def _wins(quality: Floats, config: WorldConfig, rng: np.random.Generator) -> Floats:
    """Shape (conversations, 4, 4): what an order of response a over b is worth in agreement.

    Each rater's strict pairs weigh alike and sum to 1; a rater who ties all is left out.
    """
    count = len(quality)
    seen = quality[:, None, :] + config.rater_noise * rng.normal(size=(count, config.raters, 4))
    graded = np.round(seen / config.rater_step)
    over = graded[..., :, None] > graded[..., None, :]
    strict = over.sum((2, 3))
    weight = np.where(strict > 0, 1.0 / np.maximum(strict, 1), 0.0)
    judging = np.maximum((strict > 0).sum(1), 1)
    wins: Floats = np.einsum("crab,cr->cab", over, weight) / judging[:, None, None]
    return wins


class WorldArms(Arms):
    """The function that ranks, for the shipped trials: conversations are the numbers of a world's rows."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.texts: dict[str, Text] = {}

    def add(self, text: Text) -> str:
        self.texts[text.name] = text
        return text.name

    async def differences(
        self, current: str, candidate: str, conversations: Sequence[str], *, draw: str
    ) -> list[float | None]:
        where = np.array([int(name) for name in conversations], dtype=np.int64)
        key = number(draw)
        old = self.world.agreement(self.texts[current], where, key)
        new = self.world.agreement(self.texts[candidate], where, key)
        return [float(value) for value in new - old]


def names(where: NDArray[np.int64]) -> tuple[str, ...]:
    """Rows as the conversation ids that trials carry."""
    return tuple(str(int(row)) for row in where)
