"""The nulls: edits that on the whole bring nothing, in every way in which one may look as if it did."""

from collections.abc import Mapping
from typing import Literal

import numpy as np

from .world import AXES, LENGTH, Edit, NullWorld, gain_table

Cell = Literal["no_op", "wording", "rare_harm", "people", "themes", "length"]
CELLS: Mapping[Cell, str] = {
    "no_op": "other words, nothing else: the reader's errors are drawn anew",
    "wording": "wording shifts of 0.5 to 2 points, as often for the better as for the worse",
    "rare_harm": "3 points on 94 conversations in 100, a deep fall on 6",
    "people": "half of the people up, half down",
    "themes": "one theme up, another down",
    "length": "longer answers, which people like as often as not",
}
PANELS: Mapping[int, int] = {12: 8, 48: 8, 1012: 16}
"""People of a panel to raters of one item."""
_MILD, _RARE = 0.03, 0.06
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
            struck = rng.random(count) < _RARE
            fall = -_MILD * (1 - _RARE) / _RARE
            return Edit(name, touched, np.where(struck, table.push_for(fall), table.push_for(_MILD)))
        case "people" | "length":
            axis = LENGTH if cell == "length" else int(rng.integers(AXES))
            along = _SPREAD * float(rng.choice([-1.0, 1.0])) if cell == "people" else _SPREAD / 2
            balanced = gain_table(config, axis, along).push_for(0.0)
            return Edit(name, touched, np.full(count, balanced), axis, along)
        case "themes":
            up = world.theme == themes[0]
            return Edit(name, touched, np.where(up, table.push_for(0.10), table.push_for(-0.10)))


def improvement(world: NullWorld, effect: float, number: int) -> Edit:
    """An edit worth `effect`, in agreement, on what it touches."""
    rng = np.random.default_rng([world.seed, 13, number])
    touched = np.isin(world.theme, rng.permutation(world.config.themes)[:2])
    push = gain_table(world.config).push_for(effect)
    return Edit(f"true{number}", touched, np.full(len(world.quality), push))
