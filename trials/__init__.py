"""Evidence: what it takes for an edit to be adopted. Knows no model and no graph."""

from typing import TYPE_CHECKING

from ..faces import lazy

if TYPE_CHECKING:
    from .acceptance import AcceptanceEngine, Gate, everybody_passes, first_ledger, settle_proven
    from .differences import Differences
    from .engine import MEASURE, Engine, Precheck
    from .evaluator import Drafts, Evaluator, Score
    from .folds import Folds
    from .likely import LIKELY_RULES, LikelyRule, likely
    from .outcomes import (
        Candidate,
        Effect,
        Entry,
        EvidenceLedger,
        Label,
        Outcome,
        Reason,
        StageResult,
        Status,
    )
    from .plan import Plan, plan
    from .policy import AcceptancePolicy, RegressionPolicy, ScreenPolicy
    from .protocol import SequentialTest, TrialRule
    from .records import Look, Trial
    from .retries import RETRY_RULES, RetryRule
    from .rules import RULES, rule

__all__ = [
    "LIKELY_RULES",
    "MEASURE",
    "RETRY_RULES",
    "RULES",
    "AcceptanceEngine",
    "AcceptancePolicy",
    "Candidate",
    "Differences",
    "Drafts",
    "Effect",
    "Engine",
    "Entry",
    "Evaluator",
    "EvidenceLedger",
    "Folds",
    "Gate",
    "Label",
    "LikelyRule",
    "Look",
    "Outcome",
    "Plan",
    "Precheck",
    "Reason",
    "RegressionPolicy",
    "RetryRule",
    "Score",
    "ScreenPolicy",
    "SequentialTest",
    "StageResult",
    "Status",
    "Trial",
    "TrialRule",
    "everybody_passes",
    "first_ledger",
    "likely",
    "plan",
    "rule",
    "settle_proven",
]

__getattr__, __dir__ = lazy(
    __name__,
    {
        "AcceptanceEngine": ".acceptance",
        "AcceptancePolicy": ".policy",
        "Candidate": ".outcomes",
        "Differences": ".differences",
        "Drafts": ".evaluator",
        "Effect": ".outcomes",
        "Engine": ".engine",
        "Entry": ".outcomes",
        "Evaluator": ".evaluator",
        "EvidenceLedger": ".outcomes",
        "Folds": ".folds",
        "Gate": ".acceptance",
        "LIKELY_RULES": ".likely",
        "Label": ".outcomes",
        "LikelyRule": ".likely",
        "Look": ".records",
        "MEASURE": ".engine",
        "Outcome": ".outcomes",
        "Plan": ".plan",
        "Precheck": ".engine",
        "RETRY_RULES": ".retries",
        "RULES": ".rules",
        "Reason": ".outcomes",
        "RegressionPolicy": ".policy",
        "RetryRule": ".retries",
        "Score": ".evaluator",
        "ScreenPolicy": ".policy",
        "SequentialTest": ".protocol",
        "StageResult": ".outcomes",
        "Status": ".outcomes",
        "Trial": ".records",
        "TrialRule": ".protocol",
        "everybody_passes": ".acceptance",
        "first_ledger": ".acceptance",
        "likely": ".likely",
        "plan": ".plan",
        "rule": ".rules",
        "settle_proven": ".acceptance",
    },
)
