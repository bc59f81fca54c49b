"""The regression check: does an accepted edit harm conversations that it was not meant for?"""

from collections.abc import Collection, Sequence
from math import ceil

from scipy.special import ndtri
from scipy.stats import t as student

from .evaluator import Evaluator
from .futility import evidence
from .pairs import ask_both, differences
from .policy import RegressionPolicy
from .records import Ending, Look, Trial
from .trial import fix_set, standard_error

RULE = "regression"
USUAL_DEVIATION = 0.10
"""Of the differences outside an edit's set: most are 0, since most prompts stay as they were."""


def sample_size(policy: RegressionPolicy, deviation: float = USUAL_DEVIATION) -> int:
    """Items that find a mean loss of `policy.harm` with `policy.power` in a one-sided test at `policy.level`.

    Source: the normal approximation, Cohen 1988, Statistical Power Analysis, section 2.4.
    """
    size = ((ndtri(1 - policy.level) + ndtri(policy.power)) * deviation / policy.harm) ** 2
    return min(ceil(size), policy.most)


async def check_regression(
    *, proposal: str, round_: int, current: str, candidate: str, outside: Sequence[str], evaluator: Evaluator,
    policy: RegressionPolicy, seed: int, include: Collection[str], fold: int | None = None,
) -> Trial:  # fmt: skip
    """Score a seeded sample of the items outside an edit's set under both texts and test for harm.

    A one-sided t test of H0: the expected difference is at least 0. `harmful`: turn the edit back; `ended`: no
    harm seen; `empty`: nothing outside. It only removes, so it spends no alpha. `include`: the changed
    sections, which stand in every prompt, so that harm which relevance grades missed can be seen. Raises
    BudgetEnded.
    """
    chosen = fix_set(outside, limit=sample_size(policy), key=["regression", proposal, round_, seed])
    pairs = (
        await ask_both(
            evaluator, current, candidate, chosen, order_seed=f"{seed}:regression:{round_}:{proposal}",
            include=include,
        )
        if chosen
        else []
    )  # fmt: skip
    found = differences(pairs)
    looks: tuple[Look, ...] = ()
    outcome: Ending = "empty"
    reason = "No conversation outside its set gave a difference."
    se: float | None = None
    if len(found):
        se, _ = standard_error(found)
        assert se is not None
        p = float(student.cdf(found.mean / se, len(found) - 1)) if len(found) > 1 else 1.0
        outcome = "harmful" if p <= policy.level else "ended"
        looks = (
            Look(
                n=len(found), mean=found.mean, statistic=evidence(p), threshold=evidence(policy.level),
                outcome=outcome,
            ),
        )  # fmt: skip
        seen = "it does harm there" if outcome == "harmful" else "no harm seen there"
        reason = (
            f"{100 * found.mean:+.1f} points over {len(found)} conversations outside its set: {seen} "
            f"(a mean loss of {100 * policy.harm:g} points is found in {policy.power:.0%} of cases"
            f"{'' if len(chosen) >= sample_size(policy) else ', with more conversations than there are'})."
        )
    return Trial(
        proposal=proposal, round=round_, stage="regression", base=current, candidate=candidate, rule=RULE,
        alpha=0.0, planned=chosen, differences=tuple(pair.difference for pair in pairs), looks=looks,
        outcome=outcome, calls=2 * len(pairs), failed=sum(pair.failed for pair in pairs), reason=reason, fold=fold,
        mean=found.mean if len(found) else None, se=se,
    )  # fmt: skip
