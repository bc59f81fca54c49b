"""One world's work in one process: the loop, its oracle and ablations, and the rivals."""

import asyncio
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from ...graph.options import Options
from ...records import Record
from .config import WorldConfig
from .generate import make_world
from .gepa_rival import CONFIGURATIONS, run_gepa
from .inhabit import panel, write
from .language import forget
from .outcome import Outcome
from .rounds import greedy, run_rounds, study
from .scoping import Scoping, compare
from .shipped import run_loop, sealed
from .truth import Truth

RivalName = Literal["study", "greedy", "gepa"]
Ablation = Literal[
    "no_scoping", "no_screening", "no_racing", "batch_only", "conversation_only", "no_validator", "no_memory"
]
ABLATIONS: Mapping[Ablation, Mapping[str, object]] = {
    "no_scoping": {"context": "full"},
    "no_screening": {"screening": False},
    "no_racing": {"racing": False},
    "batch_only": {"proposers": "batch"},
    "conversation_only": {"proposers": "conversation"},
    "no_validator": {"validating": False},
    "no_memory": {"memory": False},
}
"""What each ablation changes in the loop's options."""

GREEDY_ROUNDS = 3
"""Greedy adopts one edit a round: it gets so many times the loop's rounds."""


class Job(Record):
    """One world, and who is to work on it."""

    world: WorldConfig
    seed: int
    loop: Options
    rivals: tuple[RivalName, ...] = ()
    ablations: tuple[Ablation, ...] = ()
    oracle: bool = False
    scoping: bool = False
    write_to: Path | None = None
    """A folder for the world in the CA-1 layout."""


class Result(Record):
    """What came of a job. Outcomes by method: concord, oracle, study, greedy, `gepa:NAME`, `without:NAME`."""

    seed: int
    conversations: int
    original: float
    """Agreement of the ranker on the sealed split over its noise, under the original and the true spec."""
    best: float
    outcomes: Mapping[str, Outcome]
    scoping: Scoping | None = None
    seconds: float


def work(job: Job) -> Result:
    """Do the whole job; deterministic but for the seconds."""
    began = time.perf_counter()
    forget()
    world = make_world(job.world, job.seed)
    if job.write_to is not None:
        write(world, job.write_to / f"world-{job.seed}")
    options = job.loop.model_copy(update={"seed": job.seed, "split_seed": job.seed})
    people, truth = panel(world), Truth(world, sealed(world, options))
    ran = asyncio.run(run_loop(world, people, truth, options))
    outcomes: dict[str, Outcome] = {"concord": ran.outcome}
    scoping = compare(ran, ran.final) if job.scoping else None
    del ran
    if job.oracle:
        outcomes["oracle"] = asyncio.run(
            run_loop(world, people, truth, options, method="oracle", exact=True)
        ).outcome
    for name in job.ablations:
        changed = options.model_copy(update=dict(ABLATIONS[name]))
        outcomes[f"without:{name}"] = asyncio.run(
            run_loop(world, people, truth, changed, method=name)
        ).outcome
    if "study" in job.rivals:
        outcomes["study"] = asyncio.run(
            run_rounds("study", study, world, people, truth, options, rounds=options.rounds)
        )
    if "greedy" in job.rivals:
        rounds = GREEDY_ROUNDS * options.rounds
        outcomes["greedy"] = asyncio.run(
            run_rounds("greedy", greedy, world, people, truth, options, rounds=rounds)
        )
    if "gepa" in job.rivals:
        for configuration in CONFIGURATIONS:
            outcomes[f"gepa:{configuration.name}"] = run_gepa(
                configuration, world, people, truth, options, max_calls=outcomes["concord"].calls
            )
    return Result(
        seed=job.seed,
        conversations=world.size,
        original=truth.original,
        best=truth.best,
        outcomes=outcomes,
        scoping=scoping,
        seconds=time.perf_counter() - began,
    )
