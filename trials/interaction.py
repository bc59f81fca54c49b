"""The interaction test: an edit beside the others that were accepted, on the items that they share."""

from collections.abc import Sequence

from .evaluator import Evaluator
from .protocol import TrialRule
from .records import Trial
from .trial import run_trial


async def test_interaction(
    *, proposal: str, round_: int, without: str, together: str, planned: Sequence[str], evaluator: Evaluator,
    rule: TrialRule, level: float, seed: int, limit: int, draws: int, fold: int | None,
) -> Trial:  # fmt: skip
    """Test a proposal that passed once more, on top of the accepted ones that bear on the same items.

    `without` is the digest of the text that has the others and lacks this edit, `together` of the text with
    all. It only removes, so it spends no alpha; an edit that helps alone and adds exactly nothing beside
    another is let by as often as `level`. It stays where its p-value is at most `level`. Raises BudgetEnded.
    """
    return await run_trial(
        proposal=proposal, round_=round_, current=without, candidate=together, planned=planned,
        evaluator=evaluator, rule=rule, alpha=level, likely_level=level, seed=seed, limit=limit, draws=draws,
        stage="interaction", fold=fold,
    )  # fmt: skip
