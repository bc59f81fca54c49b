"""`concord eval null`: how often the shipped engine of evidence adopts edits that bring nothing, whatever their kind.

Every cell is one kind of null on one panel of people; runs go through `trials.acceptance` with its shipped policy.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean, median
from typing import Literal

import numpy as np
from pydantic import Field
from scipy.stats import binomtest

from ...errors import OptionError
from ...models.executors import HERE, open_executor
from ...records import Record
from ...trials.acceptance import AcceptanceEngine, first_ledger, settle_proven
from ...trials.outcomes import Candidate, Outcome
from ...trials.policy import AcceptancePolicy, ScreenPolicy, declared_trials
from ...trials.rules import rule
from ..registry import Figures
from ..rules import power_curve
from .cells import CELLS, PANELS, RATERS_OF_SIXTY, Cell, draw, improvement
from .world import FOLDS, START, ArrayEvaluator, Edit, NullWorld, NullWorldConfig


class Config(Record):
    """The experiment. `seeds` is the number of runs of each cell."""

    cells: tuple[Cell, ...] = Field(tuple(CELLS), description="Kinds of nulls.")
    shape: Literal["ca1", "sixty"] = Field(
        "ca1", description="ca1: 430 open conversations; sixty: 48 open ones of five people each."
    )
    panels: tuple[int, ...] = Field((), description="People; unless told 12, 48, 1012, of sixty 24, 48.")
    world: NullWorldConfig = NullWorldConfig()
    policy: AcceptancePolicy = AcceptancePolicy(screen=ScreenPolicy(enabled=False))
    """The shipped defaults, but for the screen: without it every null edit costs a trial."""
    batch: int = Field(8, ge=1, description="Proposals a round.")
    most_rounds: int = Field(60, ge=1, description="Rounds of a run at the most.")
    effect: float = Field(
        0.10, gt=0, lt=1, description="What a true edit moves, in the arm with true effects."
    )
    effect_seeds: int = Field(0, ge=0, description="Runs of that arm; 0: a fifth of the cells' runs.")
    true_share: float = Field(0.2, ge=0, le=1, description="Of its proposals.")
    effect_rounds: int = Field(8, ge=1, description="Rounds of its runs.")
    processes: int = Field(2, ge=1, description="Worlds at a time, on this machine.")
    on: str = Field(HERE, description="Where the runs are done: here, ray or ray://HOST.")


def shaped(config: Config) -> Config:
    """The configuration with what its shape says: panels, and for sixty conversations their world and their eight trials."""
    if config.shape == "ca1":
        return config.model_copy(update={"panels": config.panels or (12, 48, 1012)})
    world = config.world.model_copy(update={"open_items": 48, "test_items": 12, "themes": 6})
    policy = config.policy.model_copy(update={"max_trials": declared_trials(48)})
    return config.model_copy(
        update={"panels": config.panels or (24, 48), "world": world, "policy": policy, "batch": A_ROUND}
    )


A_ROUND = 3
"""Proposals a round among sixty conversations: as many as have a trial there."""


def raters(config: Config, people: int) -> int:
    """People on one item."""
    return RATERS_OF_SIXTY if config.shape == "sixty" else PANELS.get(people, 16)


class Job(Record):
    """Some runs of one cell, for one process. No cell: the arm with true effects among the nulls of all kinds."""

    config: Config
    cell: Cell | None
    people: int
    seeds: tuple[int, ...]


class RunFigures(Record):
    """What one run came to. Gains in points."""

    trials: int
    adopted: int
    false: int
    """Adopted nulls, in the likely text; `false_proven` those whose label is proven."""
    false_proven: int
    proposed_true: int = 0
    adopted_true: int = 0
    calls: int
    true_gain: float = 0.0
    sealed_gain: float | None = None
    """On the sealed items, with people whom the loop never heard; `sealed_gain_heard` with those it heard. None where
    a small panel has no such people."""
    sealed_gain_heard: float | None = None


def work(job: Job) -> list[RunFigures]:
    return [asyncio.run(run_once(job.config, job.cell, job.people, seed)) for seed in job.seeds]


@dataclass(frozen=True, slots=True)
class Revised:
    """A run that has ended, in its world."""

    world: NullWorld
    arms: ArrayEvaluator
    adopted: tuple[Outcome, ...]
    final: tuple[Edit, ...]
    """Of the likely text; `proven` those whose label is proven."""
    trials: int
    proposed_true: int

    @property
    def proven(self) -> tuple[Edit, ...]:
        return tuple(self.arms.edits[each.proposal] for each in self.adopted if each.label == "proven")


async def revise(config: Config, cell: Cell | None, people: int, seed: int) -> Revised:
    """Propose and try until the ledger has no trial left, or the rounds end."""
    world = NullWorld(
        config.world.model_copy(update={"people": people, "raters": raters(config, people)}), seed
    )
    arms = ArrayEvaluator(world)
    engine = AcceptanceEngine(arms, arms, world.folds, config.policy, seed=seed)
    ledger, text, rng = first_ledger(config.policy), START, np.random.default_rng([seed, 17])
    waiting: list[Candidate] = []
    adopted: list[Outcome] = []
    made, true = 0, 0
    for round_ in range(1, (config.most_rounds if cell else config.effect_rounds) + 1):
        fresh = []
        for _ in range(config.batch):
            made += 1
            edit = _next(world, config, cell, made, rng)
            true += edit.name.startswith("true")
            arms.edits[edit.name] = edit
            fresh.append(Candidate(proposal=edit.name, fold=int(rng.integers(FOLDS))))
        result = await engine.test(text, [*waiting, *fresh], ledger, round_=round_)
        found = result.with_status("accepted")
        text, ledger = result.text, settle_proven(result.ledger, found)
        adopted += found
        every = {each.proposal: each for each in (*waiting, *fresh)}
        waiting = [every[each.proposal] for each in result.with_status("queued", "retry", "deferred")]
        if ledger.made >= config.policy.max_trials:
            break
    return Revised(world, arms, tuple(adopted), tuple(arms.of(text)), ledger.made, true)


async def run_once(config: Config, cell: Cell | None, people: int, seed: int) -> RunFigures:
    """One run and its figures."""
    ran = await revise(config, cell, people, seed)
    world, edits = ran.world, ran.arms.edits
    false = [each for each in ran.adopted if _worthless(edits[each.proposal])]
    sealed = [_sealed(world, ran.final, heard) for heard in (False, True)]
    return RunFigures(
        trials=ran.trials,
        adopted=len(ran.adopted),
        false=len(false),
        false_proven=sum(each.label == "proven" for each in false),
        proposed_true=ran.proposed_true,
        adopted_true=sum(each.proposal.startswith("true") for each in ran.adopted),
        calls=ran.arms.calls,
        true_gain=world.true_gain(ran.final) if ran.final else 0.0,
        sealed_gain=sealed[0],
        sealed_gain_heard=sealed[1],
    )


def _sealed(world: NullWorld, final: Sequence[Edit], heard: bool) -> float | None:
    """Points gained on the sealed items, by these people."""
    gains = world.mean(final, world.test, 7, heard) - world.mean([], world.test, 7, heard)
    known = gains[~np.isnan(gains)]
    return 100 * float(known.mean()) if len(known) else None


def _told(runs: Sequence[RunFigures], *, heard: bool = False) -> float | None:
    """How far the sealed gain lies above the true one, mean over the runs that tell it."""
    told = [
        (gain, each.true_gain)
        for each in runs
        if (gain := each.sealed_gain_heard if heard else each.sealed_gain) is not None
    ]
    return fmean(gain - true for gain, true in told) if told else None


def _next(world: NullWorld, config: Config, cell: Cell | None, number: int, rng: np.random.Generator) -> Edit:
    if cell is not None:
        return draw(world, cell, number)
    if rng.random() < config.true_share:
        return improvement(world, config.effect, number)
    return draw(world, tuple(CELLS)[int(rng.integers(len(CELLS)))], number)


def _worthless(edit: Edit) -> bool:
    """A null by its making; a shift of wording for the better is none."""
    if edit.name.startswith("true"):
        return False
    return not (edit.name.startswith("wording") and float(edit.push[edit.touched].mean()) > 0)


async def run(
    config: Config, *, seeds: int, seed: int, progress: Callable[[str], None] | None = None
) -> Figures:
    """Figures (rates from 0 to 1, gains in points): of each cell `CELL_PEOPLE_run_false_adoption_rate` (runs whose
    proven text holds any null) and `CELL_PEOPLE_likely_false_share` (mean over runs of the share of nulls among the
    adopted, 0 where none is).

    The worst cell by the first: `worst_cell` (its name), `worst_run_false_adoption_rate` with its 95 % Clopper-Pearson lower limit `worst_run_false_adoption_low` and
    upper `..._high`; by the second `worst_likely_false_share`. Over all cells: `runs`, `trials_per_run`,
    `edit_adoption_rate`, `run_false_adoption_rate` with its limits, `calls_median`. In the arm with true effects:
    `power`, `precision`, `true_gain`, `sealed_minus_true` (the gain told by people whom the loop never heard, less
    the true one; with `_PEOPLE`, of one panel) and `sealed_heard_minus_true` (by those it heard); and
    `power_sd_010` to `power_sd_030`: what a first trial finds of an edit worth `effect` (`evals/rules.py`).
    """
    if seeds < 1:
        raise OptionError(f"--seeds is {seeds}; an experiment needs at least 1 run")
    unknown = set(config.cells) - set(CELLS)
    if unknown:
        raise OptionError(f"no cell is called {', '.join(sorted(unknown))}; there are {', '.join(CELLS)}")
    config = shaped(config)
    every = range(seed, seed + seeds)
    keys: list[tuple[Cell | None, int]] = [
        (cell, people) for cell in config.cells for people in config.panels
    ]
    told = await _spread(config, [(cell, people, every) for cell, people in keys], progress)
    figures: Figures = {}
    effect = range(seed, seed + (config.effect_seeds or max(1, seeds // 5)))
    arms = await _spread(config, [(None, people, effect) for people in config.panels], progress)
    arm = [each for runs in arms for each in runs]
    for people, runs in zip(config.panels, arms, strict=True):
        figures[f"sealed_minus_true_{people}"] = _told(runs)
    rates, shares = [], []
    for (cell, people), runs in zip(keys, told, strict=True):
        rates.append(sum(each.false_proven > 0 for each in runs) / seeds)
        shares.append(fmean(each.false / each.adopted if each.adopted else 0.0 for each in runs))
        figures[f"{cell}_{people}_run_false_adoption_rate"] = rates[-1]
        figures[f"{cell}_{people}_likely_false_share"] = shares[-1]
    worst = int(np.argmax(rates))
    low, high = exact_interval(round(rates[worst] * seeds), seeds)
    pooled = [each for runs in told for each in runs]
    fooled = sum(each.false_proven > 0 for each in pooled)
    all_low, all_high = exact_interval(fooled, len(pooled))
    figures |= power_curve(
        rule(config.policy.rule), effect=config.effect, size=60, trials=500,
        alpha=config.policy.alpha / config.policy.max_trials, max_drop=0.35, seed=seed,
    )  # fmt: skip
    return figures | {
        "worst_cell": f"{keys[worst][0]}, {keys[worst][1]} people",
        "worst_run_false_adoption_rate": rates[worst],
        "worst_run_false_adoption_low": low,
        "worst_run_false_adoption_high": high,
        "worst_likely_false_share": max(shares),
        "runs": float(len(pooled)),
        "trials_per_run": fmean(each.trials for each in pooled),
        "edit_adoption_rate": sum(e.false_proven for e in pooled) / max(1, sum(e.trials for e in pooled)),
        "run_false_adoption_rate": fooled / len(pooled),
        "run_false_adoption_low": all_low,
        "run_false_adoption_high": all_high,
        "calls_median": float(median(each.calls for each in pooled)),
        "power": sum(e.adopted_true for e in arm) / max(1, sum(e.proposed_true for e in arm)),
        "precision": _share(sum(e.adopted - e.false for e in arm), sum(e.adopted for e in arm)),
        "true_gain": fmean(each.true_gain for each in arm),
        "sealed_minus_true": _told(arm),
        "sealed_heard_minus_true": _told(arm, heard=True),
    }


def exact_interval(found: int, of: int) -> tuple[float, float]:
    """The 95 % interval of a share. Source: Clopper & Pearson 1934."""
    told = binomtest(found, of).proportion_ci(0.95)
    return float(told.low), float(told.high)


async def _spread(
    config: Config, cells: Sequence[tuple[Cell | None, int, range]], progress: Callable[[str], None] | None
) -> list[list[RunFigures]]:
    """The runs of each cell, in order, over processes."""
    size = 10
    jobs = [
        [Job(config=config, cell=cell, people=people, seeds=tuple(seeds[start : start + size])) for start in range(0, len(seeds), size)]
        for cell, people, seeds in cells
    ]  # fmt: skip
    if config.processes == 1 and config.on == HERE:
        return [[run for job in parts for run in await asyncio.to_thread(work, job)] for parts in jobs]
    loop = asyncio.get_running_loop()
    with open_executor(config.on) as place:
        pool = place.tasks(config.processes)
        futures = [[loop.run_in_executor(pool, work, job) for job in parts] for parts in jobs]
        found = []
        for (cell, people, _), parts in zip(cells, futures, strict=True):
            found.append([run for part in parts for run in await part])
            if progress:
                progress(f"{cell or 'true effects'}, {people} people: {len(found[-1])} runs")
        return found


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
