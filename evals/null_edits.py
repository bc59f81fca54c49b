"""The proposals of a null world: paraphrases, half-and-half edits, harms, aimed paraphrases; and true mends."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

import numpy as np
from scipy.optimize import brentq

from .null_world import Floats, Text, World, WorldConfig, mix, number

Kind = Literal["paraphrase", "half", "harm", "aimed", "mend"]
NULL_KINDS: tuple[Kind, ...] = ("paraphrase", "half", "harm", "aimed")


@dataclass(frozen=True, slots=True)
class Edit:
    """One proposed edit of one section."""

    name: str
    kind: Kind
    section: int


@dataclass(frozen=True, slots=True)
class Pushes:
    """How far an edit moves the ranker's reading to have its effect: see `pushes`."""

    mend: float
    half_up: float
    half_down: float
    harm: float

    def of(self, edit: Edit, count: int) -> Floats:
        """The push of an edit on each of `count` conversations."""
        if edit.kind == "mend":
            return np.full(count, self.mend)
        if edit.kind == "harm":
            return np.full(count, -self.harm)
        if edit.kind == "half":
            heads = (mix(number(edit.name), np.arange(count, dtype=np.uint64)) >> np.uint64(63)) > 0
            return np.where(heads, self.half_up, -self.half_down)
        return np.zeros(count)


@lru_cache(maxsize=8)
def pushes(config: WorldConfig, effect: float, harm: float) -> Pushes:
    """Pushes that change agreement by `effect` and `-harm` on average, measured in a world of 12,000 rows.

    The half-and-half edit helps by `effect` on one half; on the other it harms by as much and a tenth of a
    point more, so that no such edit has a positive expectation.
    """
    large = World(config.model_copy(update={"train": 1, "selection": 1, "test": 1, "fresh": 12000}), 0)
    base = large.true_gain(large.original, large.original, 1)

    def change(push: float) -> float:
        where = large.parts["fresh"]
        text = Text(
            "t", large.original.versions, large.original.prompts, np.full(large.member.shape[1], push)
        )
        return (
            float(
                np.mean(
                    [
                        (
                            large.agreement(text, where, number(f"c{k}"))
                            - large.agreement(large.original, where, number(f"c{k}"))
                        ).mean()
                        for k in range(4)
                    ]
                )
            )
            - base
        )

    def solve(wanted: float) -> float:
        return abs(float(brentq(lambda push: change(push) - wanted, -2.0, 3.0, xtol=1e-3)))

    up = solve(effect)
    return Pushes(mend=up, half_up=up, half_down=solve(-effect - 0.002), harm=solve(-harm))


class Proposer:
    """Proposes the four null kinds in turn, and a true mend with a set chance. Sections are drawn by seed."""

    def __init__(self, world: World, moves: Pushes, *, true_share: float, seed: int) -> None:
        self.world, self.moves, self.true_share = world, moves, true_share
        self.rng = np.random.default_rng([seed, 11])
        self.made = 0
        self.nulls = 0
        self.offered: set[int] = set()
        """Sections whose mend was proposed: each is proposed once."""

    def propose(self, gaps: Sequence[float]) -> Edit:
        """The next edit; `gaps` holds each section's measured gap on training conversations."""
        self.made += 1
        sections = self.world.config.sections
        open_sections = [section for section in range(sections) if section not in self.offered]
        if self.rng.random() < self.true_share and open_sections:
            section = int(self.rng.choice(open_sections))
            self.offered.add(section)
            return Edit(f"e{self.made}", "mend", section)
        kind = NULL_KINDS[self.nulls % len(NULL_KINDS)]
        self.nulls += 1
        if kind == "aimed":
            worst = np.argsort(-np.asarray(gaps))[: max(sections // 4, 1)]
            return Edit(f"e{self.made}", kind, int(self.rng.choice(worst)))
        return Edit(f"e{self.made}", kind, int(self.rng.integers(sections)))

    def apply(self, text: Text, edit: Edit) -> Text:
        return self.world.edited(text, edit.section, edit.name, self.moves.of(edit, len(text.push)))
