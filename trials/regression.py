"""The regression check: does an accepted edit harm conversations that it was not meant for?"""

from collections.abc import Collection, Sequence

from scipy.stats import t as student

from .evaluator import Evaluator
from .futility import evidence
from .pairs import Pair, ask_both, differences
from .policy import RegressionPolicy
from .records import Ending, Look, Trial
from .sizing import Harm, harm_seen, sample_size
from .trial import fix_set
from .two_way import standard_error

RULE = "regression"


DOUBT = 0.2
"""P-value of harm under which the first sample leaves a doubt, and a larger one is taken."""
CLOSER = 2
"""The larger sample looks for harm so many times smaller."""


def planned_size(policy: RegressionPolicy) -> int:
    """Items that find a mean loss of `policy.harm` with `policy.power`, at most `policy.most`."""
    size = sample_size(Harm(points=policy.harm), level=policy.level, power=policy.power)
    return min(size, policy.most)


def closer_size(policy: RegressionPolicy) -> int:
    """The same for a loss of `policy.harm / CLOSER`."""
    size = sample_size(Harm(points=policy.harm / CLOSER), level=policy.level, power=policy.power)
    return min(size, policy.most)


async def check_regression(
    *, proposal: str, round_: int, current: str, candidate: str, outside: Sequence[str], evaluator: Evaluator,
    policy: RegressionPolicy, seed: int, include: Collection[str], fold: int | None = None, subject: str = "",
) -> Trial:  # fmt: skip
    """Score a seeded sample of the items outside an edit's set under both texts and test for harm.

    A one-sided t test of H0: the expected difference is at least 0. Where the first sample leaves a doubt, a larger one is
    asked, that sees half of the loss; the two looks share the level evenly. `harmful`: turn the edit back; `ended`: no
    harm seen; `empty`: nothing outside. It only removes, so it spends no alpha. `include`: the changed
    sections, which stand in every prompt, so that harm which relevance grades missed can be seen. Raises
    BudgetEnded.
    """
    first = planned_size(policy)
    chosen = fix_set(outside, limit=closer_size(policy), key=["regression", proposal, round_, seed])
    two = len(chosen) > first
    level = policy.level / 2 if two else policy.level
    pairs: list[Pair] = []
    looks: list[Look] = []
    outcome: Ending = "empty"
    reason = "No conversation outside its set gave a difference."
    found = differences(pairs)
    se: float | None = None
    for end in (first, len(chosen)) if two else (len(chosen),):
        pairs += await ask_both(
            evaluator, current, candidate, chosen[len(pairs) : end], order_seed=f"{seed}:regression:{round_}:{proposal}",
            include=include, subject=subject,
        )  # fmt: skip
        found = differences(pairs)
        if not len(found):
            continue
        se, _ = standard_error(found)
        assert se is not None
        p = float(student.cdf(found.mean / se, len(found) - 1)) if len(found) > 1 else 1.0
        outcome = "harmful" if p <= level else "ended"
        doubt = outcome == "ended" and p < DOUBT and end < len(chosen)
        looks.append(
            Look(
                n=len(found), mean=found.mean, statistic=evidence(p), threshold=evidence(level),
                outcome="continue" if doubt else outcome,
            )
        )  # fmt: skip
        if not doubt:
            break
    if len(found):
        seen = "it does harm there" if outcome == "harmful" else "no harm seen there"
        reason = (
            f"{100 * found.mean:+.1f} points over {len(found)} conversations outside its set: {seen} (a mean loss of "
            f"{100 * harm_seen(len(found), level=level, power=policy.power):.1f} points there would be seen "
            f"in {policy.power:.0%} of cases)."
        )
    return Trial(
        proposal=proposal, round=round_, stage="regression", base=current, candidate=candidate, rule=RULE,
        alpha=0.0, planned=chosen, differences=tuple(pair.difference for pair in pairs), looks=tuple(looks),
        outcome=outcome, calls=2 * len(pairs), failed=sum(pair.failed for pair in pairs), reason=reason, fold=fold,
        mean=found.mean if len(found) else None, se=se,
    )  # fmt: skip
