"""How many colluders turn a decision."""

import asyncio

from concord.evals.manipulation import Config, World, run


def test_a_twentieth_of_colluders_proves_no_edit_that_brings_nothing() -> None:
    figures = asyncio.run(run(Config(shares=(0.0, 0.05), conversations=90), seeds=3))
    assert figures["null_proven_at_0"] == figures["null_proven_at_5"] == 0
    assert figures["good_kept_out_at_0"] == 0


def test_enough_of_them_turn_it() -> None:
    figures = asyncio.run(run(Config(shares=(0.4,), conversations=90), seeds=3))
    assert figures["null_proven_at_40"] == 1
    assert figures["turns_null_proven"] == 24


def test_a_null_edit_moves_honest_people_by_nothing_on_average() -> None:
    world = World(Config(), 3, 0.0, good=False)
    assert abs(world.moved.mean()) < 1e-12
