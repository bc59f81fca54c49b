"""`concord eval rules`: how often each trial rule errs, and what it finds, on one harness."""

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from ..records import Record
from ..trials.differences import Differences
from ..trials.protocol import TrialRule
from ..trials.rules import RULES
from ..trials.trial import cut

Floats = NDArray[np.float64]
Draw = Callable[[np.random.Generator, tuple[int, int]], Floats]

POWER_SDS = (0.10, 0.15, 0.20, 0.25, 0.30)


class Config(Record):
    """What is measured. `seeds` is the number of simulated trials a cell."""

    rules: tuple[str, ...] = tuple(RULES)
    sizes: tuple[int, ...] = (10, 20, 60)
    alpha: float = 0.05 / 40
    effect: float = 0.10
    max_drop: float = 0.35
    power_trials: int = 1000


def _spots(*parts: tuple[float, float], noise: float) -> Draw:
    """Differences at a few places, each (share, value), blurred by normal noise."""
    shares, values = [share for share, _ in parts], [value for _, value in parts]

    def draw(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
        centred = rng.choice(values, p=shares, size=shape) + noise * rng.normal(size=shape)
        return np.clip(centred, -1.0, 1.0)

    return draw


def _paraphrase(rng: np.random.Generator, shape: tuple[int, int]) -> Floats:
    """A third of the rankings come out the same; the others move either way."""
    return np.where(rng.random(shape) < 0.34, 0.0, np.clip(rng.normal(0.0, 0.16, shape), -1.0, 1.0))


NULLS: dict[str, Draw] = {
    "paraphrase": _paraphrase,
    "half": _spots((0.5, 0.1), (0.5, -0.1), noise=0.1),
    "zeros": _spots((0.8, 0.0), (0.1, 0.15), (0.1, -0.15), noise=0.0),
    "skewed": _spots((0.8, 0.05), (0.2, -0.2), noise=0.05),
    "rare_harm": _spots((0.9, 0.03), (0.1, -0.27), noise=0.03),
    "noisy_harm": _spots((5 / 6, 0.06), (1 / 6, -0.3), noise=0.15),
    "deep_harm": _spots((0.94, 0.03), (0.06, -0.47), noise=0.02),
}
"""Differences whose expectation is 0. `deep_harm` falls further than the default `max_drop`."""


def passes(rule: TrialRule, table: Floats, *, alpha: float, max_drop: float) -> tuple[int, float]:
    """How many rows (trials) the rule calls positive, and the mean number of differences it looked at."""
    found, looked = 0, 0
    ends = cut(table.shape[1], rule.blocks)
    for row in table:
        test = rule.start(alpha=alpha, planned=len(row), max_drop=max_drop)
        for end in ends:
            look = test.look(Differences.of_items(row[:end]), last=end == len(row))
            if look.outcome != "continue":
                break
        found += look.outcome == "positive"
        looked += look.n
    return found, looked / max(len(table), 1)


def hopeful(table: Floats) -> Floats:
    """The rows that any of the rules could call positive: their sum once came to 2.5 root sums of squares.

    Their evidence is near half the square of that ratio (in nats) where the gains are of like size, as in
    `NULLS`, and 1/800 takes 3.6. It saves testing the rest.
    """
    sums, squares = np.cumsum(table, axis=1), np.cumsum(table**2, axis=1)
    return np.asarray(table[(sums >= 2.5 * np.sqrt(squares) - 1e-12).any(axis=1) & (squares[:, -1] > 0)])


def error_rate(
    rule: TrialRule, draw: Draw, *, size: int, trials: int, alpha: float, max_drop: float, seed: int
) -> float:
    """The share of null trials that the rule calls positive."""
    rng = np.random.default_rng([seed, size])
    found, left = 0, trials
    while left:
        rows = min(left, 20_000)
        found += passes(rule, hopeful(draw(rng, (rows, size))), alpha=alpha, max_drop=max_drop)[0]
        left -= rows
    return found / trials


def power(
    rule: TrialRule,
    *,
    sd: float,
    effect: float,
    size: int,
    trials: int,
    alpha: float,
    max_drop: float,
    seed: int,
) -> tuple[float, float]:
    """The share of normal differences (mean `effect`, standard deviation `sd`) that pass, and the mean n."""
    rng = np.random.default_rng([seed, int(1000 * sd)])
    table = np.clip(rng.normal(effect, sd, (trials, size)), -1.0, 1.0)
    found, looked = passes(rule, table, alpha=alpha, max_drop=max_drop)
    return found / trials, looked


def power_curve(
    rule: TrialRule,
    *,
    sds: Sequence[float] = POWER_SDS,
    effect: float,
    size: int,
    trials: int,
    alpha: float,
    max_drop: float,
    seed: int,
) -> dict[str, float]:
    """`power_sd_010` and so on."""
    return {
        f"power_sd_{round(100 * sd):03d}": power(
            rule, sd=sd, effect=effect, size=size, trials=trials, alpha=alpha, max_drop=max_drop, seed=seed
        )[0]
        for sd in sds
    }


async def run(
    config: Config, *, seeds: int, seed: int, progress: Callable[[str], None] | None = None
) -> dict[str, float | None]:
    """Figures: `RULE_error_NULL_SIZE` in multiples of alpha (1 is right, less is careful), `RULE_power_sd_0XX`
    and `RULE_n_sd_0XX` (differences looked at) for sets of 60."""
    figures: dict[str, float | None] = {}
    for name in config.rules:
        rule = RULES[name]
        for null, draw in NULLS.items():
            for size in config.sizes:
                rate = error_rate(
                    rule,
                    draw,
                    size=size,
                    trials=seeds,
                    alpha=config.alpha,
                    max_drop=config.max_drop,
                    seed=seed,
                )
                figures[f"{name}_error_{null}_{size}"] = rate / config.alpha
        for sd in POWER_SDS:
            share, looked = power(
                rule,
                sd=sd,
                effect=config.effect,
                size=60,
                trials=config.power_trials,
                alpha=config.alpha,
                max_drop=config.max_drop,
                seed=seed,
            )
            figures[f"{name}_power_sd_{round(100 * sd):03d}"] = share
            figures[f"{name}_n_sd_{round(100 * sd):03d}"] = looked
        if progress is not None:
            progress(f"rule {name} measured")
    return figures
