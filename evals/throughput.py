"""Throughput: what Concord's path of a call costs beside a bare client that sends the same prompts.

A local server of fixed latency answers both. Pairs of passes alternate in order; the ratio is that of each
pair, so that a machine's mood falls on both.
"""

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import openai
from pydantic import Field

from ..agents.ranker import Question, Ranker
from ..graph.launching import launch
from ..graph.options import Options
from ..graph.run_records import RunRecords
from ..models.answer_schema import strict_schema
from ..models.budget import Budget
from ..models.caller import Caller
from ..models.config import Settings
from ..models.executors import HERE, open_executor
from ..models.openai_wire import open_openai
from ..models.protocol import Request
from ..records import Record
from ..review.calibration_design import unasked
from ..spec import Spec
from ..store.cache import DiskCallCache
from ..store.memory import MemoryCallCache
from ..testing.behaviour import Behaviour
from ..testing.fake_server import server_process
from ..testing.wire_questions import questions
from .scale_wall import timed_pass, wall_ratio
from .synthetic.config import shaped
from .synthetic.model import SimulatedModel
from .synthetic.texts import panel
from .synthetic.world import make_world
from .waiting import wait_of_a_round
from .worlds.shipped import inputs

ROUND = ("round_wall_ratio", "round_wait_ratio", "round_serial_waits")
UNBOUNDED = 100_000
"""More calls at once than a round makes."""


class Config(Record):
    prompts: int = Field(default=320, ge=1)
    latency: float = Field(default=0.25, ge=0.0)
    """Seconds that the server takes for an answer."""
    at_once: int = Field(default=32, ge=1)
    pairs: int = Field(default=5, ge=1)
    round_at_once: int = Field(default=16, ge=1)
    """Calls at once in the timed round: a base model's default."""
    round_conversations: int = Field(default=1078, ge=0)
    """Conversations of the world in which one whole round of the loop is timed; 0: leave it out."""
    on: str = HERE
    """Where else it is measured: here (nowhere else), ray or ray:ACTORS."""
    memory_prompts: int = Field(default=10_000, ge=0)
    """Prompts of the pass whose memory is measured, in a process of its own; 0: leave it out."""


async def run(
    config: Config, *, seeds: int = 1, seed: int = 0, progress: Callable[[str], None] | None = None
) -> dict[str, float | None]:
    """Figures: `wall_ratio` (Concord over bare, median of the pairs), `cache_speedup` (a first pass over one from
    the cache), `peak_mb` (largest resident size, in MB of 1e6 bytes); `seconds_bare` and `seconds` for a pass.

    Of one whole round of the loop: `round_wall_ratio`, its wall time over calls × latency / calls at once;
    `round_wait_ratio`, the same by a clock that counts nothing but waiting for answers; `round_serial_waits`, how
    many answers it waits for one after another where all calls may be made at once.

    With `on`: `ray_wall_ratio`, a pass by a cluster's actors over one here at the same number in flight.
    """
    say = progress or (lambda _: None)
    bare_times: list[float] = []
    own_times: list[float] = []
    cached_times: list[float] = []
    with server_process(Behaviour(latency=config.latency)) as url:
        await _bare(url, _requests(list(questions(4, seed=-1))), config)
        await _pass(url, list(questions(4, seed=-1)), config)
        for number in range(seed, seed + seeds):
            asked = list(questions(config.prompts, seed=number))
            requests = _requests(asked)
            for pair in range(config.pairs):
                bare_first = pair % 2 == 0
                if bare_first:
                    bare_times.append(await _bare(url, requests, config))
                first, second = await _pass(url, asked, config)
                own_times.append(first)
                cached_times.append(second)
                if not bare_first:
                    bare_times.append(await _bare(url, requests, config))
                say(f"bare {bare_times[-1]:.2f} s, Concord {first:.2f} s, from the cache {second:.3f} s")
        rounds: dict[str, float | None] = dict.fromkeys(ROUND)
        spread: dict[str, float | None] = {}
        if config.on != HERE:
            with open_executor(config.on) as place:
                spread["ray_wall_ratio"] = await wall_ratio(
                    place, url, prompts=config.prompts, at_once=config.at_once, pairs=config.pairs, seed=seed, say=say
                )  # fmt: skip
        if config.round_conversations:
            rounds = await round_figures(url, config, seed, say)
    peak = await asyncio.to_thread(_peak, config, seed) if config.memory_prompts else None
    return {
        "wall_ratio": statistics.median(own / bare for own, bare in zip(own_times, bare_times, strict=True)),
        "cache_speedup": statistics.median(
            own / cached for own, cached in zip(own_times, cached_times, strict=True)
        ),
        "peak_mb": peak,
        **rounds,
        **spread,
        "seconds_bare": statistics.median(bare_times),
        "seconds": statistics.median(own_times),
    }


