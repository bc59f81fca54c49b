"""Two rivals that work in rounds and re-rank everything: the study's loop, and greedy best-of-round.

Both see the same conversations, chosen in the same way, ask the same proposers, and read the whole spec in
every ranker prompt. Neither has a test: the mean over training and selection conversations decides.
"""

import time
from collections.abc import Callable, Sequence

import numpy as np

from ...agents.relevance import section_key
from ...errors import EditError
from ...graph.measuring import cases, gaps
from ...graph.options import Options
from ...graph.run_records import RunRecords
from ...graph.workshop import Setup, Workshop
from ...models.budget import Budget
from ...models.caller import Caller
from ...models.records import Where
from ...panel.records import Panel
from ...spec import Proposal, Spec, apply
from ...store.memory import MemoryCallCache
from .generate import World
from .model import SimulatedModel
from .outcome import ROLES, Outcome, Point, proposed, recalls, steps
from .scoring import Scorer
from .truth import Truth

Keep = Callable[["Rival", Spec, Sequence[Proposal]], Spec]
"""Takes the current text and a round's proposals, returns the text after the round."""


class Rival:
    """What a rival works with, and the record of its way."""

    def __init__(self, world: World, panel: Panel, truth: Truth, options: Options) -> None:
        self.world, self.truth, self.options = world, truth, options
        self.budget = Budget()
        store = RunRecords.in_memory(texts=False)
        caller = Caller(SimulatedModel(world), cache=MemoryCallCache(), calls=store.calls, budget=self.budget)
        self.shop = Workshop(
            Setup(
                spec=Spec.parse(world.spec), panel=panel, callers=dict.fromkeys(ROLES, caller), budget=self.budget,
                store=store, options=options,
            )
        )  # fmt: skip
        self.scorer = Scorer(world, self.shop)
        self.texts = [world.spec]
        self.path = [Point(calls=0, gap_closed=0.0)]
        self.measuring_calls = 0

    @property
    def calls(self) -> int:
        """Of all agents, so far."""
        return self.scorer.meter.calls + self.budget.spent.calls

    def mean(self, spec: Spec) -> float:
        """Mean agreement over all training and selection conversations."""
        return float(np.nanmean(self.scorer.agreement(spec, self.scorer.open)))

    def adopt(self, spec: Spec) -> None:
        self.shop.store.put_text(spec.text)
        self.texts.append(spec.text)
        self.path.append(Point(calls=self.calls, gap_closed=self.truth.gap_closed(spec.text)))

    async def propose(self, spec: Spec, round: int) -> list[Proposal]:
        """A round's proposals, from the shipped selection and proposers, without memory of earlier rounds."""
        shop, options = self.shop, self.options
        before = self.scorer.meter.calls
        ranked = self.scorer.ranked(spec, self.scorer.open)
        self.measuring_calls += self.scorer.meter.calls - before
        await self._grade(spec, round)
        chosen = shop.selector.select(
            gaps(shop, spec, ranked, set()), {}, batches=options.batches, size=options.batch_size,
            singles=options.singles,
        )  # fmt: skip
        where = Where(round=round, node="propose")
        batches = [cases(shop, spec, ranked, ids) for ids in chosen.batches]
        singles = [cases(shop, spec, ranked, [id]) for id in chosen.singles]
        made = await shop.proposers["batch"].propose(spec, [found for found in batches if found], [], where)
        made += await shop.proposers["conversation"].propose(
            spec, [found for found in singles if found], [], where
        )
        shop.store.proposals.add(made)
        return made

    async def _grade(self, spec: Spec, round: int) -> None:
        """Relevance of every open conversation to each section's text that isn't graded yet."""
        shop = self.shop
        new = [s.id for s in spec.sections if section_key(spec, s.id) not in shop.grades.known]
        if new:
            where = Where(round=round, node="measure")
            shop.touch.learn(await shop.grader.grade(spec, new, list(shop.open.values()), where))

    def outcome(self, method: str, seconds: float) -> Outcome:
        final = self.texts[-1]
        precision, count = steps(self.truth, self.texts)
        recall, planted, seen = recalls(self.truth, final, proposed(self.shop, self.truth))
        self.path.append(Point(calls=self.calls, gap_closed=self.truth.gap_closed(final)))
        return Outcome(
            method=method,
            gap_closed=self.truth.gap_closed(final),
            sealed_gain=100 * (self.truth.of_text(final) - self.truth.original),
            recall=recall,
            recall_of_planted=planted,
            precision=precision,
            adopted=count,
            proposed=seen,
            calls=self.calls,
            trial_calls=self.scorer.meter.calls - self.measuring_calls,
            tokens=self.scorer.meter.tokens + self.budget.spent.tokens,
            path=tuple(self.path),
            seconds=seconds,
        )


async def run_rounds(
    method: str, keep: Keep, world: World, panel: Panel, truth: Truth, options: Options, *, rounds: int
) -> Outcome:
    """Rounds of proposing and keeping, until nothing was kept for `options.patience` rounds."""
    began = time.perf_counter()
    rival = Rival(world, panel, truth, options)
    spec, stale = rival.shop.setup.spec, 0
    for round in range(1, rounds + 1):
        after = keep(rival, spec, await rival.propose(spec, round))
        stale = stale + 1 if after.digest == spec.digest else 0
        spec = after
        if stale >= options.patience:
            break
    return rival.outcome(method, time.perf_counter() - began)


def study(rival: Rival, spec: Spec, proposals: Sequence[Proposal]) -> Spec:
    """The study's loop: every proposal is re-scored on everything, and kept when the mean rises."""
    mean = rival.mean(spec)
    for candidate, _ in _distinct(spec, proposals):
        after = _on(spec, candidate)
        if after is None or after.digest == spec.digest:
            continue
        found = rival.mean(after)
        if found > mean:
            spec, mean = after, found
            rival.adopt(spec)
    return spec


def greedy(rival: Rival, spec: Spec, proposals: Sequence[Proposal]) -> Spec:
    """Every proposal of the round is re-scored on everything; the best one stays, if the mean rises."""
    mean = rival.mean(spec)
    scored = [(rival.mean(after), after.text) for _, after in _distinct(spec, proposals)]
    if scored and max(scored)[0] > mean:
        spec = Spec.parse(max(scored)[1])
        rival.adopt(spec)
    return spec


def _distinct(spec: Spec, proposals: Sequence[Proposal]) -> list[tuple[Proposal, Spec]]:
    """Proposals that apply and change something, each resulting text once."""
    found: dict[str, tuple[Proposal, Spec]] = {}
    for proposal in proposals:
        after = _on(spec, proposal)
        if after is not None and after.digest != spec.digest:
            found.setdefault(after.digest, (proposal, after))
    return list(found.values())


def _on(spec: Spec, proposal: Proposal) -> Spec | None:
    try:
        return apply(spec, proposal.edits)
    except EditError:
        return None
