"""The interaction test: an edit beside the others that were accepted, on the items that they share."""

from collections.abc import Sequence

from .evaluator import Evaluator
from .futility import evidence
from .pairs import ask_both, differences
from .records import Ending, Look, Trial
from .trial import fix_set
from .two_way import standard_error

RULE = "interaction"


async def test_interaction(
    *, proposal: str, round_: int, without: str, together: str, planned: Sequence[str], evaluator: Evaluator,
    seed: int, limit: int, draws: int, fold: int | None, wanted: float,
) -> Trial:  # fmt: skip
    """Score a proposal that passed once more, on top of the accepted ones that bear on the same items.

    `without` is the digest of the text that has the others and lacks this edit, `together` of the text with
    all. `positive`: it still brings a mean of at least `wanted` (and more than nothing), so it stays. It only
    removes, so it spends no alpha. An edit that says what another says adds nothing, and is let by only where
    noise reaches `wanted`; one that adds its own is kept nearly always. Raises BudgetEnded.
    """
    chosen = fix_set(planned, limit=limit, key=["interaction", proposal, round_, seed])
    pairs = await ask_both(
        evaluator,
        without,
        together,
        chosen,
        draws=draws,
        order_seed=f"interaction:{round_}:{proposal}",
        subject=proposal,
    )
    found = differences(pairs)
    outcome: Ending = "empty"
    looks: tuple[Look, ...] = ()
    if len(found):
        outcome = "positive" if found.mean > max(wanted, 0.0) else "ended"
        looks = (
            Look(
                n=len(found), mean=found.mean, statistic=evidence(0.5 if found.mean > 0 else 1.0),
                threshold=0.0, outcome=outcome,
            ),
        )  # fmt: skip
    se, df = standard_error(found)
    return Trial(
        proposal=proposal, round=round_, stage="interaction", base=without, candidate=together, rule=RULE,
        alpha=0.0, planned=chosen, differences=tuple(pair.difference for pair in pairs), looks=looks,
        outcome=outcome, calls=2 * draws * len(pairs), failed=sum(pair.failed for pair in pairs), fold=fold,
        draws=draws, mean=found.mean if len(found) else None, se=se, df=df,
        reason=f"it brings {100 * found.mean:+.1f} points over {len(found)} conversations on top of them, where "
        f"{100 * max(wanted, 0.0):.1f} are wanted.",
    )  # fmt: skip
