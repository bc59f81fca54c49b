"""`concord eval groups`: overlays in worlds of two groups that want the opposite in a few places, and where they want the same."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from statistics import fmean

from pydantic import Field

from ...agreement.stances import clopper_pearson
from ...graph.launching import Finished, launch
from ...graph.options import Options
from ...records import Record
from ...spec import Spec
from ..registry import Figures
from ..synthetic import language
from ..synthetic.model import SimulatedModel
from ..worlds.shipped import inputs
from .null import NullRun, null_run
from .world import ATTRIBUTE, GROUPS, group_world, planted

Progress = Callable[[str], None]
PLANTED = Options(per_group=ATTRIBUTE, rounds=8, patience=3)
NULL = Options(per_group=ATTRIBUTE, rounds=2, patience=2, batches=6, singles=4)
"""Two rounds of fewer calls: a null world is there to err in, not to find anything."""


class Config(Record):
    """Sizes of the arms. `seeds` is the number of worlds in which groups differ."""

    null_seeds: int = Field(200, ge=0)
    """Runs of trials in a world of numbers whose groups differ in nothing."""
    null_loops: int = Field(0, ge=0)
    """Whole loops in worlds of text whose groups differ in nothing: the same question, asked dearly."""
    disputed: int = Field(3, ge=1)
    """Places where the groups want the opposite."""
    common: int = Field(2, ge=0)
    """Places where both want the same, and the spec says something else."""
    conversations: int = Field(320, ge=60)
    participants: int = Field(160, ge=20)
    raters: int = Field(24, ge=4)
    """People on a conversation, half of each group."""
    null_conversations: int = Field(140, ge=60)
    """Of a null loop; likewise its participants and raters."""
    null_participants: int = Field(60, ge=20)
    null_raters: int = Field(14, ge=4)
    processes: int = Field(1, ge=1)
    """Worlds at a time."""


class Job(Record):
    """One world of one arm."""

    config: Config
    seed: int
    apart: bool


class Result(Record):
    """What one run came to."""

    seed: int
    apart: bool
    adopted: int
    """Edits in the common text; `overlays`: in overlays."""
    overlays: int
    found: int
    """Wishes of one group at a disputed place that its text grants while the common text says nothing there."""
    planted: int
    mended: int
    """Places of the common ground that the common text mends."""
    common: int
    sided: int
    """Disputed places where the common text takes a side."""
    gains: tuple[float, ...] = ()
    """What each overlay adds for its group on the sealed test."""
    beyond_noise: int = 0
    p_values: tuple[float, ...] = ()
    """Of the groups' tests that came to their end."""
    calls: int = 0


async def run(config: Config, *, seeds: int, seed: int, progress: Progress | None = None) -> Figures:
    """Planted worlds `seed` to `seed + seeds - 1`, then the null arms from the same seed on.

    Figures: `overlays_planted` (two groups' wishes at each disputed place), `overlays_found`; `overlays_wrong`: edits in
    overlays beyond those found; `common_planted` and `common_found`; `common_sided`: disputed places where the common
    text takes a side; `overlay_gain`: mean gain of an overlay for its group on the sealed test, `overlays_beyond_noise`;
    `null_overlay_rate`: share of null runs with any overlay edit, with its exact interval (what is promised: at most half
    of q); `null_p_below_05`: share of the groups' tests there with a p-value of 0.05 or less. `null_loop_rate`: the share
    among the null loops.
    """
    tell = progress or _silent
    jobs = [Job(config=config, seed=each, apart=True) for each in range(seed, seed + seeds)]
    jobs += [Job(config=config, seed=each, apart=False) for each in range(seed, seed + config.null_loops)]
    numbers: list[NullRun] = []
    for each in range(seed, seed + config.null_seeds):
        numbers.append(await asyncio.to_thread(null_run, each))
        if len(numbers) % 20 == 0:
            tell(
                f"{len(numbers)} of {config.null_seeds} null runs: {sum(n.overlays > 0 for n in numbers)} with an overlay edit"
            )
    return figures(await _spread(jobs, config.processes, tell), numbers)


