"""Direct votes of a few people beside a validator's verdicts on all: does the corrected share hold the truth?"""

from collections.abc import Callable, Mapping
from math import sqrt

import numpy as np
from pydantic import Field

from ..agreement.prediction import Corrected, corrected_support
from ..agreement.stances import Stance, clopper_pearson
from ..agreement.support import weigh
from ..records import Record

STANCES: tuple[Stance, ...] = ("support", "refute", "silent")


class Config(Record):
    people: int = Field(600, ge=20)
    """People who wrote one justification each."""
    votes: int = Field(60, ge=10)
    """Of them, drawn at random, those who are asked directly."""
    accuracy: float = Field(0.8, gt=0, le=1)
    """The share of justifications of which the validator says what the person would vote."""
    support: float = Field(0.42, ge=0, le=1)
    """The share of people who are for the change."""
    refute: float = Field(0.28, ge=0, le=1)
    """The share who are against it; the others have no opinion."""
    lean: float = Field(0.5, ge=0, le=1)
    """Of the validator's errors that have two ways to go, the share that go towards support."""


def drawn(config: Config, rng: np.random.Generator) -> tuple[dict[str, Stance], dict[str, Stance], list[str]]:
    """What people would vote, what the validator says of each, and who is asked."""
    chances = [config.support, config.refute, 1.0 - config.support - config.refute]
    truth = rng.choice(3, size=config.people, p=chances)
    wrong = rng.random(config.people) >= config.accuracy
    # The two errors on each stance, nearer to support and further from it.
    nearer, further = np.array([2, 0, 0])[truth], np.array([1, 2, 1])[truth]
    leaning = rng.random(config.people) < config.lean
    told = np.where(wrong, np.where(leaning, nearer, further), truth)
    names = [f"p{number}" for number in range(config.people)]
    asked = rng.choice(config.people, size=config.votes, replace=False)
    return (
        {name: STANCES[each] for name, each in zip(names, truth, strict=True)},
        {name: STANCES[each] for name, each in zip(names, told, strict=True)},
        [names[place] for place in asked],
    )


async def run(
    config: Config, *, seeds: int, seed: int, progress: Callable[[str], None] | None = None
) -> dict[str, float | str | None]:
    """Coverage of 95 % intervals over `seeds` draws of new people, and their widths.

    `coverage`: of the corrected share (`agreement.weigh`, the estimator that runs use). `width_ratio`: its mean width
    over that of the votes alone by the same way of reckoning; `width_ratio_exact`: over Clopper and Pearson's interval
    of the votes. `coverage_votes`: of the votes alone. `coverage_verdicts`: of the validator's share as it is counted.
    `error`: the mean distance of the corrected share from the truth, `error_verdicts` of the uncorrected one.
    """
    truth = config.support / (config.support + config.refute)
    rng = np.random.default_rng([seed, 60])
    held: list[tuple[bool, bool, bool, bool]] = []
    widths: list[tuple[float, float, float]] = []
    errors: list[tuple[float, float]] = []
    for number in range(seeds):
        real, told, asked = drawn(config, rng)
        labels: Mapping[str, Stance] = {name: real[name] for name in asked}
        voice = weigh(told, labels=labels)
        alone = corrected_support(labels, labels)
        exact = _exact(labels)
        if voice.corrected is None or alone is None or exact is None or voice.share is None:
            continue
        assert voice.low is not None
        assert voice.high is not None
        held.append(
            (
                _holds(voice.corrected, truth), _holds(alone, truth), exact[0] <= truth <= exact[1],
                voice.low <= truth <= voice.high,
            )
        )  # fmt: skip
        widths.append((_width(voice.corrected), _width(alone), exact[1] - exact[0]))
        errors.append((voice.corrected.share - truth, voice.share - truth))
        if progress and number % 200 == 199:
            progress(f"votes: {number + 1} of {seeds} draws")
    if not held:
        return {"draws": 0.0, "coverage": None, "width_ratio": None}
    shares = np.mean(held, axis=0)
    mean = np.mean(widths, axis=0)
    error = np.mean(errors, axis=0)
    return {
        "draws": float(len(held)),
        "coverage": float(shares[0]),
        "coverage_error": sqrt(float(shares[0] * (1 - shares[0])) / len(held)),
        "width_ratio": float(mean[0] / mean[1]),
        "width_ratio_exact": float(mean[0] / mean[2]),
        "width": float(mean[0]),
        "coverage_votes": float(shares[1]),
        "coverage_votes_exact": float(shares[2]),
        "coverage_verdicts": float(shares[3]),
        "error": float(error[0]),
        "error_verdicts": float(error[1]),
        "true_share": truth,
    }


def _exact(labels: Mapping[str, Stance]) -> tuple[float, float] | None:
    told = list(labels.values())
    support, refute = told.count("support"), told.count("refute")
    return clopper_pearson(support, support + refute) if support + refute else None


def _holds(found: Corrected, truth: float) -> bool:
    return found.low <= truth <= found.high


def _width(found: Corrected) -> float:
    return found.high - found.low
