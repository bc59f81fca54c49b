"""What a cluster costs, and whether it keeps a pace: the same questions asked here and by actors, and by a clock at the server."""

import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from ..agents.ranker import Question, Ranker
from ..graph.run_records import RunRecords
from ..models.budget import Budget
from ..models.caller import Caller
from ..models.config import ModelConfig, Settings
from ..models.executors import Here, Workplace
from ..models.protocol import BaseModel
from ..models.records import Where
from ..models.registry import open_at
from ..store.cache import DiskCallCache
from ..testing.fake_server import ChatServer
from ..testing.hash_answers import Asked, answer_by_hash
from ..testing.wire_questions import questions

Progress = Callable[[str], None]


async def timed_pass(
    model: BaseModel, asked: Sequence[Question], cache: DiskCallCache, folder: Path
) -> float:
    """Seconds of one ranker pass, recorded in `folder`. Raises RuntimeError where an answer was lost."""
    store = RunRecords.create(folder)
    ranker = Ranker(Caller(model, cache=cache, calls=store.calls, budget=Budget()))
    began = time.perf_counter()
    ranked = await ranker.rank(asked, Where(node="measure"))
    seconds = time.perf_counter() - began
    store.close()
    if None in ranked:
        raise RuntimeError("the local server failed; nothing was measured")
    return seconds


async def wall_ratio(
    place: Workplace, url: str, *, prompts: int, at_once: int, pairs: int, seed: int, say: Progress
) -> float:
    """Wall time of a ranker pass at `place` over that of one here, at the same number in flight: the median of pairs
    that alternate in order. Clients are open and warm before the clock starts.
    """
    uri = f"openai:fake@{url}"
    config = ModelConfig(models={uri: Settings(concurrency=at_once)})
    models = {"here": open_at(Here(), uri, config), "there": open_at(place, uri, config)}
    ratios = []
    with tempfile.TemporaryDirectory(prefix="concord-scale-") as scratch:
        for pair in range(-1, pairs):
            asked = list(questions(at_once if pair < 0 else prompts, seed=seed))
            took = {}
            for name in ("here", "there") if pair % 2 else ("there", "here"):
                home = Path(scratch) / f"{name}{pair}"
                cache = DiskCallCache(home / "cache")
                took[name] = await timed_pass(models[name], asked, cache, home / "run")
                cache.close()
            if pair >= 0:
                ratios.append(took["there"] / took["here"])
                say(f"here {took['here']:.2f} s, on Ray {took['there']:.2f} s")
    for model in models.values():
        await model.close()
    return statistics.median(ratios)


async def pace_error(place: Workplace, *, requests_per_minute: float, requests: int, seed: int) -> float:
    """How far the rate at which requests reach a server strays from the one that is stated, as a share of it."""
    arrivals: list[float] = []

    def answer(asked: Asked) -> object:
        arrivals.append(time.monotonic())
        return answer_by_hash(asked)

    with ChatServer(answer) as server:  # type: ignore[arg-type]  # hands on what it is given
        uri = f"openai:fake@{server.url}"
        config = ModelConfig(models={uri: Settings(concurrency=64, requests_per_minute=requests_per_minute)})
        model = open_at(place, uri, config)
        with tempfile.TemporaryDirectory(prefix="concord-scale-") as scratch:
            cache = DiskCallCache(Path(scratch) / "cache")
            await timed_pass(model, list(questions(requests, seed=seed)), cache, Path(scratch) / "run")
            cache.close()
        await model.close()
    rate = (len(arrivals) - 1) / (arrivals[-1] - arrivals[0])
    return abs(rate * 60 / requests_per_minute - 1)