def figures(results: Sequence[Result], numbers: Sequence[NullRun]) -> Figures:
    """By name, see `run`; None where there is nothing to tell by."""
    apart = [result for result in results if result.apart]
    loops = [result for result in results if not result.apart]
    struck = sum(each.overlays > 0 for each in numbers)
    low, high = clopper_pearson(struck, len(numbers)) if numbers else (None, None)
    gains = [gain for result in apart for gain in result.gains]
    tests = [p for each in numbers for p in each.p_values]
    return {
        "worlds": float(len(apart)),
        "overlays_planted": float(sum(result.planted for result in apart)),
        "overlays_found": float(sum(result.found for result in apart)),
        "overlays_wrong": float(sum(result.overlays - result.found for result in apart)),
        "common_planted": float(sum(result.common for result in apart)),
        "common_found": float(sum(result.mended for result in apart)),
        "common_sided": float(sum(result.sided for result in apart)),
        "overlay_gain": fmean(gains) if gains else None,
        "overlays_measured": float(len(gains)),
        "overlays_beyond_noise": float(sum(result.beyond_noise for result in apart)),
        "calls": fmean(result.calls for result in apart) if apart else None,
        "null_runs": float(len(numbers)),
        "null_overlay_rate": struck / len(numbers) if numbers else None,
        "null_overlay_low": low,
        "null_overlay_high": high,
        "null_trials": float(sum(each.trials for each in numbers)),
        "null_common_edits": float(sum(each.common for each in numbers)),
        "null_tests": float(len(tests)),
        "null_p_below_05": sum(p <= 0.05 for p in tests) / len(tests) if tests else None,
        "null_loops": float(len(loops)),
        "null_loop_rate": sum(each.overlays > 0 for each in loops) / len(loops) if loops else None,
    }


def work(job: Job) -> Result:
    """Run the shipped loop in one world; deterministic."""
    language.forget()
    config = job.config
    size = (
        planted(
            conversations=config.conversations, participants=config.participants, raters=config.raters,
            common=config.common, disputed=config.disputed,
        )
        if job.apart
        else planted(
            conversations=config.null_conversations, participants=config.null_participants, raters=config.null_raters,
            common=config.common, disputed=config.disputed,
        )
    )  # fmt: skip
    made = group_world(size, job.seed, disputed=config.disputed, apart=job.apart)
    options = (PLANTED if job.apart else NULL).model_copy(update={"seed": job.seed, "split_seed": job.seed})
    given = inputs(Spec.parse(made.world.spec), made.panel, SimulatedModel(made.world), options)
    finished = asyncio.run(launch(given))
    if not isinstance(finished, Finished):
        raise TypeError("a run without approval came back with a question")
    summary, texts = finished.summary, finished.context.texts
    common = finished.spec.text
    found = 0
    if job.apart:
        for overlay in summary.overlays:
            text = texts.spec(overlay.text).text
            found += made.held(text, GROUPS.index(overlay.group)) if overlay.edits else 0
    trials = finished.context.records.trials.find(stage="trial")
    sealed = summary.sealed_test.overlays if summary.sealed_test else ()
    return Result(
        seed=job.seed,
        apart=job.apart,
        adopted=sum(not each.overlays for each in summary.adopted),
        overlays=sum(len(overlay.edits) for overlay in summary.overlays),
        found=found,
        planted=len(GROUPS) * config.disputed,
        mended=made.mended(common),
        common=len(made.common),
        sided=config.disputed - made.silent(common),
        gains=tuple(each.gain.estimate for each in sealed if each.gain.estimate is not None),
        beyond_noise=sum(each.more_than_noise for each in sealed),
        p_values=tuple(
            test.p_value
            for trial in trials
            if len(trial.differences) == len(trial.planned)
            for test in trial.groups
        ),
        calls=given.budget.spent.calls,
    )


async def _spread(jobs: Sequence[Job], processes: int, tell: Progress) -> list[Result]:
    def told(count: int, result: Result) -> None:
        arm = (
            f"{result.found} of {result.planted} overlay places"
            if result.apart
            else f"{result.overlays} overlay edits"
        )
        tell(
            f"{count} of {len(jobs)}: {'planted' if result.apart else 'null'} {result.seed}: {arm}, {result.calls:,} calls"
        )

    if processes == 1:
        results = []
        for count, job in enumerate(jobs, start=1):
            results.append(await asyncio.to_thread(work, job))
            told(count, results[-1])
        return results
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        waiting = [loop.run_in_executor(pool, work, job) for job in jobs]
        for count, ready in enumerate(asyncio.as_completed(waiting), start=1):
            told(count, await ready)
        return list(await asyncio.gather(*waiting))


def _silent(line: str) -> None:
    del line
