"""The screen: a race of a round's candidates on conversations that their proposers saw. It costs no alpha."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf, log
from typing import Literal

from .evaluator import Evaluator
from .group_tests import TrialGroup, difference_in
from .pairs import ask_both
from .policy import ScreenPolicy
from .records import Ending, Look, Trial
from .trial import fix_set

RULE = "sprt"
PRIOR_SD, PRIOR_COUNT = 0.15, 4
"""What is taken of the deviation before anything is seen, and for how many differences it counts."""
EVEN, A_STEP, MOST_ASKED = 0.09, 0.05, 1.5
CLEARLY = 1.0
"""From which log likelihood ratio people's words alone bring an edit to its trial."""
PER_CANDIDATE = 2 / 3
"""Share of `most` that a candidate has on average, where they race."""


@dataclass(frozen=True, slots=True)
class Screened:
    """A proposal in the race, and the items of its own fold that it bears on."""

    proposal: str
    text: str
    """Digest of the candidate text."""
    planned: tuple[str, ...]
    fold: int | None = None
    group: TrialGroup | None = None
    """Whose people judge it; None: everybody."""
    asked: float | None = None
    """Supporters less opponents among its people, as a share; None: not asked."""


@dataclass(slots=True)
class _Runner:
    """One candidate's place in the race, judged by Wald's sequential probability ratio test.

    A mean of `effect` against a mean of 0, the deviation learnt on the way. Source: Wald 1947, Sequential
    Analysis, chapter 3.
    """

    candidate: Screened
    planned: tuple[str, ...]
    policy: ScreenPolicy
    differences: list[float | None] = field(default_factory=list)
    looks: list[Look] = field(default_factory=list)
    support: float = inf
    """Log likelihood ratio of all that is known; before its first block every candidate comes first."""
    outcome: Ending | None = None

    @property
    def defined(self) -> list[float]:
        return [value for value in self.differences if value is not None]

    @property
    def mean(self) -> float:
        defined = self.defined
        return sum(defined) / len(defined) if defined else 0.0

    def take(self, differences: Sequence[float | None]) -> None:
        """Look at a block; the outcome stays open while another block could decide."""
        self.differences += differences
        self.support = asked_ratio(self.candidate.asked) + log_ratio(self.defined, self.policy.effect)
        least = len(self.defined) >= min(self.policy.block, len(self.planned))
        exhausted = len(self.differences) >= len(self.planned)
        outcome: Literal["continue", "positive", "futile", "harmful"] = "continue"
        if least and self.support >= self._promote_at:
            outcome = "positive"
        elif least and self.support <= self._drop_at:
            outcome = "harmful" if self.mean <= -self.policy.effect / 2 else "futile"
        elif exhausted:
            outcome = self._at_the_end
        self.looks.append(
            Look(
                n=len(self.defined), mean=self.mean, statistic=self.support / log(10),
                threshold=self._promote_at / log(10), outcome=outcome,
            )
        )  # fmt: skip
        if exhausted and not self.defined:
            self.outcome = "empty"
        elif outcome != "continue":
            self.outcome = outcome

    def close(self) -> None:
        """The calls are used up: decide by what there is."""
        if not self.looks:
            self.outcome = "ended"
            return
        self.outcome = self._at_the_end
        self.looks[-1] = self.looks[-1].model_copy(update={"outcome": self.outcome})

    @property
    def _at_the_end(self) -> Literal["positive", "futile"]:
        """Undecided: promoted where more speaks for it than against it."""
        speaks = self.mean > 0 or asked_ratio(self.candidate.asked) >= CLEARLY
        return "positive" if self.support > self._last_at and speaks else "futile"

    @property
    def _promote_at(self) -> float:
        return log((1 - self.policy.lose) / self.policy.let_by)

    @property
    def _drop_at(self) -> float:
        return log(self.policy.lose / (1 - self.policy.let_by))

    @property
    def _last_at(self) -> float:
        """Undecided at the end: dropped only where the differences speak against the edit rather than for it."""
        return self._drop_at / 2


