"""Ray as a workplace, for real on loopback: questions by actors, tasks, one pace, lost actors."""

import asyncio
import os
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import Executor
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from concord.agents.ranker import Ranker
from concord.agreement.blocks import Look, stored_agreement
from concord.errors import DataError, ModelError, OptionError
from concord.evals.null.experiment import Config as NullConfig
from concord.evals.null.experiment import run as run_nulls
from concord.evals.scale_data import columns_of
from concord.evals.synthetic.people import PanelShape, simulate_panel
from concord.models.budget import Budget
from concord.models.call_log import StoredCalls
from concord.models.caller import Caller
from concord.models.config import ModelConfig, Settings
from concord.models.executors import Here, Workplace, open_executor
from concord.models.protocol import BaseModel
from concord.models.records import Where
from concord.models.registry import open_at, open_model
from concord.panel.columns import sorted_columns
from concord.panel.importers.load import load
from concord.store.memory import MemoryCallCache, MemoryStore
from concord.testing.behaviour import Behaviour
from concord.testing.fake_server import ChatServer
from concord.testing.wire_questions import questions

pytestmark = [
    pytest.mark.skipif(
        find_spec("ray") is None, reason="Ray isn't installed: pip install 'concord-spec[ray]'"
    ),
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """One cluster for all tests here, with four actors a model."""
    from concord.models.ray_cluster import RayWorkplace

    with RayWorkplace(actors=4) as place:
        yield place


async def ranked(model: BaseModel, count: int = 60, *, seed: int = 1) -> list[str]:
    """The rankings that come of `count` questions, in the order of the questions."""
    log = StoredCalls(MemoryStore())
    ranker = Ranker(Caller(model, cache=MemoryCallCache(), calls=log, budget=Budget()))
    found = await ranker.rank(list(questions(count, seed=seed)), Where(node="measure"))
    assert log.count() == count
    return [str(each.ranking) if each else "lost" for each in found]


async def once(model: BaseModel, count: int = 60) -> list[str]:
    """`ranked`, by a model that is closed afterwards."""
    try:
        return await ranked(model, count)
    finally:
        await model.close()


def test_answers_come_back_in_order_and_are_those_of_this_process(cluster: Workplace) -> None:
    with ChatServer() as server:
        uri = f"openai:fake@{server.url}"
        here = asyncio.run(once(open_at(Here(), uri)))
        there = asyncio.run(once(open_at(cluster, uri)))
        assert there == here
        assert "lost" not in there
        assert set(server.answered.values()) == {2}, "each question was asked once a place"


def test_a_lost_actors_questions_are_asked_again_and_no_others(cluster: Workplace) -> None:
    import ray

    with ChatServer() as server:
        uri = f"openai:fake@{server.url}"
        config = ModelConfig(models={uri: Settings(concurrency=20)})
        model: Any = open_at(cluster, uri, config)

        async def disturbed() -> list[str]:
            await ranked(model, 20, seed=2)
            server.behaviour = Behaviour(latency=1.0)
            asking = asyncio.create_task(ranked(model))
            while server.requests.total() < 20 + 20:  # noqa: ASYNC110  # by a thread of the server's
                await asyncio.sleep(0.02)
            ray.kill(model.actors[1])
            found = await asking
            await model.close()
            return found

        found = asyncio.run(disturbed())
    assert "lost" not in found
    assert len(found) == 60
    assert server.requests.total() > 20 + 60, "the actor was lost with questions in flight"
    assert server.requests.total() - 80 <= 20, "no more was asked twice than was in flight"


def test_one_pace_holds_for_all_actors(cluster: Workplace) -> None:
    with ChatServer() as server:
        uri = f"openai:fake@{server.url}"
        config = ModelConfig(models={uri: Settings(concurrency=40, requests_per_minute=1800)})
        began = time.perf_counter()
        asyncio.run(once(open_at(cluster, uri, config)))
        seconds = time.perf_counter() - began
    assert seconds >= 59 / 30 * 0.95


def test_what_goes_wrong_on_a_node_is_said_as_if_it_went_wrong_here(cluster: Any) -> None:
    inner = open_model("embedded")
    model = cluster.spread(inner, partial(open_model, "gguf:/nowhere.gguf"))
    with pytest.raises(ModelError, match="nowhere"):
        asyncio.run(once(model, 2))


def test_tasks_go_through_the_executor_of_the_standard_library(cluster: Workplace) -> None:
    executor: Executor = cluster.tasks()
    assert list(executor.map(pow, range(6), [2] * 6)) == [0, 1, 4, 9, 16, 25]
    lost = executor.submit(load, Path("/nowhere"))
    with pytest.raises(DataError, match="no such file") as caught:
        lost.result()
    assert type(caught.value) is DataError


def test_heavy_statistics_and_experiments_come_out_the_same(cluster: Workplace) -> None:
    panel = columns_of(
        simulate_panel(PanelShape(conversations=90, participants=50, assessments=900, duplicates=9), 2)
    )
    blocks = sorted_columns(
        **{name: getattr(panel, name) for name in panel.__slots__ if name not in ("problems", "cuts")},
        rows=100,
    )
    look = Look(dict.fromkeys(panel.conversations, "A>B>C>D"))
    assert stored_agreement(blocks, look, executor=cluster.tasks()) == stored_agreement(blocks, look)

    nulls = NullConfig(cells=("no_op",), panels=(12,), most_rounds=2, effect_rounds=1, processes=1)
    here = asyncio.run(run_nulls(nulls, seeds=2, seed=0))
    there = asyncio.run(run_nulls(nulls.model_copy(update={"on": "ray"}), seeds=2, seed=0))
    assert there == here


def test_recordings_stay_in_one_place(cluster: Workplace, tmp_path: Path) -> None:
    model = open_at(cluster, f"record:{tmp_path / 'calls.jsonl'}=embedded")
    assert type(model).__name__ == "Recorder"


def test_nothing_of_the_cluster_can_be_reached_from_elsewhere(cluster: Workplace) -> None:
    """Neither a port of Ray's on another address, nor a token in the home."""
    listening = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=False).stdout
    if not listening:
        pytest.skip("there is no ss to list open ports")
    family = _processes_below(os.getpid())
    for line in listening.splitlines():
        address = line.split()[3].rpartition(":")[0]
        if any(f"pid={pid}," in line for pid in family):
            assert address in ("127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"), line


def _processes_below(pid: int) -> set[int]:
    found = {pid}
    for path in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((path / "stat").read_text().rpartition(")")[2].split()[1])
        except OSError:
            continue
        if parent in found:
            found.add(int(path.name))
    return found


def test_a_process_uses_one_cluster(cluster: Workplace) -> None:
    with pytest.raises(OptionError, match="uses a Ray cluster already"):
        open_executor("ray://127.0.0.1")
    with open_executor("ray") as again:
        assert list(again.tasks().map(abs, [-1])) == [1]
    assert list(cluster.tasks().map(abs, [-2])) == [2], "who came second closed nothing"
