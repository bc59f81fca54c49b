"""A trial's answers, looked at group by group: they were paid for once, and each group's people score them anew.

An edit that is to stand in one group's overlay must help that group, and help it more than the others: an edit that
helps everybody alike belongs into the common text, however the dice fell. Both are tested, and the larger p-value
counts (intersection-union: Berger 1982, Technometrics 24).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ..agreement.pooling import pooled
from .differences import Differences
from .evaluator import Evaluator, Score
from .futility import is_futile
from .group_records import GroupTest
from .max_drop import likely_drop, max_drop
from .pairs import Pair, differences
from .policy import AcceptancePolicy
from .protocol import TrialRule
from .two_way import effective_people, people_p_value, standard_error

PRIOR_SPREAD = 0.10
"""What an edit is taken to do differently to groups before anything is seen (sd): 10 points."""
LEAST_ITEMS = 4
"""Items under which a group's test isn't made."""


@dataclass(frozen=True, slots=True)
class TrialGroup:
    """Some of the raters, by name."""

    name: str
    members: frozenset[str]
    evaluator: Evaluator
    """The same answers, scored by these raters alone: no question of its own costs anything."""
    tested: bool = True
    """Whether it may have an overlay; a group that is too small for a test still says whether it gains."""

    def of(self, pairs: Sequence[Pair]) -> list[Pair]:
        """The pairs as this group's people score them."""
        return [self._own(pair) for pair in pairs]

    def _own(self, pair: Pair) -> Pair:
        after = self.evaluator.worst(pair.item) if pair.failed else _within(pair.after, self.members)
        return Pair(pair.item, _within(pair.before, self.members), after, pair.failed)


def difference_in(pair: Pair, group: TrialGroup | None) -> float | None:
    """The pair's difference by everybody, or by a group."""
    return pair.difference if group is None else group.of([pair])[0].difference


@dataclass(frozen=True, slots=True)
class GroupTests:
    """All groups' tests of one trial. Each is a declared test: there are as many as trials times groups."""

    groups: tuple[TrialGroup, ...]
    rule: TrialRule
    policy: AcceptancePolicy

    @property
    def declared(self) -> int:
        """Tests of groups that a run declares."""
        return max(1, self.policy.max_trials * sum(group.tested for group in self.groups))

    @property
    def alpha(self) -> float:
        """What each may spend on a proof (Bonferroni)."""
        return self.policy.overlay_alpha / self.declared

    @property
    def level(self) -> float:
        """The p-value that a run's first likely overlay edit takes."""
        return self.policy.overlay_q / self.declared

    def goes_on(self, *, proven: bool, pairs: Sequence[Pair], planned: Sequence[str]) -> bool:
        """Whether the rest of a set is worth asking for the groups' sake, where everybody's test is decided.

        Of an edit that is proven for everybody, where some group does not seem to gain by it; of another, while a group
        could still pass. Stopping here gives every group up (its p-value is 1), so it never makes an overlay likelier.
        """
        if proven:
            return any(test.effect <= 0.0 for test in self._pooled("", pairs))
        seen = [(group, differences(group.of(pairs)).values) for group in self.groups if group.tested]
        return any(
            not is_futile(values, _rated(group, planned), max(self.alpha, self.level))
            for group, values in seen
        )

    def found(
        self, proposal: str, current: str, pool: Sequence[str], planned: Sequence[str], pairs: Sequence[Pair]
    ) -> tuple[GroupTest, ...]:
        """Every group's test, once a trial is over. `pool`: what its set was drawn from.

        p-values are of the whole set; where the trial ended before, groups are given up.
        """
        tests = self._pooled(proposal, pairs)
        if not planned or len(pairs) < len(planned):
            return tests
        return tuple(
            self._tested(group, test, current, pool, pairs)
            for group, test in zip(self.groups, tests, strict=True)
        )

    def _tested(
        self, group: TrialGroup, test: GroupTest, current: str, pool: Sequence[str], pairs: Sequence[Pair]
    ) -> GroupTest:
        own = differences(group.of(pairs))
        if not group.tested or len(own) < LEAST_ITEMS:
            return test
        falls = group.evaluator.possible_falls(current, sorted(set(pool)))
        started = self.rule.start(
            alpha=self.alpha, planned=len(own), max_drop=max_drop(falls, alpha=self.alpha, planned=len(own)),
            likely_drop=likely_drop(falls, level=self.level, planned=len(own)), likely_level=self.level,
        )  # fmt: skip
        proven = started.look(own, last=True).outcome == "positive"
        beyond = people_p_value(contrast(pairs, group.members))
        return test.model_copy(
            update={
                "p_value": max(started.p_value(), beyond),
                "proven": proven and beyond <= self.alpha,
            }
        )

    def _pooled(self, proposal: str, pairs: Sequence[Pair]) -> tuple[GroupTest, ...]:
        tests: list[GroupTest] = []
        errors: dict[str, float] = {}
        for group in self.groups:
            own = differences(group.of(pairs))
            se, _ = standard_error(own)
            if se is not None:
                errors[group.name] = se
            tests.append(
                GroupTest(
                    proposal=proposal, group=group.name, items=len(own), people=effective_people(own) or 0.0,
                    mean=own.mean, beyond=2.0 * contrast(pairs, group.members).mean,
                )
            )  # fmt: skip
        if len(errors) < 2:
            return tuple(tests)
        means = {test.group: test.mean for test in tests if test.group in errors}
        variances = np.square([errors[name] for name in means])
        together = pooled(means, np.diag(variances), scale=PRIOR_SPREAD, places=False).groups
        return tuple(
            test.model_copy(
                update={
                    "effect": together[test.group].estimate, "low": together[test.group].low,
                    "high": together[test.group].high, "at_most_zero": together[test.group].at_most_zero,
                }
            )
            if test.group in together
            else test
            for test in tests
        )  # fmt: skip


