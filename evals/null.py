"""`concord eval null`: what Concord and GEPA adopt where no edit helps, and what they report where some do."""

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context
from statistics import fmean, median
from typing import Literal, TypeVar

from scipy.stats import beta

from ..errors import OptionError
from ..records import Record
from ..trials.rules import DEFAULT_RULE, rule
from .null_edits import pushes
from .null_gepa import GepaFigures, gepa_is_here, run_gepa
from .null_loop import LoopConfig, RunFigures, run_loop
from .null_world import World, WorldConfig
from .rules import power_curve

Arm = Literal["null", "effects", "screened"]
Context = Literal["scoped", "full"]
Done = TypeVar("Done", RunFigures, GepaFigures)


class Config(Record):
    """The experiment. `seeds` is the number of runs of the null arm and of the arm with true effects."""

    world: WorldConfig = WorldConfig()
    loop: LoopConfig = LoopConfig()
    rule: str = DEFAULT_RULE
    effect: float = 0.10
    """What a true mend moves on what it touches; half-and-half edits help and harm by as much."""
    harm: float = 0.05
    true_share: float = 0.2
    """Of the proposals in the arm with true effects."""
    effect_proposals: int = 60
    screened_runs: int = 50
    """Null runs with the screen in front, which go on until as many trials were tried: long."""
    peer: Literal["none", "gepa"] = "none"
    peer_runs: int = 200
    peer_items: int = 100
    peer_calls: int | None = None
    """Ranker calls of a run of the peer; None: as many as the median run of Concord's same arm."""
    power_trials: int = 2000
    power_max_trials: int = 40
    """The power curve is that of a first trial in a run of so many."""
    processes: int = 2


class Job(Record):
    """Some runs of one arm, for one process."""

    config: Config
    arm: Arm
    seeds: tuple[int, ...]
    context: Context = "scoped"
    calls: int = 0
    """The peer's budget."""

    @property
    def true_share(self) -> float:
        return self.config.true_share if self.arm == "effects" else 0.0

    def world(self, seed: int) -> World:
        """The same seed gives the same world, whoever revises its spec."""
        return World(self.config.world.model_copy(update={"context": self.context}), seed)


def work(job: Job) -> list[RunFigures]:
    """Runs of the shipped rules."""
    config = job.config
    moves = pushes(config.world, config.effect, config.harm)
    update: dict[str, bool | int] = {"screening": job.arm != "null"}
    if job.arm == "effects":
        update["most_proposals"] = config.effect_proposals
    loop = config.loop.model_copy(update=update)
    return [
        asyncio.run(
            run_loop(job.world(seed), moves, loop, rule(config.rule), true_share=job.true_share, seed=seed)
        )
        for seed in job.seeds
    ]


def peer_work(job: Job) -> list[GepaFigures]:
    """Runs of GEPA in the same worlds."""
    config = job.config
    moves = pushes(config.world, config.effect, config.harm)
    return [
        run_gepa(
            job.world(seed),
            moves,
            calls=job.calls,
            items=config.peer_items,
            true_share=job.true_share,
            seed=seed,
        )
        for seed in job.seeds
    ]


async def run(
    config: Config, *, seeds: int, seed: int, progress: Callable[[str], None] | None = None
) -> dict[str, float | None]:
    """Runs all arms. Figures (rates from 0 to 1, gains in points from 0 to 100), `gepa_` before the peer's:

    null arm, no screen, so that every null edit costs alpha: `runs`, `trials_per_run`,
    `edit_adoption_rate` (of the null edits proposed), `run_false_adoption_rate` (runs that keep any) with
    its 95 % Clopper-Pearson interval `_low` and `_high`, `calls_median`; `screened_...`: with the screen;
    arm with true effects, the whole way: `sealed_minus_true`, `selection_minus_true` (mean of the gain told
    less the true one), `power` (mends adopted of those proposed), `precision`, `true_gain`; `power_sd_010`
    to `power_sd_030`: a mend worth `effect` on a set of `max_conversations`. For GEPA a trial is an edit
    tried on a minibatch, and a run's false adoption is a null edit in the candidate it returns; `gepa_full_`:
    with the whole text in every prompt. Raises OptionError for options out of range or a missing peer.
    """
    _check(config, seeds)
    with _pool(config.processes) as pool:
        return await _run(pool, config, seeds, seed, progress or _say_nothing)


