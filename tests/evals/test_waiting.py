"""A clock that counts waiting alone, and how much of a round is spent waiting for one answer after another."""

import asyncio

import pytest

from concord.evals.synthetic.config import shaped
from concord.evals.synthetic.model import SimulatedModel
from concord.evals.synthetic.texts import panel
from concord.evals.synthetic.world import make_world
from concord.evals.waiting import WaitingClock, wait_of_a_round
from concord.graph.options import Options
from concord.spec import Spec


def test_time_passes_only_while_everybody_waits() -> None:
    async def work() -> None:
        await asyncio.gather(asyncio.sleep(3600), asyncio.sleep(60))
        await asyncio.to_thread(sum, range(1000))
        await asyncio.sleep(1)

    clock = WaitingClock()
    clock.run_until_complete(work())
    assert clock.time() == pytest.approx(3601)
    clock.run_until_complete(clock.shutdown_default_executor())
    clock.close()


def test_a_round_waits_little_more_than_its_calls_need() -> None:
    """Sixty conversations: few calls, so that every answer that is waited for alone would show."""
    world = make_world(shaped("sixty", "large").model_copy(update={"fresh": 100}), 0)
    spec, people = Spec.parse(world.spec), panel(world)
    seconds, calls = wait_of_a_round(
        spec, people, SimulatedModel(world), Options(seed=0), latency=1.0, at_once=16
    )
    assert calls > 200
    assert seconds / (calls / 16) < 1.5
