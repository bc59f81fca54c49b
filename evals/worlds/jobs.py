"""One world's work in one process: the loop as shipped, at other q, its oracle, and the rivals at as many calls."""

import asyncio
import time
from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Literal

from ...graph.options import Options
from ...records import Record
from ..synthetic import language
from ..synthetic.config import WorldConfig
from ..synthetic.texts import panel
from ..synthetic.truth import Truth
from ..synthetic.world import make_world
from .frontier import Frontier, Point
from .gepa_rival import CONFIGURATIONS, run_gepa
from .outcome import Outcome
from .places import Account, account
from .rivals import greedy, run_rounds, study, sure_greedy
from .shipped import made_of, run_loop

RivalName = Literal["study", "greedy", "gepa"]
RIVAL_ROUNDS = 100
"""More than any rival comes to: its calls end it, or its patience."""


class Job(Record):
    """One world, and who is to work on it."""

    world: WorldConfig
    seed: int
    loop: Options
    rivals: tuple[RivalName, ...] = ()
    oracle: bool = False
    invert: bool = False
    frontier: tuple[float, ...] = ()
    """Further q at which the loop runs, without rivals."""


class Result(Record):
    """What came of a job. Outcomes by method: `concord likely`, `concord proven`, `oracle`, and the rivals."""

    seed: int
    original: float
    """Agreement in points on new people and conversations under the original; `best`: what the true spec adds."""
    best: float
    effects: tuple[float, ...]
    """Points that each planted place moves on what it bears on."""
    outcomes: Mapping[str, Outcome]
    account: Account = Account()
    """What became of the planted places and of all proposals, in the loop as shipped."""
    frontier: Frontier = ()
    seconds: float


def work(job: Job) -> Result:
    """Do the whole job; deterministic but for the seconds."""
    began = time.perf_counter()
    language.forget()
    world = make_world(job.world, job.seed)
    truth, people = Truth(world), panel(world)
    options = job.loop.model_copy(update={"seed": job.seed, "split_seed": job.seed})
    ran = asyncio.run(run_loop(world, people, truth, options, invert=job.invert))
    outcomes: dict[str, Outcome] = {each.method: each for each in (ran.likely, ran.proven)}
    calls = ran.likely.calls
    became = account(truth, made_of(ran.finished), ran.finished.spec.text)
    points = {options.q: ran.likely}
    del ran
    for q in job.frontier:
        if q not in points:
            at = options.model_copy(update={"q": q})
            points[q] = asyncio.run(run_loop(world, people, truth, at, invert=job.invert)).likely
    if job.oracle:
        outcomes["oracle"] = asyncio.run(run_loop(world, people, truth, options, exact=True)).likely
    for name, keep in (("study", study), ("greedy", greedy), ("greedy 2se", sure_greedy)):
        if name.split()[0] in job.rivals:
            outcomes[name] = run_rounds(
                name, keep, world, people, truth, rounds=RIVAL_ROUNDS, patience=options.patience,
                max_calls=calls, seed=job.seed,
            )  # fmt: skip
    if "gepa" in job.rivals:
        for setup in CONFIGURATIONS:
            for each in run_gepa(setup, world, people, truth, max_calls=calls, seed=job.seed):
                outcomes[each.method] = each
    return Result(
        seed=job.seed,
        original=truth.of(world.spec),
        best=truth.best,
        effects=tuple(truth.effects.values()),
        outcomes=outcomes,
        account=became,
        frontier=tuple(Point(q=q, outcome=points[q]) for q in sorted(set(job.frontier))),
        seconds=time.perf_counter() - began,
    )


def best_rival(results: Sequence[Result]) -> str | None:
    """The rival with the largest mean net gain over the worlds."""
    names = [n for n in results[0].outcomes if n.split()[0] in ("study", "greedy", "gepa")] if results else []
    return max(names, key=lambda name: fmean(r.outcomes[name].gain for r in results), default=None)
