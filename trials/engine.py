"""What every step of the acceptance engine works with, and the few words that all of them use."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from .evaluator import Drafts, Evaluator
from .folds import Folds
from .group_tests import GroupTests, TrialGroup
from .likely import LikelyRule
from .likely import likely_rule as named_likely_rule
from .outcomes import Effect, Entry, EvidenceLedger, Outcome, Reason, Status
from .policy import AcceptancePolicy
from .protocol import TrialRule
from .retries import RetryRule, retry_rule
from .rules import rule as named_rule

Precheck = Callable[[str, Sequence[str]], Awaitable[str | None]]
"""Proposal id and the items of its fold to a sentence where nobody asks for the change, else None."""

MEASURE = "measure"
"""The order seed of the measure pass: a screen's current arm is read off it, at no cost."""


@dataclass(frozen=True, slots=True)
class Engine:
    """Evaluator, texts, folds and policy of one run. It keeps no state: every step takes a ledger and gives the next."""

    evaluator: Evaluator
    drafts: Drafts
    folds: Folds
    policy: AcceptancePolicy
    seed: int = 0
    precheck: Precheck | None = None
    retry: RetryRule | None = None
    """None: the policy's, by name; `rule` and `likely_rule` likewise."""
    rule: TrialRule | None = None
    likely_rule: LikelyRule | None = None
    groups: tuple[TrialGroup, ...] = ()
    """Groups of people that may have overlays of their own beside the common text."""

    def group(self, name: str) -> TrialGroup | None:
        """None for everybody (an empty name)."""
        return next((group for group in self.groups if group.name == name), None)

    @property
    def group_tests(self) -> GroupTests | None:
        """None where there are no groups."""
        return GroupTests(self.groups, self.trial_rule, self.policy) if self.groups else None

    @property
    def trial_rule(self) -> TrialRule:
        return self.rule or named_rule(self.policy.rule)

    @property
    def what_is_likely(self) -> LikelyRule:
        return self.likely_rule or named_likely_rule(self.policy.likely_rule)

    def wants_retry(self, entry: Entry) -> bool:
        """Whether a proposal that was tried and is neither proven nor likely gets another trial."""
        return (self.retry or retry_rule(self.policy.retry)).wants(entry)


def rejected(proposal: str, reason: Reason, note: str, effect: Effect | None = None) -> Outcome:
    return Outcome(proposal=proposal, status="rejected", reason=reason, note=note, effect=effect)


def closed(ledger: EvidenceLedger, outcomes: Iterable[Outcome]) -> EvidenceLedger:
    """With the last word entered of those that have one."""
    final: dict[str, Status] = {each.proposal: each.status for each in outcomes}
    return ledger.put(
        *(
            entry.model_copy(update={"closed": True, "accepted": final[entry.proposal] == "accepted"})
            for entry in ledger.entries
            if final.get(entry.proposal) in ("accepted", "rejected")
        )
    )
