"""How often the intervals of a level and a gain hold the truth, on simulated panels."""

from collections.abc import Callable

import numpy as np
from pydantic import Field

from ..agreement.intervals import Estimate
from ..agreement.measures import Places
from ..agreement.people import CHANGE
from ..records import Record
from .synthetic.people import PanelShape, SimulatedPanel, simulate_panel, simulate_ranker


class Rankers(Record):
    """Two rankers that read what people share with an error; the second reads some conversations better."""

    error: float = Field(1.5, ge=0)
    """Sd of the first's error (people share scores of sd 1)."""
    better: float = Field(0.7, ge=0)
    """Sd of the second's error where the edit touches a conversation."""
    touched: float = Field(0.3, ge=0, le=1)
    """Share of conversations that the edit touches; elsewhere both give one answer."""

    def rank(self, panel: SimulatedPanel, seed: int) -> tuple[Places, Places]:
        """Places (C, M) before and after."""
        before = simulate_ranker(panel.quality, error=self.error, seed=seed)
        after = simulate_ranker(panel.quality, error=self.better, seed=seed + 1)
        touched = np.random.default_rng([seed, 2]).random(len(before)) < self.touched
        return before, np.where(touched[:, None], after, before)


def coverage(
    shape: PanelShape,
    rankers: Rankers,
    *,
    panels: int,
    seed: int,
    truth: int = 100_000,
    progress: Callable[[str], None] | None = None,
) -> dict[str, float | None]:
    """Shares of `panels` panels, each of new conversations, people and ranker noise, whose 95 % interval holds the
    truth: `coverage_level`, `coverage_gain`.

    The truth is the mean of four panels of `truth` conversations each: at the defaults its own variance is less
    than a hundredth of a panel's. The `level_error` and `gain_error` say how the standard errors
    that are reported compare to the spread that is seen (1 is right).
    """
    scale = truth / shape.conversations
    endless = shape.model_copy(
        update={
            "conversations": truth,
            "participants": int(shape.participants * scale),
            "assessments": int((shape.assessments - shape.everyone * shape.participants) * scale),
            "everyone": 0,
            "duplicates": int(shape.duplicates * scale),
        }
    )
    endless_ones = [
        _estimates(endless, rankers, seed=(seed + 1) * 1_000_003 + each) for each in range(0, 40, 10)
    ]
    level, gain = (_middle([pair[which] for pair in endless_ones]) for which in (0, 1))
    levels: list[Estimate] = []
    gains: list[Estimate] = []
    for number in range(panels):
        drawn = _estimates(shape, rankers, seed=seed * 1_000_003 + 7 * number)
        levels.append(drawn[0])
        gains.append(drawn[1])
        if progress and number % 20 == 19:
            progress(f"coverage: {number + 1} of {panels} panels")
    return {
        "coverage_level": _holding(levels, level),
        "coverage_gain": _holding(gains, gain),
        "level_error": _calibration(levels),
        "gain_error": _calibration(gains),
        "true_level": level,
        "true_gain": gain,
    }


def _estimates(shape: PanelShape, rankers: Rankers, seed: int) -> tuple[Estimate, Estimate]:
    panel = simulate_panel(shape, seed)
    people = panel.people()
    before, after = rankers.rank(panel, seed + 1)
    old, new = people.agreements(before), people.agreements(after)
    return people.mean(new), people.mean(new - old, bounds=CHANGE)


def _middle(estimates: list[Estimate]) -> float | None:
    known = [one.estimate for one in estimates if one.estimate is not None]
    return sum(known) / len(known) if known else None


def _holding(estimates: list[Estimate], truth: float | None) -> float | None:
    known = [one for one in estimates if one.low is not None and one.high is not None]
    if not known or truth is None:
        return None
    return sum((one.low or 0) <= truth <= (one.high or 0) for one in known) / len(known)


def _calibration(estimates: list[Estimate]) -> float | None:
    """The mean half width over 1.96 spreads."""
    known = [(one.estimate, one.low, one.high) for one in estimates if one.low is not None]
    middle = np.array(known, dtype=np.float64)
    if len(middle) < 2:
        return None
    return float((middle[:, 2] - middle[:, 1]).mean() / 2 / 1.96 / middle[:, 0].std(ddof=1))
