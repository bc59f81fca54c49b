"""The *likely* promise: of the edits in the likely text, the expected share with no positive effect is at most q.

The share is 0 where nothing is adopted; so where no edit of a run helps, q is the chance that it adopts any.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import pi, sqrt
from typing import Protocol

from scipy.special import ndtri

from ..errors import OptionError
from ..records import Record
from .company import in_company
from .evidence import Evidence
from .policy import DEFAULT_LIKELY_RULE
from .shrinkage import Shrunken, no_improvement, shrink

DEFAULT_Q = 0.10
BESIDE = 0.9
"""Share of q that shrinkage goes by beside the step-up: two ways to be adopted, and one promise."""


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

    def __call__(self, evidence: Sequence[Evidence], *, q: float, max_trials: int) -> dict[str, float]:
        """The adopted, each with the threshold that its evidence met.

        Asked after every round with all the trials so far, in the order in which they ended. What was adopted once
        stays adopted, whatever a later answer says. `max_trials` was declared before the first trial.
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

    def __call__(self, evidence: Sequence[Evidence], *, q: float, max_trials: int) -> dict[str, float]:
        count = _steps([one.p_value / one.weight for one in evidence], lambda k: k * q / max_trials)
        level = count * q / max_trials
        return _best({}, [(one, level * one.weight) for one in evidence if one.p_value <= level * one.weight])


@dataclass(frozen=True, slots=True)
class EStepUp:
    """e-BH (Wang & Ramdas 2022, JRSS-B 84) on e-values made of p-values by 1 / (2 sqrt(p)).

    Valid whatever the dependence, and paid for dearly.
    """

    name: str = "e-step-up"

    def __call__(self, evidence: Sequence[Evidence], *, q: float, max_trials: int) -> dict[str, float]:
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

    def __call__(self, evidence: Sequence[Evidence], *, q: float, max_trials: int) -> dict[str, float]:
        adopted: dict[str, float] = {}
        for place, one in enumerate(evidence[:max_trials], start=1):
            level = q * 6.0 / (pi * place) ** 2 * (len(adopted) + 1)
            if _inverse_e(one) <= level:
                adopted[one.proposal] = (2 * level) ** 2
        return adopted


@dataclass(frozen=True, slots=True)
class Shrinkage:
    """Adopts while the mean local false sign rate of the adopted is within q (Stephens 2017, Biostatistics 18).

    Standard errors are widened to what the trials' p-values in company say (`company.in_company`), for effects and
    standard errors alone don't see rare deep harm or few people. `most` bounds the p-value in company of what is adopted: beside
    many clear edits the mean rate would let pass what has next to no evidence of its own. It promises this given its prior.
    """

    name: str = "shrinkage"
    most: float = 0.10

    def __call__(
        self,
        evidence: Sequence[Evidence],
        *,
        q: float,
        max_trials: int,
    ) -> dict[str, float]:
        p_values = in_company(evidence, level=q / max_trials)
        least: dict[str, float] = {}
        for one, p in zip(evidence, p_values, strict=True):
            least[one.proposal] = min(least.get(one.proposal, 1.0), p)
        found = no_improvement([_widened(one, p) for one, p in zip(evidence, p_values, strict=True)])
        ordered = sorted(found, key=lambda name: found[name])
        rates = [found[name] for name in ordered]
        count = max((k for k in range(1, len(rates) + 1) if sum(rates[:k]) <= q * k), default=0)
        return {name: self.most for name in ordered[:count] if least[name] <= self.most}


@dataclass(frozen=True, slots=True)
class Either:
    """What `StepUp` adopts, and what `Shrinkage` at nine tenths of q adopts beside it.

    The one finds what is clear among few trials, the other what is middling among many. The false share of both
    together is measured on the draws of `evals/promises.py`, not proven (docs/trials.md).
    """

    name: str = "either"

    def __call__(self, evidence: Sequence[Evidence], *, q: float, max_trials: int) -> dict[str, float]:
        found = Shrinkage()(evidence, q=BESIDE * q, max_trials=max_trials)
        return found | StepUp()(evidence, q=q, max_trials=max_trials)


LIKELY_RULES: dict[str, LikelyRule] = {
    each.name: each for each in (Either(), StepUp(), EStepUp(), ELond(), Shrinkage())
}


def likely_rule(name: str = DEFAULT_LIKELY_RULE) -> LikelyRule:
    """Raises OptionError for a name that no rule has."""
    try:
        return LIKELY_RULES[name]
    except KeyError:
        known = ", ".join(sorted(LIKELY_RULES))
        raise OptionError(f"unknown likely rule {name!r}; choose one of: {known}") from None


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
    adopted = (rule or likely_rule())(evidence, q=q, max_trials=max_trials)
    shrunken = shrink(evidence)
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
    """About the largest p-value by which a trial may still become likely, next to `adopted` others and `company` that
    are under test with it (itself among them): what futility, skipping and planning reckon with.

    That of the step-up, or where several edits were adopted already, of the shrinkage beside it (`Shrinkage.most`).
    """
    step = (adopted + company) * q / max_trials * weight
    return min(1.0, max(step, Shrinkage().most if adopted + company >= 5 else 0.0))


def _steps(values: Sequence[float], level: Callable[[int], float]) -> int:
    """The largest k for which the k-th smallest value is at most `level(k)`; 0 for none."""
    ordered = sorted(values)
    return max((k for k, value in enumerate(ordered, start=1) if value <= level(k)), default=0)


def _widened(one: Evidence, p_value: float) -> Evidence:
    """The evidence with a standard error at which its mean has this p-value, where that is larger."""
    z = -float(ndtri(min(max(p_value, 1e-300), 0.9999)))
    se = max(one.se, one.mean / z) if one.mean > 0.0 and z > 0.02 else one.se
    return one.model_copy(update={"se": se, "df": 1e6})


def _inverse_e(one: Evidence) -> float:
    """1 / e for e = 1 / (2 sqrt(p)), whose mean under a uniform p is 1 (Vovk & Wang 2021)."""
    return 2.0 * sqrt(one.p_value / one.weight)


def _best(found: dict[str, float], passed: Sequence[tuple[Evidence, float]]) -> dict[str, float]:
    for one, level in passed:
        found[one.proposal] = max(found.get(one.proposal, 0.0), level)
    return found
