"""The *likely* promise: of the edits in the likely text, the expected share with no positive effect is at most q.

The share is 0 where nothing is adopted; so where no edit of a run helps, q is the chance that it adopts any.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import pi, sqrt
from typing import Protocol

from ..errors import OptionError
from ..records import Record
from .evidence import Evidence
from .shrinkage import Shrunken, shrink

DEFAULT_Q = 0.10


class LikelyVerdict(Record):
    """What becomes of one proposal."""

    adopted: bool
    threshold: float
    """The p-value that was needed, its trial's weight taken in; 0 for a rule that goes by something else."""
    effect: Shrunken


class LikelyRule(Protocol):
    """Which of a run's proposals are adopted as likely. Another rule is one class with a name."""

    @property
    def name(self) -> str: ...

    def __call__(
        self, evidence: Sequence[Evidence], shrunken: dict[str, Shrunken], *, q: float, max_trials: int
    ) -> dict[str, float]:
        """The adopted, each with the threshold that its evidence met.

        Asked after every round with all the trials so far, in the order in which they ended: what it adopts once it
        must adopt ever after. `max_trials` was declared before the first.
        """
        ...


@dataclass(frozen=True, slots=True)
class StepUp:
    """Benjamini & Hochberg's step-up (1995, JRSS-B 57) over the declared number of trials.

    Trials that were not made yet count with a p-value of 1, so that the largest k with k p-values up to k q /
    max_trials only grows from round to round: what is adopted stays adopted, and an edit may follow once others are
    adopted. Weights that were fixed before their trials and are 1 in the mean keep the promise (Genovese, Roeder &
    Wasserman 2006, Biometrika 93). Proven for independent p-values and for positively dependent ones (Benjamini &
    Yekutieli 2001); trials of one run share conversations and people, for which it is measured (docs/trials.md).
    """

    name: str = "step-up"

    def __call__(
        self, evidence: Sequence[Evidence], shrunken: dict[str, Shrunken], *, q: float, max_trials: int
    ) -> dict[str, float]:
        count = _steps([one.p_value / one.weight for one in evidence], lambda k: k * q / max_trials)
        level = count * q / max_trials
        return _best({}, [(one, level * one.weight) for one in evidence if one.p_value <= level * one.weight])


@dataclass(frozen=True, slots=True)
class EStepUp:
    """e-BH (Wang & Ramdas 2022, JRSS-B 84) on e-values made of p-values by 1 / (2 sqrt(p)).

    Valid whatever the dependence, and paid for dearly.
    """

    name: str = "e-step-up"

    def __call__(
        self, evidence: Sequence[Evidence], shrunken: dict[str, Shrunken], *, q: float, max_trials: int
    ) -> dict[str, float]:
        count = _steps([_inverse_e(one) for one in evidence], lambda k: k * q / max_trials)
        level = count * q / max_trials
        return _best({}, [(one, (2 * level) ** 2) for one in evidence if count and _inverse_e(one) <= level])


@dataclass(frozen=True, slots=True)
class ELond:
    """e-LOND (Xu & Ramdas 2024, AISTATS): valid online whatever the dependence; decides each trial at once.

    The t-th trial needs an e-value of 1 / (q g_t (adopted so far + 1)), with g_t proportional to 1 / t^2 over
    `max_trials`.
    """

    name: str = "e-lond"

    def __call__(
        self, evidence: Sequence[Evidence], shrunken: dict[str, Shrunken], *, q: float, max_trials: int
    ) -> dict[str, float]:
        adopted: dict[str, float] = {}
        for place, one in enumerate(evidence[:max_trials], start=1):
            level = q * 6.0 / (pi * place) ** 2 * (len(adopted) + 1)
            if _inverse_e(one) <= level:
                adopted[one.proposal] = (2 * level) ** 2
        return adopted


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """Adopts while the mean local false sign rate of the adopted is within q (Stephens 2017, Biostatistics 18).

    It promises this given its prior, and looks at effects and standard errors only: rare deep harm it can't see.
    """

    name: str = "shrinkage"

    def __call__(
        self, evidence: Sequence[Evidence], shrunken: dict[str, Shrunken], *, q: float, max_trials: int
    ) -> dict[str, float]:
        adopted: dict[str, float] = {}
        total = 0.0
        for name, each in sorted(shrunken.items(), key=lambda item: item[1].no_improvement):
            total += each.no_improvement
            if total > q * (len(adopted) + 1):
                break
            adopted[name] = 0.0
        return adopted