def contrast(pairs: Sequence[Pair], members: frozenset[str]) -> Differences:
    """Half of what a group's people gain beyond the others, item by item, over the items that both rated.

    Each side counts half, and its people's differences are taken from the centre of both sides, the others' with the
    sign turned: so a cell's expectation is the contrast itself, whoever it is of, and an effect that everybody shares
    widens nothing.
    """
    numbers: dict[str, int] = {}
    rows: list[tuple[int, int, float, float]] = []
    sums = np.zeros(2)
    count = 0
    for pair in pairs:
        if pair.before is None or pair.after is None:
            continue
        sides = _sides(pair.before, pair.after, members)
        totals = [sum(weight for _, _, weight in side) for side in sides]
        if not all(totals):
            continue
        for place, (side, total) in enumerate(zip(sides, totals, strict=True)):
            sums[place] += sum(value * weight for _, value, weight in side) / total
            rows += [
                (
                    count,
                    numbers.setdefault(name, len(numbers)),
                    (1 - 2 * place) * value,
                    (1 - 2 * place) * weight / total,
                )
                for name, value, weight in side
            ]
        count += 1
    if not rows:
        return Differences.of_items([])
    item, person, cell, weight = zip(*rows, strict=True)
    signs = np.sign(np.array(weight))
    centre = float(sums.sum()) / (2 * count)
    return Differences.of_cells(
        np.array(item, dtype=np.intp), np.array(person, dtype=np.intp), np.array(cell) - signs * centre,
        np.abs(np.array(weight)),
    )  # fmt: skip


Side = list[tuple[str, float, float]]
"""Rater, difference, weight."""


def _sides(before: Score, after: Score, members: frozenset[str]) -> tuple[Side, Side]:
    told: Mapping[str, float] = dict(zip(before.raters, before.values.tolist(), strict=True))
    inside: Side = []
    outside: Side = []
    for rater, value, weight in zip(after.raters, after.values.tolist(), after.weights.tolist(), strict=True):
        if rater in told and weight > 0:
            (inside if rater in members else outside).append((rater, value - told[rater], weight))
    return inside, outside


def _within(score: Score | None, members: frozenset[str]) -> Score | None:
    if score is None:
        return None
    kept = np.array([rater in members for rater in score.raters], dtype=bool)
    if not kept.any():
        return None
    return Score(
        tuple(rater for rater, inside in zip(score.raters, kept.tolist(), strict=True) if inside),
        score.values[kept],
        score.weights[kept],
    )


def _rated(group: TrialGroup, planned: Sequence[str]) -> int:
    return sum(bool(group.evaluator.worst(item).raters) for item in planned)
