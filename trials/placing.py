"""Where an edit belongs that was tested in groups: into the common text, into some groups' overlays, or nowhere.

The rule. Half of a run's alpha and q is kept for overlays, and split evenly over its declared group tests: as many as
declared trials times groups. An edit is *proven* for a group by a p-value within alpha / 2 over their number, and *likely*
by Benjamini and Hochberg's step-up at q / 2 over all of them (1995, JRSS-B 57); tests not made yet count with a p-value
of 1, so that what is adopted stays. Where groups don't differ in anything, the chance that a run adopts an overlay edit is
so at most q / 2, whatever helps everybody.
"""

from collections.abc import Mapping, Sequence

from .group_records import GroupTest
from .outcomes import Effect, Label
from .policy import AcceptancePolicy


def winners(tests: Sequence[GroupTest], policy: AcceptancePolicy, groups: int) -> dict[str, dict[str, Label]]:
    """Proposal to the groups whose own test it passed, each with its label, from all group tests of a run so far."""
    declared = max(1, policy.max_trials * groups)
    ordered = sorted(test.p_value for test in tests)
    count = max(
        (k for k, p in enumerate(ordered, start=1) if p <= k * policy.overlay_q / declared), default=0
    )
    level = count * policy.overlay_q / declared if policy.evidence == "likely" else 0.0
    found: dict[str, dict[str, Label]] = {}
    for test in tests:
        if test.proven:
            found.setdefault(test.proposal, {})[test.group] = "proven"
        elif test.p_value <= level:
            found.setdefault(test.proposal, {}).setdefault(test.group, "likely")
    return found


def latest(tests: Sequence[GroupTest], proposal: str) -> Mapping[str, GroupTest]:
    """Group to the last test of a proposal there."""
    return {test.group: test for test in tests if test.proposal == proposal}


def divided(tests: Mapping[str, GroupTest]) -> tuple[str, ...]:
    """The groups that do not gain by an edit, as far as can be told: their effect, pooled with the others', isn't above 0."""
    return tuple(name for name, test in tests.items() if test.items and test.effect <= 0.0)


def overlay_effect(tests: Mapping[str, GroupTest], groups: Sequence[str]) -> Effect:
    """What an overlay edit does to the first of its groups, pooled with the others."""
    test = tests[groups[0]]
    return Effect(
        mean=test.effect, low=test.low, high=test.high, no_improvement=test.at_most_zero, items=test.items
    )