async def _run(
    pool: Executor, config: Config, seeds: int, seed: int, tell: Callable[[str], None]
) -> dict[str, float | None]:
    all_seeds = range(seed, seed + seeds)
    null = await _spread(pool, work, Job(config=config, arm="null", seeds=tuple(all_seeds)))
    tell(f"null arm: {seeds} runs")
    effects = await _spread(pool, work, Job(config=config, arm="effects", seeds=tuple(all_seeds)))
    tell(f"arm with true effects: {seeds} runs")
    figures: dict[str, float | None] = {
        **_null_figures(
            [each.trials for each in null],
            [each.adopted_nulls for each in null],
            [each.nulls for each in null],
            [each.adopted_nulls > 0 for each in null],
        ),
        "calls_median": median(each.calls for each in null),
        **_effect_figures(effects),
        "effects_calls_median": median(each.calls for each in effects),
        "precision": _share(
            sum(each.adopted_mends for each in effects),
            sum(each.adopted_mends + each.adopted_nulls for each in effects),
        ),
    }
    if config.screened_runs:
        chosen = tuple(all_seeds[: config.screened_runs])
        screened = await _spread(pool, work, Job(config=config, arm="screened", seeds=chosen))
        figures |= _prefixed(
            "screened_",
            _null_figures(
                [each.trials for each in screened],
                [each.adopted_nulls for each in screened],
                [each.nulls for each in screened],
                [each.adopted_nulls > 0 for each in screened],
            ),
        )
        tell(f"screened null arm: {len(chosen)} runs")
    if config.peer == "gepa":
        chosen = tuple(all_seeds[: config.peer_runs])
        budgets: dict[Arm, int] = {
            "null": config.peer_calls or round(median(each.calls for each in null)),
            "effects": config.peer_calls or round(median(each.calls for each in effects)),
        }
        for context, prefix in _PEER_CONTEXTS:
            figures |= _prefixed(prefix, await _peer_figures(pool, config, chosen, budgets, context))
            tell(f"gepa, {context} prompts: {len(chosen)} runs an arm")
    figures |= power_curve(
        rule(config.rule),
        effect=config.effect,
        size=config.loop.max_conversations,
        trials=config.power_trials,
        alpha=config.loop.alpha / config.power_max_trials,
        max_drop=config.loop.max_drop,
        seed=seed,
    )
    return figures


_PEER_CONTEXTS: tuple[tuple[Context, str], ...] = (("scoped", "gepa_"), ("full", "gepa_full_"))


def clopper_pearson(found: int, of: int, level: float = 0.95) -> tuple[float, float]:
    """The exact two-sided interval of a share. Source: Clopper & Pearson 1934."""
    tail = (1 - level) / 2
    low = float(beta.ppf(tail, found, of - found + 1)) if found else 0.0
    high = float(beta.isf(tail, found + 1, of - found)) if found < of else 1.0
    return low, high


async def _spread(pool: Executor, task: Callable[[Job], list[Done]], job: Job) -> list[Done]:
    """A job over the pool's workers; the results in the order of its seeds."""
    size = max(1, min(25, -(-len(job.seeds) // job.config.processes)))
    jobs = [
        job.model_copy(update={"seeds": job.seeds[start : start + size]})
        for start in range(0, len(job.seeds), size)
    ]
    loop = asyncio.get_running_loop()
    parts = await asyncio.gather(*(loop.run_in_executor(pool, task, each) for each in jobs))
    return [result for part in parts for result in part]


def _pool(processes: int) -> Executor:
    if processes == 1:
        return ThreadPoolExecutor(1)
    return ProcessPoolExecutor(processes, mp_context=get_context("spawn"))


async def _peer_figures(
    pool: Executor, config: Config, seeds: tuple[int, ...], budgets: dict[Arm, int], context: Context
) -> dict[str, float | None]:
    null, effects = [
        await _spread(
            pool, peer_work, Job(config=config, arm=arm, seeds=seeds, context=context, calls=budgets[arm])
        )
        for arm in budgets
    ]
    return {
        **_null_figures(
            [each.proposals for each in null],
            [each.accepted_nulls for each in null],
            [each.nulls for each in null],
            [each.best_has_null for each in null],
        ),
        "calls_median": median(each.calls for each in null),
        "null_selection_minus_true": fmean(each.selection_gain - each.true_gain for each in null),
        **_effect_figures(effects),
    }


def _null_figures(
    trials: Sequence[int], adopted: Sequence[int], proposed: Sequence[int], fooled: Sequence[bool]
) -> dict[str, float | None]:
    low, high = clopper_pearson(sum(fooled), len(fooled))
    return {
        "runs": len(fooled),
        "trials_per_run": fmean(trials),
        "edit_adoption_rate": _share(sum(adopted), sum(proposed)),
        "run_false_adoption_rate": sum(fooled) / len(fooled),
        "run_false_adoption_low": low,
        "run_false_adoption_high": high,
    }


def _effect_figures(runs: Sequence[RunFigures] | Sequence[GepaFigures]) -> dict[str, float | None]:
    return {
        "sealed_minus_true": fmean(each.sealed_gain - each.true_gain for each in runs),
        "selection_minus_true": fmean(each.selection_gain - each.true_gain for each in runs),
        "power": _share(sum(each.adopted_mends for each in runs), sum(each.mends for each in runs)),
        "true_gain": fmean(each.true_gain for each in runs),
    }


def _prefixed(prefix: str, figures: dict[str, float | None]) -> dict[str, float | None]:
    return {prefix + name: value for name, value in figures.items()}


def _say_nothing(line: str) -> None:
    del line


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None


def _check(config: Config, seeds: int) -> None:
    if seeds < 1:
        raise OptionError(f"--seeds is {seeds}; an experiment needs at least 1 run")
    if config.processes < 1:
        raise OptionError(f"processes is {config.processes}; give 1 or more")
    rule(config.rule)
    if config.peer == "gepa":
        gepa_is_here()
