"""What the data can prove: conversations touched by effect in points, before anything is paid for."""

from collections.abc import Sequence
from functools import lru_cache
from math import ceil, log, log1p

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import t as student

from ..records import Record
from .gaffke import gaffke_p_values
from .likely import DEFAULT_Q, likely_level
from .max_drop import likely_drop, max_drop
from .two_way import can_pass

SIZES = (8, 12, 16, 24, 40, 60, 120, 200)
EFFECTS = (0.03, 0.05, 0.07, 0.10, 0.15, 0.20)
ONE_DRAW_SD, TWO_DRAWS_SD = 0.144, 0.121
"""Sd of a conversation's difference where the reader's noise isn't known (one draw; the mean of two)."""
TIMES = 400


class Chance(Record):
    """The chance that an edit worth `effect` on the `touched` conversations is proven, and that it is likely."""

    touched: int
    effect: float
    """In agreement, 0 to 1."""
    proven: float
    likely: float


class Plan(Record):
    """The table, with what it takes for granted."""

    sd: float
    alpha: float
    """Of one trial."""
    likely_level: float
    chances: tuple[Chance, ...]

    def needed(self, effect: float, *, chance: float = 0.8, proven: bool = False) -> int | None:
        """The least number of conversations in the table from which an edit of this effect has this chance."""
        rows = [row for row in self.chances if row.effect >= effect - 1e-9]
        for row in sorted(rows, key=lambda row: (row.effect, row.touched)):
            if row.effect <= effect + 1e-9 and (row.proven if proven else row.likely) >= chance:
                return row.touched
        return None


def plan(
    *,
    alpha: float,
    max_trials: int,
    falls: NDArray[np.float64],
    q: float = DEFAULT_Q,
    sd: float = TWO_DRAWS_SD,
    people: float | None = None,
    sizes: Sequence[int] = SIZES,
    effects: Sequence[float] = EFFECTS,
    company: int = 1,
    seed: int = 0,
) -> Plan:
    """Chances by seeded simulation: normal differences of this `sd` through the shipped p-value, once at the end.

    `falls` (C,) are the possible falls of the open conversations (`max_drop.possible_falls`). `alpha` is the run's, `sd` that of a conversation's mean difference, as measured by `concord calibrate` or a first
    round where it is known. `people` is the effective number behind a set; None: many. `company`: how many edits of
    its worth are found with it, which makes *likely* easier. Sequential looks cost a little (2 points or so).
    """
    share = alpha / max_trials
    level = likely_level(q=q, max_trials=max_trials, company=company)
    chances = []
    for size in sizes:
        noise = _noise(size, seed)
        strict_drop = max_drop(falls, alpha=share, planned=size)
        lenient_drop = likely_drop(falls, level=q / max_trials, planned=size)
        for effect in effects:
            table = np.clip(effect + sd * noise, -1.0, 1.0)
            means, ses = table.mean(axis=1), table.std(axis=1, ddof=1) / np.sqrt(size)
            normal = student.sf(means / ses, size - 1)
            strict = np.maximum(gaffke_p_values(table, strict_drop), normal)
            lenient = np.maximum(gaffke_p_values(table, lenient_drop), normal)
            proven = (
                float((strict <= share).mean()) if people is None or can_pass(people, level=share) else 0.0
            )
            likely = (
                float((lenient <= level).mean()) if people is None or can_pass(people, level=level) else 0.0
            )
            chances.append(Chance(touched=size, effect=effect, proven=proven, likely=max(likely, proven)))
    return Plan(
        sd=sd,
        alpha=share,
        likely_level=level,
        chances=tuple(chances),
    )


def hopeless(
    gains: NDArray[np.float64],
    *,
    drop: float,
    level: float,
    people: float | None = None,
) -> bool:
    """Whether a set can't reach a p-value of `level` whatever happens: it is skipped, and costs neither calls nor alpha.

    `gains` (n,) is how far each conversation's agreement could rise: best single ranking minus current; `drop` as the
    trial reckons with (`max_drop.likely_drop` for the more lenient promise). `people` as in `two_way.can_pass`.
    """
    if not len(gains) or (people is not None and not can_pass(people, level=level)):
        return True
    return bool(gaffke_p_values(np.clip(np.asarray(gains), 0.0, 1.0)[None, :], drop)[0] > level)


def conversations_wanted(
    mean: float, sd: float, *, level: float, drop: float, power: float = 0.8
) -> int | None:
    """How many conversations it takes to show a mean difference of `mean` at `level` with `power`.

    By a normal test, and at least as many as Gaffke's test needs with no noise at all, (1 + mean / drop)^-n = level.
    None where `mean` isn't above 0. For a failed trial give the shrunken effect, not the mean that was seen.
    """
    if mean <= 0.0:
        return None
    normal = ((float(ndtri(1.0 - level)) + float(ndtri(power))) * sd / mean) ** 2
    return ceil(max(normal, -log(level) / log1p(mean / drop)))


@lru_cache(maxsize=64)
def _noise(size: int, seed: int) -> NDArray[np.float64]:
    return np.random.default_rng([seed, size]).normal(size=(TIMES, size))
