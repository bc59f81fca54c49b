"""Planted worlds: what they look like, and that what is planted is what moves rankings."""

from pathlib import Path

import numpy as np
import pytest

from concord.agreement.people import People
from concord.agreement.references import one_person
from concord.errors import OptionError
from concord.evals.worlds import people
from concord.evals.worlds.config import PeopleConfig, WorldConfig, shaped
from concord.evals.worlds.generate import World, make_world
from concord.evals.worlds.inhabit import panel, write
from concord.evals.worlds.language import Rule, rules, sentences, topics, weights, wordings
from concord.evals.worlds.language import write as sentence
from concord.evals.worlds.truth import Truth
from concord.panel.importers.load import load
from concord.panel.ranking import Ranking
from concord.spec import Spec

WORLDS: dict[int, World] = {}


def world(seed: int = 0) -> World:
    if seed not in WORLDS:
        WORLDS[seed] = make_world(shaped("small"), seed)
    return WORLDS[seed]


def middling() -> World:
    """Large enough for shares to be told to a few hundredths."""
    return make_world(shaped("ca1").scaled(0.5), 3)


def test_a_seed_makes_one_world() -> None:
    again = make_world(shaped("small"), 0)
    assert again.spec == world().spec
    assert np.array_equal(again.levels, world().levels)
    assert make_world(shaped("small"), 1).spec != world().spec


def test_people_rank_as_in_ca1() -> None:
    found = middling()
    levels = found.levels
    distinct = np.array([len(set(row)) for row in levels.tolist()])
    assert np.mean(distinct < 4) == pytest.approx(0.5, abs=0.06)
    assert np.mean(distinct == 1) == pytest.approx(0.0242, abs=0.012)
    assert people.strict_agreement(found.drawn, levels, found.size) == pytest.approx(0.69, abs=0.005)
    assert _top_choice(found) == pytest.approx(0.478, abs=0.03)
    raters = np.bincount(found.drawn.conversation)
    assert np.median(raters) == pytest.approx(16, abs=1)
    assert raters.max() >= len(found.member), "one conversation is judged by everybody"
    cells = set(zip(found.drawn.conversation.tolist(), found.drawn.participant.tolist(), strict=True))
    assert len(cells) < len(levels), "some cells hold more than one assessment"


def _top_choice(found: World) -> float:
    rng = np.random.default_rng(0)
    top = found.levels == found.levels.max(axis=1, keepdims=True)
    shares = []
    for conversation in range(found.size):
        rows = np.flatnonzero(found.drawn.conversation == conversation)
        for _ in range(6):
            one, other = rng.choice(rows, 2, replace=False)
            shares.append((top[one] & top[other]).sum() / top[one].sum())
    return float(np.mean(shares))


def test_the_panel_in_memory_is_the_panel_on_disk(tmp_path: Path) -> None:
    found = world()
    write(found, tmp_path)
    read = load(tmp_path)
    assert read.digest == panel(found).digest
    assert Spec.parse((tmp_path / "spec.md").read_text()).text == found.spec
    assert {problem.kind for problem in read.problems if problem.dropped} == set()


def test_fast_agreement_is_the_panels_agreement() -> None:
    found = world()
    levels = np.random.default_rng(5).integers(0, 3, size=(found.size, 4))
    fast = people.agreement(people.signs(levels), found.pair_weights)
    compiled = People.compile(panel(found))
    rankings = {
        name: Ranking.from_scores(dict(zip("ABCD", map(float, row), strict=True)))
        for name, row in zip(found.names, levels, strict=True)
    }
    slow = compiled.conversation_agreement(rankings)
    for name, value in slow.items():
        assert fast[found.index[name]] == pytest.approx(value)
    assert one_person(compiled).estimate == pytest.approx(0.6, abs=0.12)


def test_the_spec_says_what_the_plan_says_and_the_true_spec_what_people_want() -> None:
    found = world()
    assert weights(rules(found.spec)) == found.original
    assert weights(rules(found.true_spec)) == found.truth
    spec = Spec.parse(found.spec)
    assert len([s for s in spec.sections if s.level == 2]) == len(found.plan.topics)


def test_every_wording_reads_back_as_the_same_rule() -> None:
    for strength in (1.0, 0.1, -1.0):
        rule = Rule(3, 7, strength)
        texts = {sentence(rule, wording) for wording in range(wordings(strength))}
        assert len(texts) == wordings(strength) > 2
        for text in texts:
            assert [s.rule for s in sentences(f"## Head\n\n{text} And more.")] == [rule]
            assert topics(text) == {3}


@pytest.mark.parametrize("seed", [0, 1])
def test_each_mend_moves_what_it_touches_and_all_together_close_the_gap(seed: int) -> None:
    found = world(seed)
    truth = Truth(found)
    assert truth.gap_closed(found.spec) == 0
    assert truth.gap_closed(found.true_spec) == pytest.approx(1)
    assert truth.best - truth.original > 0.05
    for mend in found.mends:
        alone = found.plan.mended([(mend.topic, mend.quality, mend.after)])
        assert truth.agreement(weights(alone.rules)) > truth.original
        assert mend.effect > 8
        low, high = (share * found.size for share in found.config.touches)
        assert low * 0.8 <= mend.touches <= high * 1.2
    assert {mend.type for mend in found.mends} == set(found.config.shares)


def test_truth_tells_mends_from_rewordings_and_harm() -> None:
    found = world()
    truth = Truth(found)
    mend = next(mend for mend in found.mends if mend.after)
    good = found.spec + "\n\n" + sentence(Rule(mend.topic, mend.quality, mend.after))
    if not mend.before:
        step = truth.stand(found.spec, good)
        assert step.stand == "mend"
        assert step.mends == {mend.id}
    some = sentences(found.spec)[0]
    other = sentence(some.rule, some.wording + 1)
    assert truth.stand(found.spec, found.spec.replace(some.text, other)).stand == "null"
    backed = next(
        s for s in sentences(found.spec) if found.truth.get((s.rule.topic, s.rule.quality)) == s.rule.strength
    )
    turned = (
        sentence(Rule(backed.rule.topic, backed.rule.quality, -backed.rule.strength or 1.0))
        if abs(backed.rule.strength) == 1
        else ""
    )
    assert truth.stand(found.spec, found.spec.replace(backed.text, turned)).stand == "harm"


def test_a_subgroup_wants_some_rules_the_other_way() -> None:
    found = world()
    assert len(found.dissent) == found.config.people.subgroups
    for wanted in found.dissent:
        for place, strength in wanted.items():
            assert strength == -found.truth[place]
    assert set(np.unique(found.member)) == {-1, 0, 1}


def test_impossible_worlds_are_refused_in_one_sentence() -> None:
    with pytest.raises(OptionError, match="planted mends need as many sections"):
        WorldConfig(planted=13, sections=12)
    with pytest.raises(OptionError, match="plant fewer"):
        WorldConfig(planted=12, touches=(0.3, 0.4))


def test_knobs_move_what_they_name() -> None:
    loud = WorldConfig(people=PeopleConfig(pair_agreement=0.62))
    found = make_world(loud, 0)
    assert people.strict_agreement(found.drawn, found.levels, found.size) == pytest.approx(0.62, abs=0.006)
    none = make_world(WorldConfig(planted=0), 0)
    assert none.mends == ()
    assert none.spec == none.true_spec
