"""A synthetic world: people like CA-1's, a true spec that is worth 3 to 8 points, edits as in life, and its texts."""

from itertools import combinations
from pathlib import Path

import numpy as np
import pytest

from concord.errors import OptionError
from concord.evals.synthetic.config import overlaid, shaped
from concord.evals.synthetic.language import (  # fmt: skip
    AVOID,
    MAY,
    SHOULD,
    Rule,
    read_reason,
    reason,
    reworded,
    rules,
    sentences,
    write,
)
from concord.evals.synthetic.texts import justification, panel, response
from concord.evals.synthetic.texts import write as write_files
from concord.evals.synthetic.truth import Truth
from concord.evals.synthetic.world import World, make_world
from concord.panel.importers.load import load
from concord.spec import Spec


@pytest.fixture(scope="module")
def ca1() -> World:
    return make_world(shaped("ca1"), 3)


@pytest.fixture(scope="module")
def small() -> World:
    return make_world(shaped("small"), 1)


def test_a_seed_is_a_world_and_another_seed_another(small: World) -> None:
    again, other = make_world(shaped("small"), 1), make_world(shaped("small"), 2)
    assert again.spec == small.spec
    assert (again.places == small.places).all()
    assert other.spec != small.spec


def test_people_are_as_many_and_as_coarse_as_in_ca1(ca1: World) -> None:
    places = ca1.places[: ca1.judged]
    depth = places.max(axis=1) + 1
    assert 17_000 < ca1.judged < 20_000
    assert (depth < 4).mean() == pytest.approx(0.5, abs=0.1)
    assert (depth == 1).mean() == pytest.approx(0.024, abs=0.02)


def test_two_people_agree_as_often_as_in_ca1_and_the_longest_wins_somewhat(ca1: World) -> None:
    same = strict = longest = 0
    for index in range(1, 300):
        rows = ca1.places[np.flatnonzero(ca1.conversation[: ca1.judged] == index)[:6]]
        longest += int((rows[:, int(ca1.length[index].argmax())] == 0).sum())
        for one, other in combinations(rows.astype(int), 2):
            for a, b in combinations(range(4), 2):
                product = (one[a] - one[b]) * (other[a] - other[b])
                same += product > 0
                strict += product != 0
    assert same / strict == pytest.approx(0.69, abs=0.04)
    assert longest / (299 * 6) == pytest.approx(0.37, abs=0.07)


@pytest.mark.parametrize(("effects", "low", "high"), [("small", 4, 7), ("medium", 6, 12), ("large", 11, 22)])
def test_the_true_spec_is_worth_3_to_8_points_and_edits_what_their_name_says(
    effects: str, low: float, high: float
) -> None:
    moved, best = [], []
    for seed in range(2):
        config = shaped("ca1", effects).model_copy(update={"fresh": 2000})  # type: ignore[arg-type]  # one of Effects
        truth = Truth(make_world(config, seed))
        moved += list(truth.effects.values())
        best.append(truth.best)
    assert low <= float(np.median(moved)) <= high
    assert 3 <= float(np.mean(best)) <= 8


def test_nothing_is_worth_more_than_the_true_spec(small: World) -> None:
    truth = Truth(small)
    assert truth.share(small.true_spec) == 1
    assert truth.share(small.spec) == 0
    planted = {gap.place for gap in small.gaps}
    backed = next(rule for rule in small.plan.rules if rule.place not in planted and rule.strength == SHOULD)
    standing = next(s.text for s in sentences(small.spec) if s.rule == backed)
    turned = write(Rule(*backed.place, AVOID))
    assert truth.gain(small.spec.replace(standing, turned)) < 0
    assert len(truth.held(small.true_spec)) == len(small.gaps)


def test_rules_are_read_back_from_any_wording_and_a_rewording_keeps_them() -> None:
    rule = Rule(3, 7, SHOULD)
    assert all(rules(write(rule, wording)) == (rule,) for wording in range(4))
    text = write(rule) + " " + write(Rule(3, 8, MAY))
    old, new = reworded(text, 1) or ("", "")
    assert old in text
    assert rules(text.replace(old, new)) == rules(text)


def test_people_say_the_same_in_words_of_their_own() -> None:
    for stance in (-1, 0, 1):
        plain, own = (reason(2, 5, stance, "B", own_words=each, pick=stance + 1) for each in (False, True))
        assert plain != own
        for text, in_own in ((plain, False), (own, True)):
            found, told = read_reason(text)
            assert (found.qualities, found.topics, found.stance, told) == (
                frozenset({5}),
                frozenset({2}),
                stance,
                in_own,
            )


def test_the_files_hold_what_the_panel_in_memory_holds(small: World, tmp_path: Path) -> None:
    write_files(small, tmp_path)
    read, made = load(tmp_path), panel(small)
    assert read.conversations == made.conversations
    assert [a.world for a in read.assessments] == [a.world for a in made.assessments]
    assert (tmp_path / "truth.json").exists()
    assert Spec.parse((tmp_path / "spec.md").read_text()).digest == Spec.parse(small.spec).digest


def test_no_two_responses_are_alike_and_the_longer_ones_are_longer(small: World) -> None:
    texts = {(i, p): response(small, i, p) for i in range(80) for p in range(4)}
    assert len(set(texts.values())) == 320
    lengths = np.array([[len(texts[i, p]) for p in range(4)] for i in range(80)])
    assert np.corrcoef(lengths.ravel(), small.length[:80].ravel())[0, 1] > 0.7
    assert justification(small, 0) == justification(small, 0)


def test_a_knob_that_does_not_exist_is_named(tmp_path: Path) -> None:
    (tmp_path / "world.toml").write_text("[people]\nraterz = 3\n")
    with pytest.raises(OptionError, match="raterz"):
        overlaid(shaped("small"), tmp_path / "world.toml")
    (tmp_path / "world.toml").write_text("[people]\nraters = 5\n")
    assert overlaid(shaped("small"), tmp_path / "world.toml").people.raters == 5
