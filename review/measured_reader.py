"""How a base model reads, as it was measured: its errors, and a simulated reader that comes out alike."""

from collections.abc import Mapping
from math import cos, pi, sqrt
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError
from scipy.special import ndtri

from ..errors import OptionError
from ..records import Record


class MeasuredReader(Record):
    """How a base model reads. Shares are of strict response pairs, unless said otherwise; None: nothing to tell by."""

    model: str
    retest_flip_share: float | None = None
    """Pairs ordered otherwise when the same prompt is asked again."""
    order_flip_share: float | None = None
    """The same when the responses stand in another order."""
    wording_flip_share: float | None = None
    """The same when the spec says the same in other words."""
    edit_flip_share: float | None = None
    """The same under a spec that asks for shorter answers: what a change that matters does."""
    position_bias: float | None = None
    """How much more often than half the response shown earlier is placed higher."""
    length_bias: float | None = None
    """How much more often than the people does it place the longer one higher."""
    relevance_repeat: float | None = None
    """Of the (section, conversation) pairs graded 4 or 5 once, the share graded so twice."""
    validator_repeat: float | None = None
    """Justifications classed alike twice."""
    validator_confusion: Mapping[str, Mapping[str, int]] = {}
    """Right stance to stance given to how often, on labelled justifications (`concord eval validator --reader`)."""
    answered: int = 0
    failed: int = 0
    conversations: int = 0
    difference_sd: float | None = None
    """Sd over conversations of the change in agreement with the people when the spec says the same in other words,
    each asked once: what a trial has to see an effect through. `difference_sd_of_two`: the mean of two orders."""
    difference_sd_of_two: float | None = None

    def sd_of(self, draws: int) -> float | None:
        """The same where each text is asked in so many orders: var = conversations' part + draws' part / draws."""
        if self.difference_sd is None or self.difference_sd_of_two is None:
            return None
        one, two = self.difference_sd**2, self.difference_sd_of_two**2
        drawn = max(0.0, 2 * (one - two))
        return sqrt(max(one - drawn, 0.0) + drawn / draws)

    @classmethod
    def read(cls, path: Path) -> "MeasuredReader":
        """A `reader.json`. Raises OptionError that names the file."""
        try:
            return cls.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, UnicodeDecodeError, ValidationError) as problem:
            told = problem.errors()[0]["msg"] if isinstance(problem, ValidationError) else problem
            raise OptionError(f"the reader's file {str(path)!r} can't be read: {told}") from None

    def knobs(self) -> dict[str, Any]:
        """The errors of a simulated reader that comes out alike (`synthetic.config.ReaderConfig`)."""
        told: dict[str, float | None] = {
            "retest_flips": self.retest_flip_share,
            "order_flips": _beyond(self.order_flip_share, self.retest_flip_share),
            "wording_flips": _beyond(self.wording_flip_share, self.retest_flip_share),
            # Neighbours on four places lie 5/3 places apart in the mean, and the bias falls over 1.5 of them.
            "position_bias": _distance(self.position_bias, 10 / 9),
            # Two normal lengths lie 2 / sqrt(pi) apart in the mean.
            "length_bias": _distance(self.length_bias, 1.128),
            # Two readings of recall a have a / (2 - a) of what either finds in common.
            "relevance_recall": None
            if self.relevance_repeat is None
            else 2 * self.relevance_repeat / (1 + self.relevance_repeat),
            # Two readings of accuracy a agree in a² + (1 - a)².
            "validator_accuracy": None
            if self.validator_repeat is None
            else (1 + sqrt(max(0.0, 2 * self.validator_repeat - 1))) / 2,
        }
        knobs: dict[str, Any] = {name: float(value) for name, value in told.items() if value is not None}
        return knobs | ({"validator_confusion": self.validator_confusion} if self.validator_confusion else {})


def _beyond(flips: float | None, retest: float | None) -> float | None:
    """The flips that a change brings beyond those of asking again, by their variances."""
    if flips is None:
        return None
    rest = error_sd(flips) ** 2 - error_sd(retest or 0.0) ** 2
    return float(np.arccos(1 / (1 + max(0.0, rest))) / np.pi)


def error_sd(flips: float) -> float:
    """Sd of an error, in sd of what is read, under which two readings order a pair differently so often.

    Two normal readings with correlation r differ in the sign of a difference with chance arccos(r) / pi
    (Sheppard 1899), and r = 1 / (1 + sd²).
    """
    return sqrt(max(1.0 / max(cos(pi * min(flips, 0.49)), 1e-9) - 1.0, 0.0))


def _distance(excess: float | None, scale: float) -> float | None:
    if excess is None:
        return None
    return float(ndtri(np.clip(0.5 + excess, 0.01, 0.99))) * sqrt(2) / scale
