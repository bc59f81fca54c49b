"""Which changes may come back, and what a round's trials cost."""

from collections import Counter
from collections.abc import Sequence

from ..spec import Proposal
from ..trials.chances import SHARES, shares_after
from ..trials.ledger import AlphaLedger
from .consolidate import signature
from .run_records import RunRecords

SCREENS = 3
"""Screens that one change may go through, when it is proposed again."""

Place = tuple[tuple[str, str, str], ...]


def place(proposal: Proposal) -> Place:
    """Where its edits go: proposals of one place are wordings of one change, and can't both be adopted."""
    return tuple(sorted((edit.op, edit.section, edit.anchor or edit.text) for edit in proposal.edits))


def shares_of(store: RunRecords, proposal: str, round: int) -> int:
    """Shares of alpha that a proposal's trial in this round takes."""
    tests = store.trials.find(proposal=proposal, stage="trial")
    return shares_after([trial for trial in tests if trial.round < round])


def settle(ledger: AlphaLedger, store: RunRecords, round: int, adopted: Sequence[str]) -> AlphaLedger:
    """The ledger after the round's trials, in the order in which they were offered."""
    for tested in store.trials.find(round=round, stage="trial"):
        ledger = ledger.after(
            tested.outcome != "empty",
            tested.proposal in adopted,
            tested.alpha,
            shares=shares_of(store, tested.proposal, round),
        )
    return ledger


def shut(store: RunRecords, considered: Sequence[str]) -> list[str]:
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


def shut_places(store: RunRecords) -> set[Place]:
    """Places where a change had its last trial: another wording of it would be another try at the same luck."""
    times = Counter(trial.proposal for trial in store.trials.find(stage="trial"))
    return {place(store.proposals.get(id)) for id, count in times.items() if count >= len(SHARES)}
