"""`concord eval told`: how often the interval of the gain that a run tells holds the true gain, for both texts.

Runs go through the shipped engine in worlds where some edits help (`null.world`); then the sealed items are judged under
the original and the revised text, and the interval is the one that reports print (`agreement.intervals`).
"""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import fmean

import numpy as np
from pydantic import Field

from ..agreement.intervals import Clusters, Estimate, estimate
from ..agreement.people import CHANGE
from ..errors import OptionError
from ..records import Record
from .null.experiment import Config as NullConfig
from .null.experiment import exact_interval, revise
from .null.world import Edit, NullWorld, NullWorldConfig
from .registry import Figures

SEALED_ORDER = 7
A_JOB = 10


class Config(NullConfig):
    """The experiment. `seeds` is the number of runs of each panel."""

    panels: tuple[int, ...] = Field((24, 48, 1012), description="People.")
    world: NullWorldConfig = NullWorldConfig(fresh_items=20_000)
    """The truth is told on so many new items that its own error (0.1 points) hardly counts beside what a sealed test of
    some 200 items errs by (0.7 to 1.7)."""
    effect: float = Field(0.10, gt=0, lt=1, description="What a true edit moves on what it touches.")
    true_share: float = Field(0.4, ge=0, le=1, description="Of the proposals.")
    effect_rounds: int = Field(4, ge=1, description="Rounds of a run.")


class Job(Record):
    config: Config
    people: int
    seeds: tuple[int, ...]


class Told(Record):
    """What one run told of one text, in agreement, and the truth."""

    text: str
    """likely, or proven"""
    unseen: bool
    """Whether it was told by people held in reserve."""
    low: float
    estimate: float
    high: float
    truth: float

    @property
    def holds(self) -> bool:
        return self.low <= self.truth <= self.high


def told_gain(world: NullWorld, edits: Sequence[Edit], *, heard: bool | None) -> Estimate:
    """The gain of a text with these edits on the sealed items, told by the people heard, by the others, or by all."""
    after = world.agreements(world.signs(edits, world.test, SEALED_ORDER), world.test)
    before = world.agreements(world.signs([], world.test, SEALED_ORDER), world.test)
    item, person, value = [], [], []
    for place, ((rows, new), (_, old)) in enumerate(zip(after, before, strict=True)):
        kept = np.ones(len(rows), bool) if heard is None else world.heard[world.person[rows]] == heard
        item += [place] * int(kept.sum())
        person += world.person[rows][kept].tolist()
        value += (new - old)[kept].tolist()
    told = np.arange(len(value))
    clusters = Clusters(np.array(item, np.intp), np.array(person, np.intp), told, np.ones(len(value))).dense()
    return estimate(np.array(value, dtype=np.float64), clusters.macro_shares(), clusters, bounds=CHANGE)


async def run_once(config: Config, people: int, seed: int) -> list[Told]:
    """Both texts of one run, where they hold any edit. Judged as the report's headline is: by the people held in
    reserve, where there are any."""
    ran = await revise(config, None, people, seed)
    found = []
    for text, edits in (("likely", ran.final), ("proven", ran.proven)):
        if not edits:
            continue
        gain = told_gain(ran.world, edits, heard=False)
        unseen = gain.participants > 0
        if not unseen:
            gain = told_gain(ran.world, edits, heard=None)
        if gain.estimate is None or gain.low is None or gain.high is None:
            continue
        found.append(
            Told(
                text=text, unseen=unseen, low=gain.low, estimate=gain.estimate, high=gain.high,
                truth=ran.world.true_gain(edits) / 100,
            )
        )  # fmt: skip
    return found


def work(job: Job) -> list[Told]:
    return [each for seed in job.seeds for each in asyncio.run(run_once(job.config, job.people, seed))]


async def run(
    config: Config, *, seeds: int, seed: int, progress: Callable[[str], None] | None = None
) -> Figures:
    """Figures: `coverage_likely_24` and so on, by text and panel, each with its 95 % Clopper-Pearson limits (`..._low`,
    `..._high`), the runs behind it (`..._runs`, those whose text holds an edit), `bias_...` (told less true, in points) and
    `width_...` (of the interval, in points). Raises OptionError for no seeds."""
    if seeds < 1:
        raise OptionError(f"--seeds is {seeds}; an experiment needs at least 1 run")
    every = list(range(seed, seed + seeds))
    figures: Figures = {}
    for people in config.panels:
        jobs = [
            Job(config=config, people=people, seeds=tuple(every[start : start + A_JOB]))
            for start in range(0, seeds, A_JOB)
        ]
        told = [each for part in await _spread(config, jobs) for each in part]
        for text in ("likely", "proven"):
            figures |= _figures(text, people, [each for each in told if each.text == text])
        if progress:
            progress(f"{people} people: {seeds} runs")
    return figures


def _figures(text: str, people: int, told: Sequence[Told]) -> Figures:
    name, holding = f"{text}_{people}", sum(each.holds for each in told)
    low, high = exact_interval(holding, len(told)) if told else (None, None)
    return {
        f"coverage_{name}": holding / len(told) if told else None,
        f"coverage_{name}_low": low,
        f"coverage_{name}_high": high,
        f"coverage_{name}_runs": float(len(told)),
        f"bias_{name}": 100 * fmean(each.estimate - each.truth for each in told) if told else None,
        f"width_{name}": 100 * fmean(each.high - each.low for each in told) if told else None,
    }


async def _spread(config: Config, jobs: Sequence[Job]) -> list[list[Told]]:
    if config.processes == 1:
        return [await asyncio.to_thread(work, job) for job in jobs]
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(config.processes, mp_context=get_context("spawn")) as pool:
        return list(await asyncio.gather(*(loop.run_in_executor(pool, work, job) for job in jobs)))
