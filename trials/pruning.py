"""Pruning: a proposal's parts are tried apart, and what earns nothing or does harm is left out."""

import asyncio
from math import sqrt

import numpy as np
from numpy.typing import NDArray

from .engine import MEASURE, Engine
from .group_tests import difference_in
from .pairs import ask_both
from .screening import Screened

HARM_AT = 0.5
"""Standard errors by which a part must speak against itself before it is left out."""
IDLE = 0.002
"""A part that moves no item by more than this is idle."""


async def pruned(engine: Engine, current: str, screened: Screened) -> tuple[str, str] | None:
    """The proposal without its idle and harmful parts, and the sentence that says so; None to leave it as it is.

    Each part is judged by what the whole loses without it, on the conversations of its own fold that the whole
    bears on: cheap, and free of alpha, for the trial still decides on what is left. Raises BudgetEnded.
    """
    count = engine.drafts.parts(screened.proposal)
    if count < 2 or len(screened.planned) < 2:
        return None
    lacking = [
        engine.drafts.keep(screened.proposal, [each for each in range(count) if each != part])
        for part in range(count)
    ]
    seen = await asyncio.gather(*(_gains(engine, current, screened, without) for without in lacking))
    kept: list[int] = []
    notes: list[str] = []
    for part, gains in enumerate(seen):
        if len(gains) < 2:
            kept.append(part)
        elif np.abs(gains).max() <= IDLE:
            notes.append(f"part {part + 1} moves nothing")
        elif float(gains.mean()) + HARM_AT * float(gains.std(ddof=1)) / sqrt(len(gains)) < 0:
            notes.append(f"part {part + 1} costs {-100 * float(gains.mean()):.1f} points")
        else:
            kept.append(part)
    if not notes or not kept:
        return None
    proposal = engine.drafts.keep(screened.proposal, kept)
    return None if proposal is None else (proposal, "; ".join(notes))


async def _gains(
    engine: Engine, current: str, screened: Screened, without: str | None
) -> NDArray[np.float64]:
    """(n,) what the whole gains over the text without a part; empty where the rest can't stand alone."""
    if without is None:
        return np.array([])
    text = engine.drafts.combine(current, without)
    pairs = await ask_both(
        engine.evaluator, text, screened.text, screened.planned, order_seed=MEASURE, subject=screened.proposal
    )
    return np.array([value for pair in pairs if (value := difference_in(pair, screened.group)) is not None])