async def _pass(url: str, asked: Sequence[Question], config: Config) -> tuple[float, float]:
    """Seconds of a ranker pass with an empty cache, and of the next pass over the same questions."""
    with tempfile.TemporaryDirectory(prefix="concord-throughput-") as folder:
        cache = DiskCallCache(Path(folder) / "cache")
        times = []
        for name in ("first", "second"):
            model = open_openai(f"fake@{url}", Settings(concurrency=config.at_once))
            times.append(await timed_pass(model, asked, cache, Path(folder) / name))
            await model.close()
        cache.close()
    return times[0], times[1]


async def round_figures(
    url: str, config: Config, seed: int, say: Callable[[str], None]
) -> dict[str, float | None]:
    """One round of the shipped loop: over the server, whose answers are hashes, and by the clock of `waiting`, with a
    simulated reader, so that edits reach trials and are adopted."""
    shape = shaped("ca1").model_copy(update={"conversations": config.round_conversations, "fresh": 100})
    world = make_world(shape, seed)
    spec, people, options = Spec.parse(world.spec), panel(world), Options(rounds=1, seed=seed)
    model = open_openai(f"fake@{url}", Settings(concurrency=config.round_at_once))
    given = inputs(spec, people, model, options)
    began = time.perf_counter()
    await launch(given)
    seconds = time.perf_counter() - began
    await model.close()
    calls = given.budget.spent.calls
    say(f"a round of the loop: {calls} calls in {seconds:.1f} s")
    waits = {
        at_once: await asyncio.to_thread(
            wait_of_a_round, spec, people, SimulatedModel(world), options, latency=config.latency, at_once=at_once,
        )
        for at_once in (config.round_at_once, UNBOUNDED)
    }  # fmt: skip
    waited, asked = waits[config.round_at_once]
    say(f"a round with adoptions: {asked} calls, {waited:.1f} s of waiting")
    return {
        "round_wall_ratio": seconds / (calls * config.latency / config.round_at_once),
        "round_wait_ratio": waited / (asked * config.latency / config.round_at_once),
        "round_serial_waits": waits[UNBOUNDED][0] / config.latency,
    }


async def _bare(url: str, requests: Sequence[Request], config: Config) -> float:
    """Seconds that a bare client takes: the SDK, a semaphore, and nothing kept."""
    free = asyncio.Semaphore(config.at_once)
    async with openai.AsyncOpenAI(base_url=url, api_key="none", max_retries=0) as client:
        create: Any = client.chat.completions.create

        async def one(request: Request) -> str:
            schema = {
                "name": request.answer.__name__,
                "strict": True,
                "schema": strict_schema(request.answer),
            }
            async with free:
                response = await create(
                    model="fake",
                    messages=[
                        {"role": "system", "content": request.system},
                        {"role": "user", "content": request.user},
                    ],
                    max_tokens=4096,
                    response_format={"type": "json_schema", "json_schema": schema},
                )
            return str(response.choices[0].message.content)

        began = time.perf_counter()
        await asyncio.gather(*(one(request) for request in requests))
        return time.perf_counter() - began


def _requests(asked: Sequence[Question]) -> list[Request]:
    caller = Caller(
        unasked(), cache=MemoryCallCache(), calls=RunRecords.in_memory(texts=False).calls, budget=Budget()
    )
    ranker = Ranker(caller)
    return [ranker.request(question) for question in asked]


def _peak(config: Config, seed: int) -> float:
    """Largest resident size, in MB, of a process that ranks many prompts against an instant server."""
    with server_process(Behaviour()) as url:
        command = [
            sys.executable,
            "-m",
            __name__,
            url,
            str(config.memory_prompts),
            str(config.at_once),
            str(seed),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout)


def main() -> None:
    """Rank `prompts` questions at `url` and print the largest resident size in MB."""
    url, prompts, at_once, seed = sys.argv[1:]
    asked = list(questions(int(prompts), seed=int(seed)))
    asyncio.run(_pass(url, asked, Config(at_once=int(at_once))))
    sys.stdout.write(f"{_largest():.1f}\n")


def _largest() -> float:
    """The largest resident size of this process, in MB.

    Linux's `ru_maxrss` goes on counting what a process was forked from, such as one that holds a cluster.
    """
    status = Path("/proc/self/status")
    if status.is_file():
        return int(status.read_text().partition("VmHWM:")[2].split()[0]) * 1024 / 1e6
    import resource

    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 1e6


if __name__ == "__main__":
    main()
