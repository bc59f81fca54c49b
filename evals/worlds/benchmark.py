"""`concord eval worlds`: the net true gain of the loop's two texts against calls, beside rivals at their best."""

import asyncio
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field

from ...graph.options import Options
from ...models.executors import HERE, open_executor
from ...records import Record
from ...review.measured_reader import MeasuredReader
from ..registry import Figures
from ..synthetic.config import Effects, Shape, WorldConfig, overlaid, shaped
from ..synthetic.texts import write
from ..synthetic.world import make_world
from .figures import figures, table
from .jobs import Job, Result, RivalName, best_rival, work

Progress = Callable[[str], None]


class Config(Record):
    """What is measured. The loop runs with its own defaults unless `loop` says otherwise."""

    shape: Shape = Field(
        "ca1", description="small, ca1 (the size of CA-1), or sixty (60 conversations of 5 people)."
    )
    effects: Effects = Field(
        "medium",
        description="What a true edit moves on what it touches: 4 to 7 points (small) up to 12 to 22.",
    )
    prompts: Literal["shipped", "inverted"] = Field(
        "shipped", description="inverted: every prompt's instructions are turned round, as a control."
    )
    world: Path | None = Field(None, description="TOML with knobs of the world, over the shape's defaults.")
    reader: Path | None = Field(
        None, description="A reader.json of `concord calibrate`: a measured reader's errors."
    )
    rivals: tuple[RivalName, ...] = Field(
        ("study", "greedy", "gepa"), description="Who else works on the worlds."
    )
    oracle: bool = Field(False, description="Also run the loop with relevance graded without error.")
    frontier: tuple[Annotated[float, Field(gt=0, le=0.5)], ...] = Field(
        (), description="Also run the loop at each of these q, in the same worlds: 0.05,0.1,0.2,0.3."
    )
    processes: int = Field(2, ge=1, description="Worlds at a time, on this machine.")
    on: str = Field(HERE, description="Where the worlds are worked on: here, ray or ray://HOST.")
    out: Path | None = Field(None, description="Folder for table, figures and all outcomes.")
    write_worlds: Path | None = Field(None, description="Folder for the worlds in the CA-1 layout.")
    loop: Options = Options()  # fmt: skip


async def run(config: Config, *, seeds: int, seed: int, progress: Progress | None = None) -> Figures:
    """Worlds `seed` to `seed + seeds - 1`, each with the loop and everyone asked for, in parallel.

    Figures: see `figures.figures`. `net_gain_...`: share of the true spec's net gain, harm anywhere counted, on new
    people and conversations, over the reader's noise; `false_share_...`: of the adopted edits, those that did no
    good; `coverage_...`: how often the told interval holds the truth; `found_likely`: worlds whose text holds all
    planted places; `worth_held` and `lost_...`: where the true spec's gain went, place by place; `frontier_q_...`: the
    likely text at other q. The best rival is the one with the largest mean gain, at the loop's own number of calls in each
    world. Raises OptionError for a world that can't be, ModelError where GEPA isn't installed.
    """
    world = world_config(config)
    rivals = config.rivals if config.prompts == "shipped" else ()
    jobs = [
        Job(
            world=world, seed=each, loop=config.loop, rivals=rivals, oracle=config.oracle,
            invert=config.prompts == "inverted", frontier=config.frontier,
        )
        for each in range(seed, seed + seeds)
    ]  # fmt: skip
    if config.write_worlds is not None:
        for job in jobs:
            write(make_world(world, job.seed), config.write_worlds / f"world-{job.seed}")
    results = await _spread(jobs, config, progress or _silent)
    found = figures(results)
    shown = table(
        results, f"{seeds} worlds, shape {config.shape}, effects {config.effects}, {config.prompts} prompts"
    )
    best = best_rival(results)
    (progress or _silent)(shown + (f"\nbest rival: {best}" if best else ""))
    if config.out is not None:
        config.out.mkdir(parents=True, exist_ok=True)
        (config.out / "table.txt").write_text(shown + "\n", encoding="utf-8")
        (config.out / "figures.json").write_text(
            json.dumps({**found, "best_rival": best}, indent=1) + "\n", encoding="utf-8"
        )
        with (config.out / "outcomes.jsonl").open("w", encoding="utf-8") as file:
            file.writelines(result.model_dump_json() + "\n" for result in results)
    return found | {"best_rival": best}


def world_config(config: Config) -> WorldConfig:
    """The world's knobs: the shape's defaults, the file's, a measured reader's. Raises OptionError."""
    measured = MeasuredReader.read(config.reader).knobs() if config.reader is not None else None
    return overlaid(shaped(config.shape, config.effects), config.world, measured)


async def _spread(jobs: Sequence[Job], config: Config, tell: Progress) -> list[Result]:
    """Every job in a process of its own kind; results in the order of the jobs."""
    if config.processes == 1 and config.on == HERE:
        return [await asyncio.to_thread(work, job) for job in jobs]
    loop = asyncio.get_running_loop()
    with open_executor(config.on) as place:
        pool = place.tasks(config.processes)
        found = [loop.run_in_executor(pool, work, job) for job in jobs]
        for count, ready in enumerate(asyncio.as_completed(found), start=1):
            result = await ready
            ours = result.outcomes["concord likely"]
            tell(
                f"{count} of {len(jobs)}: seed {result.seed}: {ours.gain:.2f} of {result.best:.2f} points, "
                f"{ours.calls:,} calls, {result.seconds:.0f} s"
            )
        return list(await asyncio.gather(*found))


def _silent(line: str) -> None:
    del line
