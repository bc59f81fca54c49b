"""Adopted edits that touch the same conversations: tested together before both stay."""

from collections.abc import Set

from ..store.records import Trial
from .protocol import Arms, TrialRule
from .trial import run_trial

TOGETHER = 0.05
"""Level of a retest. It only removes, so it spends no alpha; at a trial's own level it would remove what is true."""


async def retest(
    *,
    proposal: str,
    round: int,
    without: str,
    together: str,
    planned: Set[str] | tuple[str, ...] | list[str],
    arms: Arms,
    rule: TrialRule,
    alpha: float,
    seed: int,
    max_conversations: int = 60,
    max_drop: float = 1.0,
) -> Trial:
    """Test a positive edit once more, on top of the other adopted edits that touch its conversations.

    `without` is the digest of the text that has the others and lacks this edit, `together` of the text with
    all; `planned` the conversations of the edit (those that it shares included). The level is the
    caller's, usually `TOGETHER`. Only a `positive` outcome lets it stay: a retest removes and never adds, so no
    alpha is spent. An edit that helps alone and adds exactly nothing beside another is let by as often as that level.
    """
    return await run_trial(
        proposal=proposal,
        round=round,
        current=without,
        candidate=together,
        planned=tuple(planned),
        arms=arms,
        rule=rule,
        alpha=alpha,
        seed=seed,
        max_conversations=max_conversations,
        stage="retest",
        max_drop=max_drop,
    )
