"""The frontier: the loop at several false shares q in the same worlds, one row each."""

from typing import Any

import pytest

from concord.cli.options import record_from
from concord.errors import OptionError
from concord.evals.synthetic.config import PeopleConfig, WorldConfig
from concord.evals.worlds.benchmark import Config
from concord.evals.worlds.frontier import Point, frontier_block, frontier_figures
from concord.evals.worlds.jobs import Job, work
from concord.evals.worlds.outcome import Outcome
from concord.graph.options import Options


def point(q: float, **more: Any) -> Point:
    given = {"gain": 1.0, "share": 0.5, "adopted": 4, "false": 0, "held": 1, "planted": 2, "calls": 1000}
    return Point(q=q, outcome=Outcome.model_validate({"method": "concord likely", **given, **more}))


def test_each_q_has_its_gain_false_share_found_share_and_calls() -> None:
    worlds = [
        (point(0.05), point(0.2, gain=2.0, held=2, false=1, calls=1200)),
        (point(0.05, calls=2000), point(0.2, gain=1.0, false=0, calls=2400)),
    ]
    found = frontier_figures(worlds, wanted=4.0)
    assert (found["frontier_q_0.05_net_gain"], found["frontier_q_0.2_net_gain"]) == (0.5, 0.75)
    assert (found["frontier_q_0.05_false_share"], found["frontier_q_0.2_false_share"]) == (0.0, 0.125)
    assert (found["frontier_q_0.05_found_share"], found["frontier_q_0.2_found_share"]) == (0.5, 0.75)
    assert (found["frontier_q_0.05_calls"], found["frontier_q_0.2_calls"]) == (1500, 1800)
    rows = frontier_block(worlds, wanted=4.0).splitlines()
    assert [row.split()[2] for row in rows[1:]] == ["0.05", "0.2"]


@pytest.mark.slow
def test_a_point_is_what_the_loop_comes_to_at_its_q_in_the_same_world() -> None:
    people = PeopleConfig(participants=30, raters=5)
    world = WorldConfig(conversations=60, fresh=200, sections=4, planted=1, people=people)
    loop = Options(rounds=2, batches=3, singles=2)
    low, high = work(Job(world=world, seed=1, loop=loop, frontier=(0.4, 0.1))).frontier
    alone = work(Job(world=world, seed=1, loop=loop.model_copy(update={"q": 0.4}))).outcomes["concord likely"]
    assert (low.q, high.q) == (0.1, 0.4)
    assert high.outcome.model_copy(update={"seconds": 0}) == alone.model_copy(update={"seconds": 0})
    assert high.outcome.calls != low.outcome.calls


def test_without_a_frontier_there_is_nothing_to_tell() -> None:
    assert frontier_figures([(), ()], wanted=4.0) == {}
    assert frontier_block([(), ()], wanted=4.0) == ""


def test_the_command_line_takes_shares_up_to_one_half() -> None:
    assert record_from(Config, {"frontier": "0.05, 0.3"}).frontier == (0.05, 0.3)
    for wrong in ("0.7", "0", "many"):
        with pytest.raises(OptionError, match="--frontier"):
            record_from(Config, {"frontier": wrong})
