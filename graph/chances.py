"""Which changes get another chance, what it costs them, and which may not come back."""

from collections import Counter
from collections.abc import Sequence

from ..spec import Proposal
from ..store.protocol import RunStore
from ..store.records import Trial
from ..trials.ledger import AlphaLedger
from .consolidate import signature

NEAR_MEAN = 0.03
NEAR_EVIDENCE = 1.0
"""From which a failed trial is a near miss: a mean difference, and evidence as -log10 of a p-value."""
SHARES = (1, 2, 4)
"""Shares of alpha that a proposal's first, second and third trial take; each counts as so many trials."""
SCREENS = 3
"""Screens that one change may go through, when it is proposed again."""

Place = tuple[tuple[str, str, str], ...]


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
    return len(tests) == 2 and look.mean > 0 and look.statistic >= NEAR_EVIDENCE


def place(proposal: Proposal) -> Place:
    """Where its edits go: proposals of one place are wordings of one change, and can't both be adopted."""
    return tuple(sorted((edit.op, edit.section, edit.anchor or edit.text) for edit in proposal.edits))


def shares_of(store: RunStore, proposal: str, round: int) -> int:
    """Shares of alpha that a proposal's trial in this round takes."""
    before = sum(trial.round < round for trial in store.trials.find(proposal=proposal, stage="trial"))
    return SHARES[min(before, len(SHARES) - 1)]


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


def settle(ledger: AlphaLedger, store: RunStore, round: int, adopted: Sequence[str]) -> AlphaLedger:
    """The ledger after the round's trials, in the order in which they were offered."""
    for tested in store.trials.find(round=round, stage="trial"):
        ledger = ledger.after(
            tested.outcome != "empty",
            tested.proposal in adopted,
            tested.alpha,
            shares=shares_of(store, tested.proposal, round),
        )
    return ledger


def shut(store: RunStore, considered: Sequence[str]) -> list[str]:
    """Signatures of changes that may not come back.

    A change that a screen dropped may, a few times: being proposed again from other cases is evidence, and a
    screen costs no alpha. So may one that only lost against another adoption.
    """
    reasons = {d.proposal: d.reason for d in store.decisions.find(by="loop")}
    screens: Counter[str] = Counter()
    closed: set[str] = set()
    for id in considered:
        mark = signature(store.proposals.get(id))
        if reasons.get(id) in ("screened", "conflict"):
            screens[mark] += 1
        elif reasons.get(id) != "duplicate":
            closed.add(mark)
    return sorted(closed | {mark for mark, times in screens.items() if times >= SCREENS})


def shut_places(store: RunStore) -> set[Place]:
    """Places where a change had its last trial: another wording of it would be another try at the same luck."""
    times = Counter(trial.proposal for trial in store.trials.find(stage="trial"))
    return {place(store.proposals.get(id)) for id, count in times.items() if count >= len(SHARES)}
