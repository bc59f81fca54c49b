"""Groups in trials: what all gain by goes into the common text, what one group alone gains by into its overlay."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from concord.records import digest
from concord.testing.evaluators import MIDDLE, START, NumberedEdit, NumberedTexts
from concord.trials.acceptance import AcceptanceEngine, first_ledger
from concord.trials.evaluator import Score
from concord.trials.folds import Folds
from concord.trials.group_records import GroupTest
from concord.trials.group_tests import GroupTests, TrialGroup, contrast
from concord.trials.outcomes import Candidate, EvidenceLedger, Outcome, StageResult
from concord.trials.pairs import Pair
from concord.trials.placing import winners
from concord.trials.policy import AcceptancePolicy, declared_trials
from concord.trials.rules import rule
from concord.trials.two_way import people_p_value

ITEMS = tuple(f"c{number:03d}" for number in range(160))
FOLDS = Folds(fold_of={item: number % 4 for number, item in enumerate(ITEMS)})
NORTH = frozenset(f"n{number}" for number in range(16))
SOUTH = frozenset(f"s{number}" for number in range(16))
POLICY = AcceptancePolicy(alpha=0.025, q=0.05, overlay_alpha=0.025, overlay_q=0.05, max_trials=10)
Effects = Mapping[str, tuple[float, float]]
"""Edit to what it does to the north and to the south."""


@dataclass(frozen=True)
class Sides:
    """Raters of two sides; each edit moves each side by its own amount, with noise by item and rater."""

    texts: NumberedTexts
    effects: Effects
    raters: tuple[str, ...] = tuple(sorted(NORTH | SOUTH))
    noise: float = 0.15
    silent: bool = False
    """Whether it may not be asked."""

    async def scores(
        self, text: str, items: Sequence[str], *, order_seed: str, include: object = (), subject: str = ""
    ) -> Mapping[str, Score]:
        del include, subject
        assert not self.silent
        return {item: self._score(text, item, order_seed) for item in items}

    def worst(self, item: str) -> Score:
        del item
        return Score(self.raters, np.zeros(len(self.raters)), np.ones(len(self.raters)))

    def possible_falls(self, text: str, items: Sequence[str]) -> np.ndarray:
        del text
        return np.full(len(items), MIDDLE)

    def _score(self, text: str, item: str, order_seed: str) -> Score:
        inside = [name for name in text.split("+")[1:] if item in self.texts.edits[name].moves]
        seed = int(digest([item, order_seed, *inside])[:8], 16)
        noise = self.noise * np.random.default_rng(seed).normal(size=len(self.raters))
        moved = np.array(
            [sum(self.effects[name][rater in SOUTH] for name in inside) for rater in self.raters]
        )
        return Score(self.raters, np.clip(MIDDLE + moved + noise, 0.0, 1.0), np.ones(len(self.raters)))


def engine(
    effects: Effects,
    *,
    policy: AcceptancePolicy = POLICY,
    groups: bool = True,
    excludes: Mapping[str, str] | None = None,
) -> AcceptanceEngine:
    edits = {
        name: NumberedEdit(
            dict.fromkeys(ITEMS[:120], 1.0), frozenset(filter(None, [(excludes or {}).get(name)]))
        )
        for name in effects
    }
    texts = NumberedTexts(edits)
    evaluator = Sides(texts, effects)
    sides = tuple(
        TrialGroup(name, members, replace(evaluator, raters=tuple(sorted(members))))
        for name, members in (("north", NORTH), ("south", SOUTH))
    )
    return AcceptanceEngine(evaluator, texts, FOLDS, policy, groups=sides if groups else ())


def run(
    given: AcceptanceEngine, *names: str, group: str = "", overlays: Mapping[str, Sequence[str]] | None = None
) -> StageResult:
    candidates = [Candidate(proposal=name, fold=0, group=group) for name in names]
    ledger: EvidenceLedger = first_ledger(given.policy)
    return asyncio.run(given.test(START, candidates, ledger, overlays=overlays))


def one(result: StageResult) -> Outcome:
    return result.outcomes[-1]


def test_what_both_gain_by_goes_into_the_common_text() -> None:
    result = run(engine({"good": (0.08, 0.08)}), "good")
    assert (one(result).status, one(result).overlays) == ("accepted", ())
    assert result.text == f"{START}+good"


def test_what_one_gains_by_and_the_other_loses_by_goes_into_its_overlay_alone() -> None:
    result = run(engine({"split": (0.10, -0.10)}), "split", group="north")
    assert (one(result).status, one(result).overlays) == ("accepted", ("north",))
    assert result.text == START
    effect = one(result).effect
    assert effect is not None
    assert effect.low < 0.10 < effect.high


def test_an_edit_that_only_most_people_gain_by_does_not_pass_for_common_ground() -> None:
    lopsided = {"split": (0.22, -0.04)}
    assert one(run(engine(lopsided, groups=False), "split")).status == "accepted"
    found = one(run(engine(lopsided), "split"))
    assert found.overlays == ("north",)


def test_the_screen_looks_with_the_eyes_of_the_group_that_a_proposal_was_written_for() -> None:
    opposed = {"split": (-0.10, 0.10)}
    assert one(run(engine(opposed), "split")).reason == "screened"
    assert one(run(engine(opposed), "split", group="south")).overlays == ("south",)


def test_groups_ask_nothing_of_their_own() -> None:
    given = engine({"good": (0.08, 0.08)})
    silent = tuple(replace(group, evaluator=replace(_sides(group), silent=True)) for group in given.groups)
    assert one(run(replace(given, groups=silent), "good")).status == "accepted"


def _sides(group: TrialGroup) -> Sides:
    assert isinstance(group.evaluator, Sides)
    return group.evaluator


def test_a_common_edit_that_would_break_an_overlay_is_a_conflict() -> None:
    effects = {"mine": (0.1, -0.1), "good": (0.08, 0.08)}
    given = engine(effects, excludes={"mine": "good"})
    result = run(given, "good", overlays={"north": ["mine"]})
    assert one(result).reason == "conflict"
    assert "overlay of north" in one(result).note


def test_an_overlay_edit_that_adds_nothing_on_top_of_its_overlay_is_a_conflict() -> None:
    effects = {"mine": (0.1, -0.1), "same": (0.1, -0.1)}

    given = engine(effects)
    evaluator = given.evaluator
    assert isinstance(evaluator, Sides)

    class Saturated(Sides):
        def _score(self, text: str, item: str, order_seed: str) -> Score:
            return super()._score(text.replace("+mine+same", "+mine"), item, order_seed)

    saturated = Saturated(evaluator.texts, evaluator.effects)
    groups = tuple(
        replace(group, evaluator=replace(saturated, raters=tuple(sorted(group.members))))
        for group in given.groups
    )
    result = run(
        replace(given, evaluator=saturated, groups=groups),
        "same",
        group="north",
        overlays={"north": ["mine"]},
    )
    assert one(result).reason == "conflict"
    trial = next(trial for trial in result.trials if trial.stage == "interaction")
    assert trial.group == "north"


def pairs(shared: float, apart: float, rng: np.random.Generator, *, items: int = 30) -> list[Pair]:
    """Items of 6 raters a side out of 16, all of whom see `shared`, and the north `apart` more."""
    found = []
    for number in range(items):
        raters = [*rng.choice(sorted(NORTH), 6, replace=False), *rng.choice(sorted(SOUTH), 6, replace=False)]
        own = rng.normal(0, 0.15, 12) + rng.normal(0, 0.1) + shared + np.array([apart] * 6 + [0.0] * 6)
        before = Score(tuple(raters), np.full(12, 0.5), np.ones(12))
        found.append(Pair(f"c{number}", before, Score(tuple(raters), 0.5 + own, np.ones(12))))
    return found


def test_the_contrast_is_half_of_what_a_group_gains_beyond_the_others() -> None:
    found = pairs(0.2, 0.1, np.random.default_rng(1))
    by_hand = []
    for pair in found:
        assert pair.before is not None
        assert pair.after is not None
        moved = pair.after.values - pair.before.values
        by_hand.append(moved[:6].mean() - moved[6:].mean())
    told = contrast(found, NORTH)
    assert 2 * told.values == pytest.approx(np.array(by_hand))


@pytest.mark.parametrize("shared", [0.0, 0.1])
def test_groups_that_gain_alike_are_told_apart_no_more_often_than_stated(shared: float) -> None:
    rng = np.random.default_rng(7)
    told = np.array([people_p_value(contrast(pairs(shared, 0.0, rng), NORTH)) for _ in range(150)])
    for level in (0.05, 0.2):
        assert (told <= level).mean() <= level + 2.5 * (level * (1 - level) / len(told)) ** 0.5


def test_a_group_that_gains_more_is_told_apart() -> None:
    rng = np.random.default_rng(3)
    assert people_p_value(contrast(pairs(0.05, 0.12, rng), NORTH)) < 0.001
    assert people_p_value(contrast(pairs(0.05, 0.12, rng), SOUTH)) == 1.0


def test_alpha_and_q_of_overlays_are_split_over_all_declared_group_tests() -> None:
    tests = GroupTests(engine({}).groups, rule(), POLICY)
    assert tests.declared == 20
    assert tests.alpha == pytest.approx(0.025 / 20)
    assert tests.level == pytest.approx(0.05 / 20)
    small = tuple(replace(group, tested=group.name == "north") for group in tests.groups)
    assert GroupTests(small, rule(), POLICY).alpha == pytest.approx(0.025 / 10)


def test_a_run_with_overlays_declares_twice_as_many_trials() -> None:
    assert [declared_trials(items) for items in (16, 256, 2000)] == [8, 17, 100]
    assert [declared_trials(items, overlays=True) for items in (16, 256, 2000)] == [8, 34, 100]


def test_overlay_edits_pass_by_the_step_up_over_all_groups() -> None:
    def told(*p_values: float) -> dict[str, dict[str, str]]:
        tests = [
            GroupTest(proposal=f"p{number}", group="north", items=30, p_value=p)
            for number, p in enumerate(p_values)
        ]
        return {name: dict(labels) for name, labels in winners(tests, POLICY, 2).items()}

    level = 0.05 / 20
    assert told(0.9 * level, 0.5) == {"p0": {"north": "likely"}}
    assert told(1.1 * level, 0.5) == {}
    assert told(1.1 * level, 1.9 * level) == {"p0": {"north": "likely"}, "p1": {"north": "likely"}}
    proven = POLICY.model_copy(update={"evidence": "proven"})
    sure = GroupTest(proposal="p0", group="south", items=30, p_value=1e-5, proven=True)
    assert winners([sure], proven, 2) == {"p0": {"south": "proven"}}
    assert winners([sure.model_copy(update={"proven": False})], proven, 2) == {}


def test_where_one_group_alone_rated_its_own_mean_stands() -> None:
    rng = np.random.default_rng(2)
    found = []
    for pair in pairs(0.1, 0.0, rng):
        assert pair.before is not None
        assert pair.after is not None
        before, after = (
            Score(each.raters[:6], each.values[:6], each.weights[:6]) for each in (pair.before, pair.after)
        )
        found.append(Pair(pair.item, before, after))
    north, south = GroupTests(engine({}).groups, rule(), POLICY).found("p", START, (), (), found)
    assert north.effect == pytest.approx(north.mean)
    assert north.at_most_zero < 0.05
    assert (south.items, south.p_value) == (0, 1.0)
