"""`concord eval scale`: other places, other stores and larger data give the same results, at what cost."""

import asyncio
import tempfile
from collections.abc import Callable
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from pydantic import Field

from ..models.executors import open_executor
from ..records import Record
from ..testing.behaviour import Behaviour
from ..testing.fake_server import server_process
from .registry import Figures
from .scale_agreement import exponent, measured
from .scale_ray import ON_RAY, example_case, killed_on_ray, same_on_ray, world_case
from .scale_wall import pace_error, wall_ratio

Progress = Callable[[str], None]


class Config(Record):
    parts: tuple[str, ...] = ("agreement", "ray", "kills", "postgres", "batch")
    """What is measured: agreement, ray, kills, postgres, batch."""
    sizes: tuple[int, ...] = (100_000, 1_000_000, 4_000_000)
    """Assessments of the packed panels."""
    conversations: int = Field(default=120, ge=20)
    """Of the bundled example, those that its runs have."""
    rounds: int = Field(default=1, ge=1)
    """Rounds of each run."""
    world: bool = True
    """Whether a planted world of CA-1's size is run, beside the example."""
    prompts: int = Field(default=320, ge=1)
    """Of the timed passes."""
    latency: float = Field(default=0.25, ge=0.0)
    """Seconds that the server takes for an answer."""
    at_once: int = Field(default=32, ge=1)
    pairs: int = Field(default=5, ge=1)
    pace: float = Field(default=1800.0, gt=0)
    """Requests a minute that the fleet must keep."""
    paced: int = Field(default=450, ge=2)
    """Requests whose pace is measured."""


NONE_YET: Figures = dict.fromkeys(
    (
        "ray_same", "ray_kill_same", "ray_asked_twice", "ray_in_flight", "ray_wall_ratio", "pace_error", "postgres_same",
        "batch_same", "agreement_seconds_1e6", "agreement_cpu_seconds_1e6", "agreement_mb_1e6", "agreement_exponent",
    )
)  # fmt: skip


async def run(config: Config, *, seeds: int = 1, seed: int = 0, progress: Progress | None = None) -> Figures:
    """Figures; null where an extra is absent or a part wasn't asked for.

    `ray_same`, `postgres_same`, `batch_same`: 1 where the example and a planted world of CA-1's size end with the same
    `summary.json` and `spec.md`, byte for byte. `ray_kill_same`: so do runs of which an actor or the driver is killed;
    `ray_asked_twice` questions were asked again at the most, `ray_in_flight` were in flight. `ray_wall_ratio`: a ranker
    pass by four actors over one by asyncio, at the same number in flight. `pace_error`: how far the fleet's rate strays
    from the stated one. `agreement_seconds_1e6`, `agreement_mb_1e6`: `concord agreement` on 10^6 assessments, the whole
    process (`agreement_cpu_seconds_1e6` of computing); `agreement_exponent`: of its growth over all sizes.
    """
    say = progress or (lambda _: None)
    figures = dict(NONE_YET)
    for number in range(seed, seed + seeds):
        for part in config.parts:
            figures |= await _PARTS[part](config, number, say)
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


async def _ray(config: Config, seed: int, say: Progress) -> Figures:
    if find_spec("ray") is None:
        say("Ray isn't installed: pip install 'concord-spec[ray]'")
        return {}
    with tempfile.TemporaryDirectory(prefix="concord-scale-") as scratch:
        folder = Path(scratch)
        cases = [example_case(folder / "example", config.conversations, config.rounds)]
        if config.world:
            cases.append(world_case(folder / "world", "ca1", seed, config.rounds))
        same = await asyncio.to_thread(same_on_ray, cases, say)
    return {"ray_same": float(same), **await fleet(config, seed, say)}


async def fleet(config: Config, seed: int, say: Progress) -> Figures:
    """`ray_wall_ratio` and `pace_error`, by four actors."""
    with open_executor(ON_RAY) as place, server_process(Behaviour(latency=config.latency)) as url:
        return {
            "ray_wall_ratio": await wall_ratio(
                place, url, prompts=config.prompts, at_once=config.at_once, pairs=config.pairs, seed=seed, say=say
            ),
            "pace_error": await pace_error(
                place, requests_per_minute=config.pace, requests=config.paced, seed=seed
            ),
        }  # fmt: skip


async def _kills(config: Config, seed: int, say: Progress) -> Figures:
    del seed
    if find_spec("ray") is None:
        return {}
    with tempfile.TemporaryDirectory(prefix="concord-scale-") as scratch:
        found = await asyncio.to_thread(killed_on_ray, Path(scratch), config.conversations, say)
    return {
        "ray_kill_same": float(found.same),
        "ray_asked_twice": float(found.asked_twice),
        "ray_in_flight": float(found.in_flight),
    }


async def _postgres(config: Config, seed: int, say: Progress) -> Figures:
    del config, seed
    return {"postgres_same": await asyncio.to_thread(_same, "postgres", say)}


async def _batch(config: Config, seed: int, say: Progress) -> Figures:
    del config, seed
    return {"batch_same": await asyncio.to_thread(_same, "batch", say)}


def _same(name: str, say: Progress) -> float | None:
    """1 or 0; None where what it needs is absent."""
    same: Callable[[], float | None] = getattr(import_module(f".scale_{name}", __package__), f"{name}_same")
    found = same()
    say(f"{name}: " + ("not there" if found is None else "the same" if found else "different"))
    return None if found is None else float(found)


_PARTS = {"agreement": _agreement, "ray": _ray, "kills": _kills, "postgres": _postgres, "batch": _batch}
