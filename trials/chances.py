"""Another chance for a trial that failed on the good side, and what it costs in alpha."""

from collections.abc import Sequence

from ..store.records import Trial
from .ledger import AlphaLedger

NEAR_MEAN = 0.03
NEAR_EVIDENCE = 1.0
"""From which a failed trial is a near miss: a mean difference, and evidence as -log10 of a p-value."""
SHARES = (1, 2, 4)
"""Shares of alpha that a proposal's first, second and third trial take; each counts as so many trials.

A later trial would have its level whether or not it were chosen after a near miss, so the union over a run's
trials bounds the run as before.
"""
DRAWS = 2
"""A later trial asks each conversation so often, and may take so many times the conversations."""


def near_miss(tests: Sequence[Trial]) -> bool:
    """Whether a proposal deserves another trial: its last one failed on the good side.

    `tests`: its trials so far. After the first a mean of `NEAR_MEAN` is enough, for an early stop may have been
    bad luck; after the second the evidence must have come near as well; a third is the last.
    """
    last = tests[-1]
    if last.outcome not in ("ended", "futile") or not last.looks:
        return False
    look = last.looks[-1]
    if len(tests) == 1:
        return look.mean >= NEAR_MEAN
    return len(tests) < len(SHARES) and look.mean > 0 and look.statistic >= NEAR_EVIDENCE


def shares_after(tests: int) -> int:
    """Shares of alpha for the trial after so many."""
    return SHARES[min(tests, len(SHARES) - 1)]


def offers(ledger: AlphaLedger, shares: Sequence[int]) -> list[float]:
    """The alpha for each of the next trials of a round, fixed before the first of them begins.

    A trial that wants more shares than are left gets what is left; those for whom none is left get no offer.
    """
    each, left = ledger.offer(), ledger.left
    found: list[float] = []
    for wanted in shares:
        taken = min(wanted, left)
        if not taken or each <= 0:
            break
        found.append(each * taken)
        left -= taken
    return found
