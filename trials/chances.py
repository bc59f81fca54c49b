"""Another chance for a trial that failed on the good side, and what it costs in alpha."""

from collections.abc import Sequence

from .ledger import AlphaLedger
from .records import Trial

NEAR_MEAN = 0.03
NEAR_EVIDENCE = 1.0
"""From which a failed trial is a near miss: a mean difference, and evidence as -log10 of a p-value."""
SHARES = (1, 2, 4)
"""Shares of alpha that a proposal's first, second and third trial take at the most; each counts as so many trials.

A later trial would have its level whether or not it were chosen after a near miss, so the union over a run's
trials bounds the run as before.
"""
DRAWS = 2
"""A later trial asks each conversation so often, and may take so many times the conversations."""


def near_miss(tests: Sequence[Trial]) -> bool:
    """Whether a proposal deserves another trial: its last one failed on the good side.

    `tests`: its trials so far. After the first a mean of `NEAR_MEAN` is enough, and where it was stopped before
    three quarters of its set were asked one that isn't as far below 0: a few conversations may have been bad
    luck. After the second the evidence must have come near as well; a third is the last.
    """
    last = tests[-1]
    if last.outcome not in ("ended", "futile") or not last.looks:
        return False
    look = last.looks[-1]
    if len(tests) == 1:
        return look.mean >= (-NEAR_MEAN if stopped_early(last) else NEAR_MEAN)
    return len(tests) < len(SHARES) and look.mean > 0 and look.statistic >= NEAR_EVIDENCE


def stopped_early(trial: Trial) -> bool:
    """Whether it ended before three quarters of its set were asked, though the edit did move something."""
    return 4 * len(trial.differences) < 3 * len(trial.planned) and any(trial.differences)


def shares_after(tests: Sequence[Trial]) -> int:
    """Shares of alpha for the trial after these. After one that stopped early it is one share again."""
    if len(tests) == 1 and stopped_early(tests[0]):
        return SHARES[0]
    return SHARES[min(len(tests), len(SHARES) - 1)]


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
