"""How the people of a world rank: a utility they share, their own noise, their subgroup, and ties."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .config import PeopleConfig

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

PAIRS: tuple[tuple[int, int], ...] = ((0, 1), (0, 2), (0, 3), (1, 2), (1, 3), (2, 3))
_FIRST = np.array([a for a, _ in PAIRS])
_SECOND = np.array([b for _, b in PAIRS])


@dataclass(frozen=True, slots=True)
class Draw:
    """Who judges what, and the random part of how: fixed before utilities are known."""

    conversation: Ints
    """(n,) index of the conversation of each assessment."""
    participant: Ints
    """(n,) index of the participant."""
    error: Floats
    """(n, 4) standard normal."""
    log_step: Floats
    """(n,) standard normal."""
    offset: Floats
    """(n,) in [0, 1): where the person's steps begin."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How far people differ and how coarse they are, in sd of the utility they share."""

    noise: float
    step: float


def draw(config: PeopleConfig, conversations: int, rng: np.random.Generator) -> Draw:
    """Assigns people to conversations: about `raters` each, nobody twice but for the duplicate cells."""
    spread = np.exp(rng.normal(np.log(config.raters), config.raters_spread, conversations))
    counts = np.clip(np.rint(spread).astype(int), 3, config.participants)
    if config.crowd:
        counts[0] = config.participants
    keenness = rng.gamma(6.0, 1.0, config.participants)
    log_keenness = np.log(keenness)
    cells: list[tuple[int, int]] = []
    for index, count in enumerate(counts):
        race = log_keenness + rng.gumbel(size=config.participants)
        cells += [(index, int(person)) for person in np.argpartition(-race, count - 1)[:count]]
    again = rng.random(len(cells))
    for place in np.flatnonzero(again < config.duplicate_cells):
        cells += [cells[place]] * (2 if again[place] < config.duplicate_cells / 5 else 1)
    array = np.array(sorted(cells, key=lambda cell: cell[0]), dtype=np.int64)
    n = len(array)
    return Draw(array[:, 0], array[:, 1], rng.normal(size=(n, 4)), rng.normal(size=n), rng.random(n))


def compress(common: Floats, unit: Floats, likeness: float) -> Floats:
    """(n, 4) utilities to the same in units of `unit`, the good ones drawn together by `likeness`.

    People tell bad answers from good ones more surely than good ones from the best.
    """
    centred = (common - common.mean(axis=1, keepdims=True)) / unit
    return np.asarray(-np.expm1(-likeness * centred) / likeness if likeness else centred)


def levels(drawn: Draw, common: Floats, spread: Spread, config: PeopleConfig) -> Ints:
    """(n, 4) levels of each assessment, higher is better and equal is tied; `common` is (n, 4)."""
    steps = np.maximum(spread.step * np.exp(config.tie_spread * drawn.log_step), 1e-9)
    utility = common + spread.noise * drawn.error
    return np.floor(utility / steps[:, None] + drawn.offset[:, None]).astype(np.int64)


def signs(level: NDArray[np.generic]) -> NDArray[np.int8]:
    """(…, 4) levels to (…, 6): 1 where the first of the pair is better, -1 where the second is."""
    difference = level[..., _FIRST] - level[..., _SECOND]  # type: ignore[operator]  # numbers of any kind
    return np.asarray(np.sign(difference), dtype=np.int8)


def pair_counts(drawn: Draw, level: Ints, conversations: int) -> tuple[Floats, Floats]:
    """(conversations, 6) each: how many people put the first of a pair higher, and how many the second."""
    sign = signs(level)
    return (
        _sums(drawn.conversation, (sign > 0).astype(float), conversations),
        _sums(drawn.conversation, (sign < 0).astype(float), conversations),
    )


def _sums(group: Ints, values: Floats, groups: int) -> Floats:
    """(n, k) values summed by group to (groups, k)."""
    columns = [np.bincount(group, weights=column, minlength=groups) for column in values.T]
    return np.stack(columns, axis=1)


def strict_agreement(drawn: Draw, level: Ints, conversations: int) -> float:
    """How often two people agree on a pair that both rank strictly; no conversation counts over 40 people."""
    above, below = pair_counts(drawn, level, conversations)
    both = above + below
    usual = both.max(axis=1) <= 40
    above, below, both = above[usual], below[usual], both[usual]
    same = (above * (above - 1) + below * (below - 1)).sum()
    return float(same / max(1.0, (both * (both - 1)).sum()))


def calibrate(drawn: Draw, common: Floats, config: PeopleConfig, conversations: int) -> Spread:
    """The noise at which two people agree as often as `pair_agreement` says, by bisection."""
    low, high = 0.0, 12.0 * float(common.std() + 1e-9)
    for _ in range(18):
        middle = (low + high) / 2
        spread = Spread(middle, config.tie_step)
        if (
            strict_agreement(drawn, levels(drawn, common, spread, config), conversations)
            > config.pair_agreement
        ):
            low = middle
        else:
            high = middle
    return Spread((low + high) / 2, config.tie_step)


def pair_weights(
    drawn: Draw, level: Ints, conversations: int, use: NDArray[np.bool_] | None = None
) -> Floats:
    """(conversations, 6): how agreement moves when a ranker puts the first of a pair higher instead of tying.

    Agreement of a ranker whose signs are s (6 values of -1, 0, 1) with the people of a conversation is
    ½ + ½ Σ s·w: the mean over its participants, a person's duplicates averaged first, over the pairs that
    the person ranks strictly. Rows of nan: nobody ranks anything strictly there. `use` picks assessments.
    """
    sign = signs(level).astype(float)
    strict = np.abs(sign).sum(axis=1)
    counted = strict > 0
    if use is not None:
        counted = counted & use
    where = np.flatnonzero(counted)
    cells, member = np.unique(
        drawn.conversation[where] * (drawn.participant.max() + 1) + drawn.participant[where],
        return_inverse=True,
    )
    size = np.bincount(member, minlength=len(cells)).astype(float)
    cell_mean = _sums(member, sign[where] / strict[where, None], len(cells)) / size[:, None]
    conversation = cells // (drawn.participant.max() + 1)
    weights = _sums(conversation, cell_mean, conversations)
    people = np.bincount(conversation, minlength=conversations).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(weights / people[:, None])


def agreement(sign: NDArray[np.generic], weights: Floats) -> Floats:
    """(…, conversations, 6) signs and (conversations, 6) weights to (…, conversations) agreements."""
    return np.asarray(0.5 + 0.5 * np.einsum("...cp,cp->...c", sign.astype(float), weights))
