"""`concord eval worlds`: how much of what people want otherwise is found, at what cost, beside rivals."""

import asyncio
import json
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from pydantic import Field, ValidationError

from ...errors import OptionError
from ...graph.options import Options
from ...records import Record
from .config import Shape, WorldConfig, shaped
from .figures import Figures, by_method, figures
from .jobs import Ablation, Job, Result, RivalName, work
from .plot import svg
from .table import table

Progress = Callable[[str], None]

SIZES = (0.5, 1.0, 2.0, 4.0)
"""Multiples of the shape's conversations for the scaling exponent."""


class Config(Record):
    """What is measured. The loop runs with its own defaults unless `loop` says otherwise."""

    shape: Shape = "ca1"
    world: Path | None = Field(None, description="TOML with knobs of the world, over the shape's defaults.")
    rivals: tuple[RivalName, ...] = ("study", "greedy", "gepa")
    ablations: tuple[Ablation, ...] = Field((), description="Parts of the loop to leave out, each in turn.")
    oracle: bool = True
    scoping: bool = True
    scaling_seeds: int = Field(
        1, ge=0, description="Worlds at each of four sizes for the scaling exponent; 0: none."
    )
    processes: int = Field(2, ge=1)
    out: Path | None = Field(None, description="Folder for table, figures, all outcomes and plot.")
    write_worlds: Path | None = Field(None, description="Folder for the worlds in the CA-1 layout.")
    loop: Options = Options()


async def run(config: Config, *, seeds: int, seed: int, progress: Progress | None = None) -> Figures:
    """Worlds `seed` to `seed + seeds - 1`, each with the loop and everyone asked for, in parallel.

    Figures are medians over worlds; agreements, gaps, recall and precision are fractions. Unprefixed: the
    loop; `oracle_`: the loop with exact relevance; `study_`, `greedy_`, `gepa_` (the best of three
    configurations, at the loop's own number of calls in each world). Raises OptionError for a world that
    can't be, ModelError where GEPA isn't installed.
    """
    tell = progress or _silent
    world = world_config(config)
    jobs = [
        Job(
            world=world, seed=each, loop=config.loop, rivals=config.rivals, ablations=config.ablations,
            oracle=config.oracle, scoping=config.scoping, write_to=config.write_worlds,
        )
        for each in range(seed, seed + seeds)
    ]  # fmt: skip
    sizes = [
        Job(world=world.scaled(size), seed=each, loop=config.loop)
        for size in reversed(SIZES)
        for each in range(seed, seed + config.scaling_seeds)
    ]
    done = await _spread([*sizes, *jobs], config.processes, tell)
    results, scaling = done[len(sizes) :], done[: len(sizes)]
    found = figures(results, scaling)
    methods = by_method(results)
    title = f"{seeds} planted worlds, shape {config.shape}, seeds {seed} to {seed + seeds - 1}"
    shown = table(_rows(methods), f"{title}: medians [95 % interval of the median]")
    tell(shown)
    if config.out is not None:
        _write(config.out, shown, found, results, svg(_curves(methods), f"Gap closed against calls: {title}"))
    return found


def world_config(config: Config) -> WorldConfig:
    """The world's knobs: the shape's defaults, then the file's. Raises OptionError naming file and knob."""
    base = shaped(config.shape)
    if config.world is None:
        return base
    try:
        read = tomllib.loads(config.world.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as problem:
        raise OptionError(f"the world's file {str(config.world)!r} can't be read: {problem}") from None
    try:
        return WorldConfig.model_validate(_over(base.model_dump(), read))
    except ValidationError as problem:
        first = problem.errors()[0]
        knob = ".".join(map(str, first["loc"]))
        raise OptionError(f"{str(config.world)!r}: {knob}: {first['msg']}") from None


def _over(base: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(base)
    for key, value in more.items():
        old = merged.get(key)
        if key in ("people", "model") and isinstance(old, Mapping) and isinstance(value, Mapping):
            merged[key] = _over(old, value)
        else:
            merged[key] = value
    return merged


async def _spread(jobs: Sequence[Job], processes: int, tell: Progress) -> list[Result]:
    """Every job in a process of its own kind; results in the order of the jobs."""
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        found = [loop.run_in_executor(pool, work, job) for job in jobs]
        for count, ready in enumerate(asyncio.as_completed(found), start=1):
            result = await ready
            ours = result.outcomes["concord"]
            tell(
                f"{count} of {len(jobs)}: seed {result.seed}, {result.conversations} conversations: gap closed "
                f"{ours.gap_closed:.2f} with {ours.calls:,} calls, {result.seconds:.0f} s"
            )
        return list(await asyncio.gather(*found))


def _rows(methods: Mapping[str, Any]) -> dict[str, Any]:
    """Rows of the table in a reader's order: the loop, oracle, rivals, then what each part is worth."""
    order = ("concord", "oracle", "study", "greedy", "gepa")
    named = {name: methods[name] for name in order if name in methods}
    rest = {name: outcomes for name, outcomes in methods.items() if name not in order}
    return named | dict(sorted(rest.items()))


def _curves(methods: Mapping[str, Any]) -> dict[str, Any]:
    return {name: outcomes for name, outcomes in _rows(methods).items() if ":" not in name}


def _write(folder: Path, shown: str, found: Figures, results: Iterable[Result], picture: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "table.txt").write_text(shown, encoding="utf-8")
    (folder / "figures.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")
    with (folder / "outcomes.jsonl").open("w", encoding="utf-8") as file:
        file.writelines(result.model_dump_json() + "\n" for result in results)
    (folder / "plot.svg").write_text(picture, encoding="utf-8")


def _silent(line: str) -> None:
    del line