def log_ratio(differences: Sequence[float], effect: float) -> float:
    """Log likelihood ratio of a mean of `effect` against 0; positive speaks for the edit."""
    n = len(differences)
    if not n:
        return 0.0
    mean = sum(differences) / n
    squares = sum((value - mean) ** 2 for value in differences)
    variance = (PRIOR_COUNT * PRIOR_SD**2 + squares) / (PRIOR_COUNT + n - 1)
    return n * effect * (mean - effect / 2) / variance


def asked_ratio(share: float | None) -> float:
    """What people's words add to the log likelihood ratio: in favour from `EVEN` up, bounded both ways.

    `share`: supporters less opponents, -1 to 1. In `concord eval worlds` it is even from 0.04 to 0.085; from 0.15 up it speaks
    for an edit by e^2.6.
    """
    if share is None:
        return 0.0
    return min(max((share - EVEN) / A_STEP, -MOST_ASKED), MOST_ASKED)


async def race(
    candidates: Sequence[Screened], *, evaluator: Evaluator, current: str, round_: int, seed: int,
    policy: ScreenPolicy, order_seed: str,
) -> list[Trial]:  # fmt: skip
    """Screen candidates until each is promoted or dropped; one Trial of stage `screen` each, in order.

    In waves of one block a candidate, asked side by side, those nearest to promotion first where the calls
    don't reach all. The current arm is read under `order_seed`, the measure pass's own where it costs
    nothing. `positive` is promoted; `ended` got no call; `empty` had nothing to run on. Raises BudgetEnded.
    """
    block = policy.block if policy.racing else policy.most
    runners = [
        _Runner(
            each,
            fix_set(each.planned, limit=policy.most, key=["screen", each.proposal, round_, seed]),
            policy,
        )
        for each in candidates
    ]
    for runner in runners:
        if not runner.planned:
            runner.outcome = "empty"
    left = round(len(candidates) * policy.most * (PER_CANDIDATE if policy.racing else 1))
    while wave := _wave(runners, block, left):
        answers = await asyncio.gather(
            *(
                ask_both(
                    evaluator,
                    current,
                    runner.candidate.text,
                    items,
                    order_seed=order_seed,
                    subject=runner.candidate.proposal,
                )
                for runner, items in wave
            )
        )
        for (runner, items), pairs in zip(wave, answers, strict=True):
            runner.take([difference_in(pair, runner.candidate.group) for pair in pairs])
            left -= len(items)
    for runner in runners:
        if runner.outcome is None:
            runner.close()
    return [
        Trial(
            proposal=runner.candidate.proposal, round=round_, stage="screen", base=current,
            candidate=runner.candidate.text, rule=RULE, alpha=0.0, planned=runner.planned,
            differences=tuple(runner.differences), looks=tuple(runner.looks), outcome=runner.outcome or "ended",
            calls=len(runner.differences), reason=_explain(runner), fold=runner.candidate.fold,
            mean=runner.mean if runner.defined else None,
        )
        for runner in runners
    ]  # fmt: skip


def _wave(runners: Sequence[_Runner], block: int, left: int) -> list[tuple[_Runner, tuple[str, ...]]]:
    """Who gets which block next, with `left` items to give; empty when nothing is open or left."""
    wave = []
    for runner in sorted((each for each in runners if each.outcome is None), key=lambda each: -each.support):
        seen = len(runner.differences)
        if items := runner.planned[seen : seen + min(block, left)]:
            wave.append((runner, items))
            left -= len(items)
    return wave


def _explain(runner: _Runner) -> str:
    n = len(runner.defined)
    if not n:
        if runner.planned and not runner.differences:
            return "The round's screening calls were used up before its first block."
        return "No conversation of its own fold to screen on."
    seen = f"{100 * runner.mean:+.1f} points over {n} conversations of its own fold"
    return {
        "positive": f"{seen}: promoted.",
        "futile": f"{seen}: dropped, too little to be worth a trial.",
        "harmful": f"{seen}: dropped, it does harm.",
    }[runner.outcome or "futile"]
