"""Which parts of a proposal carry its effect: each is left out in turn, on the trial's own conversations."""

import asyncio
from math import sqrt

import numpy as np
from scipy.stats import t as student

from ..agreement.intervals import two_way
from ..errors import EditError
from ..spec import Proposal, apply
from ..trials.differences import Differences
from ..trials.engine import MEASURE
from ..trials.pairs import ask_both, differences
from ..trials.records import Trial
from ..trials.two_way import clusters_of
from .context import RunContext
from .human_records import PartEffect
from .parts import parts_of, with_parts


async def part_effects(
    context: RunContext, current: str, proposal: Proposal, trial: Trial | None, round_: int
) -> tuple[PartEffect, ...]:
    """What each part brings beside the others, in their order.

    The conversations are those that the trial looked at; no alpha is spent, and nothing is decided by this.
    Empty for a proposal of one part and for one without a trial. Raises BudgetEnded.
    """
    count = parts_of(proposal)
    if count < 2 or trial is None or not trial.differences:
        return ()
    items = trial.planned[: len(trial.differences)]
    evaluator = context.evaluator.at(round_, "trial")
    spec = context.texts.spec(current)
    whole = apply(spec, proposal.edits)
    whole_text = context.texts.keep(whole)

    async def effect(part: int) -> PartEffect:
        only = with_parts(proposal, [part])
        text = " ".join(edit.text.strip() or f"({edit.op})" for edit in only.edits) if only else ""
        without = with_parts(proposal, [each for each in range(count) if each != part])
        try:
            after = apply(spec, without.edits) if without else None
        except EditError:
            after = None
        if after is None:
            return PartEffect(part=part + 1, text=text, mean=None)
        context.scope.descend(spec, after, [whole])
        pairs = await ask_both(
            evaluator, context.texts.keep(after), whole_text, items, order_seed=MEASURE, subject=proposal.id
        )
        mean, low, high = with_interval(differences(pairs))
        return PartEffect(
            part=part + 1, text=text, mean=mean, low=low, high=high, items=len(differences(pairs))
        )

    return tuple(await asyncio.gather(*(effect(part) for part in range(count))))


def with_interval(found: Differences) -> tuple[float | None, float | None, float | None]:
    """The mean over items with its two-sided 95 % interval by the two-way cluster variance; None where undefined."""
    if not len(found):
        return None, None, None
    clusters = clusters_of(found)
    spread = (
        two_way(found.cell, clusters.macro_shares(), clusters)
        if clusters is not None and found.cell is not None
        else None
    )
    if spread is None or np.isnan(spread.variance):
        return found.mean, None, None
    half = float(student.ppf(0.975, spread.freedom)) * sqrt(max(spread.variance, 0.0))
    return found.mean, max(-1.0, found.mean - half), min(1.0, found.mean + half)
