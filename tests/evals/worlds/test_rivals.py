"""Rivals get scoped, cached prompts and the loop's number of calls, and are scored by the same truth."""

import numpy as np
import pytest

from concord.evals.synthetic.config import shaped
from concord.evals.synthetic.texts import panel
from concord.evals.synthetic.truth import Truth
from concord.evals.synthetic.world import World, make_world
from concord.evals.worlds.rivals import Bench, greedy, run_rounds, study, sure_greedy
from concord.spec import Spec


@pytest.fixture(scope="module")
def world() -> World:
    return make_world(shaped("small", "large").model_copy(update={"fresh": 1000}), 0)


@pytest.fixture(scope="module")
def truth(world: World) -> Truth:
    return Truth(world)


def test_a_prompt_is_paid_for_once_and_an_edit_asks_only_where_it_is_in_scope(world: World) -> None:
    bench = Bench(world, panel(world), split_seed=0)
    spec = Spec.parse(world.spec)
    bench.mean(spec)
    first = bench.ranker_calls
    assert first == len(bench.open)
    bench.mean(spec)
    assert bench.ranker_calls == first
    id_ = next(one for one in spec.ids if bench.in_scope(spec, one)[bench.open].any())
    text = spec.source_of(id_)
    bench.mean(Spec.parse(spec.text.replace(text, text.rstrip("\n") + "\n\nSay it kindly.\n\n")))
    assert bench.ranker_calls - first == int(bench.in_scope(spec, id_)[bench.open].sum())


@pytest.mark.parametrize("keep", [study, greedy, sure_greedy])
def test_rivals_keep_within_the_calls_and_find_something(world: World, truth: Truth, keep) -> None:  # type: ignore[no-untyped-def]
    found = run_rounds("x", keep, world, panel(world), truth, rounds=6, patience=2, max_calls=1500, seed=0)
    assert found.calls < 1500 + 2 * world.size
    assert found.adopted >= 1
    assert found.gain == pytest.approx(truth.share(world.true_spec) and found.share * truth.best)


def test_the_sure_one_keeps_nothing_that_moves_nothing_for_certain(world: World) -> None:
    bench = Bench(world, panel(world), split_seed=0)
    spec, true = Spec.parse(world.spec), Spec.parse(world.true_spec)
    same = Spec.parse(world.spec.rstrip("\n") + "\n\nNothing else is said here.\n")
    assert sure_greedy(bench, spec, [same], 10_000) == []
    assert sure_greedy(bench, spec, [same, true], 10_000) == [true]


def test_cases_show_the_people_that_may_be_heard(world: World) -> None:
    bench = Bench(world, panel(world), split_seed=0)
    (case,) = bench.cases(Spec.parse(world.spec), bench.open[:1])
    assert case.topics == world.topic_sets[int(bench.open[0])]
    assert 1 <= len(case.people) <= 16
    assert np.ptp(list(case.ranker.values())) >= 0


def test_gepa_runs_on_sections_and_the_two_error_rule_may_keep_the_seed(world: World, truth: Truth) -> None:
    pytest.importorskip("gepa")
    from concord.evals.worlds.gepa_rival import CONFIGURATIONS, changed_parts, parts, run_gepa

    spec, true = Spec.parse(world.spec), Spec.parse(world.true_spec)
    assert "".join(parts(spec).values()) == spec.text.removeprefix(spec.preamble)
    assert set(changed_parts(spec, true)) <= set(spec.ids)
    plain, sure = run_gepa(CONFIGURATIONS[0], world, panel(world), truth, max_calls=900, seed=0)
    assert plain.calls == sure.calls >= 900
    assert sure.adopted in (0, plain.adopted)
