"""The nulls: edits that on the whole bring nothing, in every way in which one may look as if it did."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from .world import AXES, LENGTH, Edit, NullWorld, NullWorldConfig, gain_table, table_world

Cell = Literal["no_op", "wording", "rare_harm", "people", "themes", "length"]
CELLS: Mapping[Cell, str] = {
    "no_op": "other words, nothing else: the reader's errors are drawn anew",
    "wording": "wording shifts of 0.5 to 2 points, as often for the better as for the worse",
    "rare_harm": "a few points on 94 conversations in 100, a deep fall on the 6 with the most to lose",
    "people": "half of the people up, half down",
    "themes": "one theme up, another down",
    "length": "longer answers, which people like as often as not",
}
PANELS: Mapping[int, int] = {12: 8, 24: 8, 48: 8, 1012: 16}
"""People of a panel to raters of one item."""
RATERS_OF_SIXTY = 5
"""The same among sixty conversations."""
_RARE = 0.06
_WRECK = -4.0
"""A push that turns most orders round: 45 points and more where the reader agreed with the people."""
_SPREAD = 0.8
"""How far an edit pushes along an axis that divides people: 10 to 20 points for each half."""


def draw(world: NullWorld, cell: Cell, number: int) -> Edit:
    """The run's next edit of this kind."""
    rng = np.random.default_rng([world.seed, 11, number])
    config, name = world.config, f"{cell}{number}"
    count = len(world.quality)
    themes = rng.permutation(config.themes)[:2]
    touched = np.isin(world.theme, themes)
    table = gain_table(config)
    zero = np.zeros(count)
    match cell:
        case "no_op":
            return Edit(name, touched, zero)
        case "wording":
            size = rng.uniform(0.005, 0.02) * rng.choice([-1.0, 1.0])
            return Edit(name, touched, np.full(count, table.push_for(size)))
        case "rare_harm":
            return Edit(name, touched, np.where(struck(world, rng), _WRECK, mild_push(config)))
        case "people" | "length":
            axis = LENGTH if cell == "length" else int(rng.integers(AXES))
            along = _SPREAD * float(rng.choice([-1.0, 1.0])) if cell == "people" else _SPREAD / 2
            # All axes are alike, and an axis points either way: one table does for all of them.
            balanced = gain_table(config, axis if cell == "length" else 0, abs(along)).push_for(0.0)
            return Edit(name, touched, np.full(count, balanced), axis, along)
        case "themes":
            up = world.theme == themes[0]
            return Edit(name, touched, np.where(up, table.push_for(0.10), table.push_for(-0.10)))


def struck(world: NullWorld, rng: np.random.Generator) -> NDArray[np.bool_]:
    """(items,) which few are wrecked: half of those with the most to lose, where the reader sees best what people see."""
    seen = (world.reading * world.quality).sum(axis=1) / np.linalg.norm(world.reading, axis=1)
    return np.asarray((seen > np.quantile(seen, 1 - 2 * _RARE)) & (rng.random(len(seen)) < 0.5))


@lru_cache(maxsize=8)
def mild_push(config: NullWorldConfig) -> float:
    """What the other conversations gain so that the whole comes to nothing, by bisection in a world of its own."""
    world = table_world(config)
    where, everything = struck(world, np.random.default_rng(5)), np.ones(len(world.quality), dtype=bool)
    low, high = 0.0, 1.5
    for _ in range(10):
        middle = (low + high) / 2
        gain = world.true_gain([Edit("t", everything, np.where(where, _WRECK, middle))])
        low, high = (middle, high) if gain < 0 else (low, middle)
    return low


def improvement(world: NullWorld, effect: float, number: int) -> Edit:
    """An edit worth `effect`, in agreement, on what it touches."""
    rng = np.random.default_rng([world.seed, 13, number])
    touched = np.isin(world.theme, rng.permutation(world.config.themes)[:2])
    push = gain_table(world.config).push_for(effect)
    return Edit(f"true{number}", touched, np.full(len(world.quality), push))
