"""A look outside: does an adopted edit harm conversations that it was not meant for?"""

from collections.abc import Sequence
from math import sqrt
from typing import Literal

from scipy.stats import t as student

from .futility import evidence, spread
from .protocol import Arms
from .records import Look, Trial
from .trial import ask, fix_set

RULE = "outside"
LEVEL = 0.01
"""One-sided: one harmless edit in a hundred is turned back."""


async def look_outside(
    *,
    proposal: str,
    round: int,
    current: str,
    candidate: str,
    outside: Sequence[str],
    arms: Arms,
    seed: int,
    sample: int = 24,
    level: float = LEVEL,
) -> Trial:
    """Re-rank a seeded sample of the conversations outside an edit's set and test for harm.

    A one-sided t test of H0: the expected difference is at least 0, at `level`. Outcome `harmful`: turn the
    edit back; `ended`: no harm seen; `empty`: nothing outside. It only removes, so it spends no alpha; and
    conversations whose prompt the edit leaves as it was differ by exactly 0 and cost nothing (the cache).
    """
    chosen = fix_set(outside, limit=sample, key=["outside", proposal, round, seed])
    differences: list[float | None] = []
    if chosen:
        draw = f"outside:{round}:{proposal}"
        differences = await ask(arms, current, candidate, chosen, draw=draw, repeats=1)
    defined = [value for value in differences if value is not None]
    looks: tuple[Look, ...] = ()
    outcome: Literal["harmful", "ended", "empty"] = "empty"
    reason = "No conversation outside its set gave a difference."
    if defined:
        n, mean = len(defined), sum(defined) / len(defined)
        p = float(student.cdf(mean / (spread(defined) / sqrt(n)), n - 1)) if n > 1 else 1.0
        outcome = "harmful" if p <= level else "ended"
        looks = (Look(n=n, mean=mean, statistic=evidence(p), threshold=evidence(level), outcome=outcome),)
        found = "it does harm there" if outcome == "harmful" else "no harm seen there"
        reason = f"{100 * mean:+.1f} points over {n} conversations outside its set: {found}."
    return Trial(
        proposal=proposal,
        round=round,
        stage="outside",
        base=current,
        candidate=candidate,
        rule=RULE,
        alpha=0.0,
        planned=chosen,
        differences=tuple(differences),
        looks=looks,
        outcome=outcome,
        calls=2 * len(differences),
        reason=reason,
    )
