"""Another trial for a proposal whose trial failed on the good side, and what it costs in alpha."""

from dataclasses import dataclass
from typing import Protocol

from ..errors import OptionError
from .records import Entry, Trial

NEAR_MEAN = 0.02
"""From which mean difference on a trial that was stopped early is worth another."""
SHARES = (1, 1, 2)
"""Shares of alpha that a proposal's first, second and third trial take; each counts as so many trials.

A later trial has its level whether or not it is chosen after an earlier one, so the union over a run's trials
bounds the run as before.
"""


class RetryRule(Protocol):
    """Whether a proposal gets another trial. Another rule is one small class."""

    @property
    def name(self) -> str: ...

    def again(self, entry: Entry, trial: Trial) -> bool:
        """`entry`: what is known of the proposal, `trial` (its last) included."""
        ...


@dataclass(frozen=True, slots=True)
class RetryEarlyStops:
    """Again where the trial was stopped before three quarters of its set, with a mean on the good side.

    A few conversations may have been bad luck; a set that was used up would be asked the same people again.
    """

    most: int = 1
    name: str = "early-stops"

    def again(self, entry: Entry, trial: Trial) -> bool:
        return entry.tries <= self.most and entry.stopped_early and entry.mean >= -NEAR_MEAN


@dataclass(frozen=True, slots=True)
class NoRetries:
    name: str = "none"

    def again(self, entry: Entry, trial: Trial) -> bool:  # noqa: ARG002
        return False


RETRY_RULES: dict[str, RetryRule] = {each.name: each for each in (RetryEarlyStops(), NoRetries())}
DEFAULT_RETRY = "early-stops"


def retry_rule(name: str = DEFAULT_RETRY) -> RetryRule:
    """Raises OptionError for a name that no rule has."""
    try:
        return RETRY_RULES[name]
    except KeyError:
        known = ", ".join(sorted(RETRY_RULES))
        raise OptionError(f"unknown retry rule {name!r}; choose one of: {known}") from None


def stopped_early(trial: Trial) -> bool:
    """Whether it ended before three quarters of its set were asked, though the edit did move something."""
    return (
        trial.outcome == "futile"
        and 4 * len(trial.differences) < 3 * len(trial.planned)
        and any(trial.differences)
    )


def shares_for(tries: int) -> int:
    """Shares of alpha for the trial after so many."""
    return SHARES[min(tries, len(SHARES) - 1)]
