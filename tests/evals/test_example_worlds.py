"""The experiment on example worlds: what it counts as improved and as outside, and that the shipped loop passes."""

import asyncio
from pathlib import Path

import pytest

from concord.errors import OptionError
from concord.evals.example_worlds import Config, changes_outside, improved_places, run, run_world
from concord.example.generate import World, generate, write_world
from concord.example.world import example_spec, true_spec
from concord.graph.options import Options
from concord.panel.importers.load import load
from concord.panel.records import Panel
from concord.spec import Edit, apply


@pytest.fixture(scope="module")
def world() -> World:
    return generate(7)


@pytest.fixture(scope="module")
def panel(world: World, tmp_path_factory: pytest.TempPathFactory) -> Panel:
    folder: Path = tmp_path_factory.mktemp("world")
    write_world(world, folder)
    return load(folder)


def test_the_true_mends_mend_all_places_and_the_untouched_spec_none(world: World, panel: Panel) -> None:
    assert improved_places(world, panel, true_spec(world.places), 0.8) == tuple(
        one.kind for one in world.places
    )
    assert improved_places(world, panel, example_spec(), 0.8) == ()


def test_one_mend_mends_its_own_place(world: World, panel: Panel) -> None:
    for place in world.places:
        assert improved_places(world, panel, true_spec((place,)), 0.8) == (place.kind,)


def test_what_changes_outside_the_places_is_told(world: World, panel: Panel) -> None:
    true = true_spec(world.places)
    assert changes_outside(world, panel, true) == ()
    untouched = next(
        id_ for id_ in reversed(example_spec().ids) if id_ not in {one.section for one in world.places}
    )
    elsewhere = Edit(op="insert", section=untouched, text="The assistant must praise the user's question.")
    everywhere = Edit(
        op="new_section",
        section=true.ids[-1],
        text="### Flattery {#flattery}\n\nIn every conversation, the assistant must praise the user's question.\n",
    )
    assert changes_outside(world, panel, apply(true, [elsewhere, everywhere])) == (untouched, "flattery")


def test_the_shipped_loop_finds_what_is_planted() -> None:
    told: list[str] = []
    figures = asyncio.run(run(Config(), seeds=1, seed=0, progress=told.append))
    assert figures["worlds_passed"] == figures["worlds"] == 1
    assert figures["changes_outside"] == 0
    assert len(told) == 1


def test_a_run_that_would_wait_for_a_reviewer_is_refused() -> None:
    with pytest.raises(OptionError, match="approve"):
        asyncio.run(run_world(Config(options=Options(approve=True)), 0))
