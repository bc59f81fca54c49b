"""One trial from the fixed set to the outcome, with its whole path."""

import random
from collections.abc import Sequence
from typing import Literal

from ..records import digest
from .protocol import Arms, TrialRule
from .reach import DEFAULT_REACH
from .records import Look, Trial

Stage = Literal["trial", "retest"]


def fix_set(conversations: Sequence[str], *, limit: int, key: Sequence[str | int]) -> tuple[str, ...]:
    """The set of a trial in its order of testing: a seeded draw of at most `limit`, drawn from `key`.

    It doesn't depend on the order of `conversations`; duplicates count once.
    """
    pool = sorted(set(conversations))
    random.Random(digest(list(key))).shuffle(pool)
    return tuple(pool[:limit])


def cut(size: int, blocks: int) -> list[int]:
    """Where the blocks end: `size` cut into at most `blocks` parts as even as can be, the first no smaller."""
    blocks = max(1, min(blocks, size))
    return [-(-size * (i + 1) // blocks) for i in range(blocks)]


async def ask(
    arms: Arms, current: str, candidate: str, conversations: Sequence[str], *, draw: str, repeats: int
) -> list[float | None]:
    """The differences, averaged over `repeats` independent draws (an undefined repeat is left out)."""
    tables = [
        await arms.differences(
            current, candidate, conversations, draw=draw if repeats == 1 else f"{draw}#{repeat}"
        )
        for repeat in range(repeats)
    ]
    rows = [[value for value in row if value is not None] for row in zip(*tables, strict=True)]
    return [sum(row) / len(row) if row else None for row in rows]


async def run_trial(
    *,
    proposal: str,
    round: int,
    current: str,
    candidate: str,
    planned: Sequence[str],
    arms: Arms,
    rule: TrialRule,
    alpha: float,
    seed: int,
    max_conversations: int = 60,
    stage: Stage = "trial",
    reach: float = DEFAULT_REACH,
    repeats: int = 1,
) -> Trial:
    """Test one proposal at level `alpha` on the conversations `planned`, in blocks, stopping where it is clear.

    The set is fixed, and drawn down to `max_conversations` by seed, before the first call. Both arms are
    asked afresh under a draw named after stage, round and proposal. Undefined differences stay in the path
    and are left out of the test. `reach` as in `TrialRule.start`. Two calls a conversation and repeat.
    What `arms` raises (BudgetEnded) goes through.
    """
    chosen = fix_set(planned, limit=max_conversations, key=[stage, proposal, round, seed])
    differences: list[float | None] = []
    looks: list[Look] = []
    outcome: Literal["positive", "futile", "harmful", "ended", "empty"] = "empty"
    if chosen:
        test = rule.start(alpha=alpha, planned=len(chosen), seed=seed, reach=reach)
        for end in cut(len(chosen), rule.blocks):
            block = chosen[len(differences) : end]
            draw = f"{stage}:{round}:{proposal}"
            differences += await ask(arms, current, candidate, block, draw=draw, repeats=repeats)
            defined = [value for value in differences if value is not None]
            looks.append(test.look(defined, last=end == len(chosen)))
            if looks[-1].outcome != "continue":
                outcome = looks[-1].outcome
                break
        if not any(value is not None for value in differences):
            outcome = "empty"
    return Trial(
        proposal=proposal,
        round=round,
        stage=stage,
        base=current,
        candidate=candidate,
        rule=rule.name,
        alpha=alpha,
        planned=chosen,
        differences=tuple(differences),
        looks=tuple(looks),
        outcome=outcome,
        calls=2 * repeats * len(differences),
        reason=explain(outcome, differences, looks, planned=len(chosen)),
    )


def explain(outcome: str, differences: Sequence[float | None], looks: Sequence[Look], *, planned: int) -> str:
    """The outcome in one sentence for a reader."""
    defined = [value for value in differences if value is not None]
    if not planned:
        return "No conversation to test on."
    if not defined:
        return f"None of the {len(differences)} conversations gave a difference."
    mean = 100 * sum(defined) / len(defined)
    seen = f"{mean:+.1f} points over {len(defined)} of {planned} conversations"
    undefined = len(differences) - len(defined)
    if undefined:
        seen += f" ({undefined} undefined)"
    last = looks[-1]
    proof = f"evidence 10^{last.statistic:.1f}"
    return {
        "positive": f"{seen}: {proof} reached the 10^{last.threshold:.1f} that was needed.",
        "futile": f"{seen}: stopped, passing had become unlikely.",
        "harmful": f"{seen}: stopped, it does harm.",
        "ended": f"{seen}: {proof} stayed under the 10^{last.threshold:.1f} that was needed.",
    }[outcome]
