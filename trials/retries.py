"""Another trial for a proposal whose trial was given up on the good side.

A later trial has its own level whether or not it is chosen after an earlier one, so the union over a run's trials
bounds the run as before; it counts as one of the trials that were declared.
"""

from dataclasses import dataclass
from typing import Protocol

from ..errors import OptionError
from .outcomes import Entry
from .policy import DEFAULT_RETRY
from .records import Trial

NEAR_MEAN = 0.01
"""From which mean difference on a trial that was stopped early is worth another."""


class RetryRule(Protocol):
    """Whether a proposal gets another trial. Another rule is one small class."""

    @property
    def name(self) -> str: ...

    def wants(self, entry: Entry) -> bool:
        """`entry`: what is known of a proposal that was tried and is neither proven nor likely."""
        ...


@dataclass(frozen=True, slots=True)
class RetryEarlyStops:
    """Again where the trial was stopped before three quarters of its set, with a mean on the good side.

    A few conversations may have been bad luck; a set that was used up would be asked the same people again.
    """

    most: int = 1
    name: str = "early-stops"

    def wants(self, entry: Entry) -> bool:
        return 0 < entry.tries <= self.most and entry.stopped_early and entry.mean >= NEAR_MEAN


@dataclass(frozen=True, slots=True)
class NoRetries:
    name: str = "none"

    def wants(self, entry: Entry) -> bool:  # noqa: ARG002
        return False


RETRY_RULES: dict[str, RetryRule] = {each.name: each for each in (RetryEarlyStops(), NoRetries())}


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
