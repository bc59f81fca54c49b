"""`concord eval scale`: other places, other stores and larger data give the same results, at what cost."""

import asyncio
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal

from pydantic import Field

from ..models.executors import open_executor
from ..records import Record
from ..testing.behaviour import Behaviour
from ..testing.fake_server import server_process
from .registry import Figures
from .scale_agreement import exponent, measured
from .scale_places import ON_RAY, PLACES, Found, Place, compare, why_absent
from .scale_runs import AT_ONCE, Ground, example_ground, world_ground
from .scale_wall import pace_error, wall_ratio

Progress = Callable[[str], None]
Part = Literal["agreement", "fleet", "ray", "postgres", "batch"]


class Config(Record):
    parts: tuple[Part, ...] = ("agreement", "fleet", *PLACES)
    """What is measured: agreement (of large panels), fleet (what a cluster costs, and its pace), and whole runs on ray, on
    postgres and by batch."""
    sizes: tuple[int, ...] = (100_000, 1_000_000, 4_000_000)
    """Assessments of the packed panels."""
    conversations: int | None = Field(default=None, ge=20)
    """Of the bundled example, those that its runs have; all of them unless told."""
    rounds: int | None = Field(default=None, ge=1)
    """Rounds of each run; as many as a run takes unless told."""
    world: Literal["small", "ca1", "sixty", "none"] = "ca1"
    """The planted world that is run beside the example; none: the example alone."""
    kills: bool = True
    """Whether runs of the example are killed too."""
    world_kills: tuple[Place, ...] = ("ray", "postgres")
    """Where runs of the planted world are killed too."""
    answer_latency: float = Field(default=0.05, ge=0.0)
    """Seconds that the server of the whole runs takes for an answer."""
    prompts: int = Field(default=320, ge=1)
    """Of the timed passes."""
    latency: float = Field(default=0.25, ge=0.0)
    """Seconds that the server of the timed passes takes for an answer."""
    at_once: int = Field(default=32, ge=1)
    pairs: int = Field(default=5, ge=1)
    pace: float = Field(default=1800.0, gt=0)
    """Requests a minute that the fleet must keep."""
    paced: int = Field(default=450, ge=2)
    """Requests whose pace is measured."""


NONE_YET: Figures = dict.fromkeys(
    (
        *(f"{place}_{figure}" for place in PLACES for figure in ("same", "kill_same", "asked_twice")), "in_flight",
        "ray_wall_ratio", "pace_error",
        "agreement_seconds_1e6", "agreement_cpu_seconds_1e6", "agreement_mb_1e6", "agreement_exponent",
    )
)  # fmt: skip


async def run(config: Config, *, seeds: int = 1, seed: int = 0, progress: Progress | None = None) -> Figures:
    """Figures; null where an extra is absent or a part wasn't asked for.

    `ray_same`, `postgres_same`, `batch_same`: 1 where the example and the planted world end with the same `summary.json`
    and `spec.md`, byte for byte, as in files here, asked live; by batches both through a server and in a folder.
    `…_kill_same`: so do runs of which something is killed: an actor, the driver, the database, the queue's server between
    submit and collect, the process that waits for it. `…_asked_twice`: questions answered again, by the worst of these;
    `in_flight` of those that ask live are on their way at once.

    `ray_wall_ratio`: a ranker pass by four actors over one by asyncio, at the same number in flight. `pace_error`: how far
    the fleet's rate strays from the stated one. `agreement_seconds_1e6`, `agreement_mb_1e6`: `concord agreement` on 10^6
    assessments, the whole process (`agreement_cpu_seconds_1e6` of computing); `agreement_exponent`: of its growth over all
    sizes.
    """
    say = progress or (lambda _: None)
    figures = dict(NONE_YET)
    for number in range(seed, seed + seeds):
        if "agreement" in config.parts:
            figures |= await _agreement(config, number, say)
        if "fleet" in config.parts:
            figures |= await fleet(config, number, say)
        if places := [place for place in PLACES if place in config.parts]:
            figures |= await asyncio.to_thread(_whole_runs, config, places, number, say)
    return figures


async def _agreement(config: Config, seed: int, say: Progress) -> Figures:
    took = await asyncio.to_thread(measured, config.sizes, seed, say)
    figures: Figures = {}
    if (million := took.get(1_000_000)) is not None:
        figures["agreement_seconds_1e6"] = million.seconds
        figures["agreement_cpu_seconds_1e6"] = million.cpu
        figures["agreement_mb_1e6"] = million.mb
    if len(took) > 1:
        figures["agreement_exponent"] = exponent({size: each.seconds for size, each in took.items()})
    return figures


async def fleet(config: Config, seed: int, say: Progress) -> Figures:
    """`ray_wall_ratio` and `pace_error`, by four actors; nothing where Ray isn't installed."""
    if (reason := why_absent("ray")) is not None:
        say(reason)
        return {}
    with open_executor(ON_RAY) as place, server_process(Behaviour(latency=config.latency)) as url:
        ratio = await wall_ratio(
            place, url, prompts=config.prompts, at_once=config.at_once, pairs=config.pairs, seed=seed, say=say
        )
        error = await pace_error(place, requests_per_minute=config.pace, requests=config.paced, seed=seed)
        say(f"{config.paced} requests at {config.pace:g} a minute: {error:.2%} off")
        return {"ray_wall_ratio": ratio, "pace_error": error}


def _whole_runs(config: Config, places: list[Place], seed: int, say: Progress) -> Figures:
    found: dict[Place, Found] = {}
    for place in places:
        if (reason := why_absent(place)) is None:
            found[place] = Found()
        else:
            say(reason)
    with tempfile.TemporaryDirectory(prefix="concord-scale-") as scratch:
        for ground, kills in _grounds(config, Path(scratch), seed):
            wanted = ground.run("here", "--model", "live")
            say(f"{ground.name}, here: {wanted.answered.total()} questions answered, {wanted.seconds:.0f} s")
            for place, so_far in found.items():
                compare(ground, wanted, place, so_far, kills=place in kills, say=say)
    figures: Figures = {}
    for place, each in found.items():
        figures[f"{place}_same"] = float(each.same)
        if each.kill_same is not None:
            figures[f"{place}_kill_same"] = float(each.kill_same)
            figures[f"{place}_asked_twice"] = float(each.asked_twice)
            figures["in_flight"] = float(AT_ONCE)
    return figures


def _grounds(config: Config, folder: Path, seed: int) -> list[tuple[Ground, tuple[Place, ...]]]:
    """The cases, and where their runs are killed."""
    latency = config.answer_latency
    example = example_ground(folder / "example", config.conversations, config.rounds, latency)
    made = [(example, PLACES if config.kills else ())]
    if config.world != "none":
        world = world_ground(folder / "world", config.world, seed, config.rounds, latency)
        made.append((world, config.world_kills if config.kills else ()))
    return made
