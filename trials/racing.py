"""The screen as a race: a round's candidates share a call budget on training conversations."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf, log, log10
from typing import Literal

from ..records import Record
from .protocol import Arms
from .records import Look, Trial
from .trial import ask, fix_set

RULE = "race"


class Candidate(Record):
    """A proposal in the race, and the training conversations that it may be tried on."""

    proposal: str
    candidate: str
    """Digest of the candidate text."""
    planned: tuple[str, ...]


class ScreenRule(Record):
    """What a screen asks: is it rather an edit worth `effect`, or one worth nothing?

    Wald's sequential probability ratio test between a mean of `effect` and a mean of 0, in agreement from
    0 to 1, with the standard deviation learnt on the way (a prior of `prior_sd` that counts for 4
    differences). It costs no alpha, for it looks at training conversations only; what it saves is alpha and
    calls that nulls would take. `lose` is the share of worthwhile edits that it may drop, `let_by` the share
    of worthless ones that it may promote. Source: Wald 1947, Sequential Analysis, chapter 3.
    """

    effect: float = 0.10
    lose: float = 0.03
    let_by: float = 0.15
    prior_sd: float = 0.15
    block: int = 4
    least: int = 4
    """Differences before anything is decided."""
    most: int = 32
    """Conversations a candidate may take."""

    def support(self, differences: Sequence[float]) -> float:
        """Log likelihood ratio of `effect` against 0; positive speaks for the edit."""
        n = len(differences)
        if not n:
            return 0.0
        mean = sum(differences) / n
        squares = sum((value - mean) ** 2 for value in differences)
        variance = (4 * self.prior_sd**2 + squares) / (4 + n - 1)
        return n * self.effect * (mean - self.effect / 2) / variance

    @property
    def promote_at(self) -> float:
        return log((1 - self.lose) / self.let_by)

    @property
    def drop_at(self) -> float:
        return log(self.lose / (1 - self.let_by))


@dataclass(slots=True)
class _Runner:
    """One candidate's place in the race."""

    candidate: Candidate
    planned: tuple[str, ...]
    differences: list[float | None] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    support: float = inf
    """Before its first block every candidate comes first."""
    outcome: Literal["positive", "futile", "harmful", "ended", "empty"] | None = None

    @property
    def defined(self) -> list[float]:
        return [value for value in self.differences if value is not None]


async def race(
    candidates: Sequence[Candidate],
    *,
    arms: Arms,
    current: str,
    round: int,
    seed: int,
    budget_calls: int,
    screen: ScreenRule | None = None,
    draw: str | None = None,
    calls_per_difference: int = 2,
) -> list[Trial]:
    """Screen the candidates block by block until each is promoted or dropped, or the budget is used up.

    In each wave every undecided candidate gets one block, those nearest to promotion first where the budget
    doesn't reach all; so what is hopeless or clear costs little, and the budget's end falls on those least
    likely to be missed. The blocks of a wave are asked at once. Within the budget and `screen.most`, the undecided are promoted if the differences
    speak rather for the edit than against it (support above 0), else dropped.

    `draw` names the response orders: None draws afresh for each candidate; the measure pass's own draw
    (with `calls_per_difference=1`) finds the current arm in the cache, at the price of a current arm that
    was itself selected as poor. Returns one Trial of stage `screen` and alpha 0 per candidate, in order:
    outcome `positive` is promoted; `ended` got no call within the budget; `empty` had nothing to run on.
    """
    screen = screen or ScreenRule()
    runners = [
        _Runner(item, fix_set(item.planned, limit=screen.most, key=["screen", item.proposal, round, seed]))
        for item in candidates
    ]
    for runner in runners:
        if not runner.planned:
            runner.outcome = "empty"
    left = budget_calls // calls_per_difference
    while wave := _wave(runners, screen, left):
        answers = await asyncio.gather(
            *(
                ask(
                    arms,
                    current,
                    runner.candidate.candidate,
                    block,
                    draw=draw or f"screen:{round}:{runner.candidate.proposal}",
                    repeats=1,
                )
                for runner, block in wave
            )
        )
        for (runner, block), differences in zip(wave, answers, strict=True):
            runner.differences += differences
            left -= len(block)
            _judge(runner, screen)
    for runner in runners:
        if runner.outcome is None:
            _close(runner)
    return [
        Trial(
            proposal=runner.candidate.proposal,
            round=round,
            stage="screen",
            base=current,
            candidate=runner.candidate.candidate,
            rule=RULE,
            alpha=0.0,
            planned=runner.planned,
            differences=tuple(runner.differences),
            looks=tuple(runner.looks),
            outcome=runner.outcome or "ended",
            calls=calls_per_difference * len(runner.differences),
            reason=_explain(runner),
        )
        for runner in runners
    ]


def _wave(runners: Sequence[_Runner], screen: ScreenRule, left: int) -> list[tuple[_Runner, tuple[str, ...]]]:
    """Who gets which block next, with `left` differences to give; empty when nothing is open or left."""
    wave = []
    for runner in sorted((each for each in runners if each.outcome is None), key=lambda each: -each.support):
        seen = len(runner.differences)
        block = runner.planned[seen : seen + min(screen.block, left)]
        if block:
            wave.append((runner, block))
            left -= len(block)
    return wave


def _judge(runner: _Runner, screen: ScreenRule) -> None:
    """Look at a runner after a block; its outcome stays open while another block could decide."""
    defined = runner.defined
    exhausted = len(runner.differences) >= len(runner.planned)
    runner.support = screen.support(defined)
    mean = sum(defined) / len(defined) if defined else 0.0
    outcome: Literal["continue", "positive", "futile", "harmful", "ended"] = "continue"
    if len(defined) >= screen.least and runner.support >= screen.promote_at:
        outcome = "positive"
    elif len(defined) >= screen.least and runner.support <= screen.drop_at:
        outcome = "harmful" if mean <= -screen.effect / 2 else "futile"
    elif exhausted:
        outcome = "positive" if runner.support > 0 else "futile"
    runner.looks.append(
        Look(
            n=len(defined),
            mean=mean,
            statistic=runner.support / log(10),
            threshold=log10((1 - screen.lose) / screen.let_by),
            outcome=outcome,
        )
    )
    if exhausted and not defined:
        runner.outcome = "empty"
    elif outcome != "continue":
        runner.outcome = outcome


def _close(runner: _Runner) -> None:
    """The budget is used up: decide by what there is."""
    if not runner.looks:
        runner.outcome = "ended"
        return
    runner.outcome = "positive" if runner.support > 0 and runner.defined else "futile"
    runner.looks[-1] = runner.looks[-1].model_copy(update={"outcome": runner.outcome})


def _explain(runner: _Runner) -> str:
    defined = runner.defined
    if not defined:
        return (
            "The round's screening calls were used up before its first block."
            if runner.planned and not runner.differences
            else "No training conversation to screen on."
        )
    seen = f"{100 * sum(defined) / len(defined):+.1f} points over {len(defined)} training conversations"
    return {
        "positive": f"{seen}: promoted.",
        "futile": f"{seen}: dropped, too little to be worth a trial.",
        "harmful": f"{seen}: dropped, it does harm.",
    }[runner.outcome or "futile"]