LIKELY_RULES: dict[str, LikelyRule] = {
    each.name: each for each in (StepUp(), EStepUp(), ELond(), Shrinkage())
}
DEFAULT_LIKELY_RULE = "step-up"
"""The most true gain of those whose false share stays within q in every cell that was tried (docs/trials.md)."""


def likely_rule(name: str = DEFAULT_LIKELY_RULE) -> LikelyRule:
    """Raises OptionError for a name that no rule has."""
    try:
        return LIKELY_RULES[name]
    except KeyError:
        known = ", ".join(sorted(LIKELY_RULES))
        raise OptionError(f"unknown rule for what is likely {name!r}; choose one of: {known}") from None


def likely(
    evidence: Sequence[Evidence],
    *,
    q: float = DEFAULT_Q,
    max_trials: int,
    rule: LikelyRule | None = None,
) -> dict[str, LikelyVerdict]:
    """The verdict on every proposal, from all trials of a run so far in the order in which they ended.

    A proposal may have several trials: each counts as a test of its own, and one that passes is enough.
    `max_trials` is fixed before the first trial. Raises OptionError where q isn't within (0, 1), or weights sum to
    more than `max_trials` (more trials, or heavier ones, than were declared).
    """
    if not 0.0 < q < 1.0:
        raise OptionError(f"q must lie between 0 and 1, not {q}")
    weight = sum(one.weight for one in evidence)
    if weight > max_trials * (1 + 1e-9):
        raise OptionError(f"trials of weight {weight:g} were made, but only {max_trials} were declared")
    chosen = rule or LIKELY_RULES[DEFAULT_LIKELY_RULE]
    shrunken = shrink(evidence)
    adopted = chosen(evidence, shrunken, q=q, max_trials=max_trials)
    next_level = (len(adopted) + 1) * q / max_trials
    heaviest: dict[str, float] = {}
    for one in evidence:
        heaviest[one.proposal] = max(heaviest.get(one.proposal, 0.0), one.weight)
    return {
        name: LikelyVerdict(
            adopted=name in adopted,
            threshold=adopted.get(name, next_level * heaviest[name]),
            effect=effect,
        )
        for name, effect in shrunken.items()
    }


def likely_level(
    *, q: float, max_trials: int, adopted: int = 0, company: int = 1, weight: float = 1.0
) -> float:
    """The largest p-value by which a trial may still become likely, next to `adopted` others and `company` that
    are under test with it (itself among them): what futility and skipping reckon with.
    """
    return min(1.0, (adopted + company) * q / max_trials * weight)


def _steps(values: Sequence[float], level: Callable[[int], float]) -> int:
    """The largest k for which the k-th smallest value is at most `level(k)`; 0 for none."""
    ordered = sorted(values)
    return max((k for k, value in enumerate(ordered, start=1) if value <= level(k)), default=0)


def _inverse_e(one: Evidence) -> float:
    """1 / e for e = 1 / (2 sqrt(p)), whose mean under a uniform p is 1 (Vovk & Wang 2021)."""
    return 2.0 * sqrt(one.p_value / one.weight)


def _best(found: dict[str, float], passed: Sequence[tuple[Evidence, float]]) -> dict[str, float]:
    for one, level in passed:
        found[one.proposal] = max(found.get(one.proposal, 0.0), level)
    return found
