"""A run of trials in a world of numbers whose groups differ in nothing: does the shipped engine put an edit into an overlay?

Cheap enough for hundreds of runs. Everything that decides is the shipped acceptance engine: screens, trials, group
tests, alpha and q, and the step that puts edits together. People differ from each other, edits help or harm, and the
proposals written for a group are those that looked best to its people.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ...records import Record, digest
from ...testing.evaluators import MIDDLE, START, NumberedEdit, NumberedTexts
from ...trials.acceptance import AcceptanceEngine, first_ledger
from ...trials.evaluator import Score
from ...trials.folds import Folds
from ...trials.group_tests import TrialGroup
from ...trials.outcomes import Candidate
from ...trials.policy import AcceptancePolicy, RegressionPolicy

Floats = NDArray[np.float64]
ITEMS, RATERS, PEOPLE, FOLDS = 120, 14, 60, 4
EDITS = 24
EFFECTS = (0.0, 0.0, 0.0, 0.05, 0.10, -0.05)
"""Mean effects that edits have, for everybody alike."""
TASTE, BY_ITEM, NOISE = 0.10, 0.08, 0.12
"""Sd of an edit's effect over people and over items, and of a score's own noise."""
TOUCHED = 48


class NullRun(Record):
    """What one run of trials came to."""

    seed: int
    trials: int
    common: int
    """Edits accepted for the common text; `overlays`: for overlays."""
    overlays: int
    p_values: tuple[float, ...]
    """Of the groups' tests that came to their end."""


@dataclass(slots=True)
class NullEvaluator:
    """Scores by number: each edit moves each rater on each item by an amount drawn once."""

    texts: NumberedTexts
    moves: Mapping[str, Floats]
    """Edit to (items, people)."""
    raters: Mapping[str, tuple[int, ...]]
    """Item to its raters among `members`."""
    seed: int
    members: frozenset[int]
    own: dict[str, tuple[int, ...]] = field(default_factory=dict)

    async def scores(
        self,
        text: str,
        items: Sequence[str],
        *,
        order_seed: str,
        include: Collection[str] = (),
        subject: str = "",
    ) -> Mapping[str, Score]:
        del include, subject
        return {item: self._score(text, item, order_seed) for item in items}

    def worst(self, item: str) -> Score:
        who = self._who(item)
        return Score(tuple(f"p{person}" for person in who), np.zeros(len(who)), np.ones(len(who)))

    def possible_falls(self, text: str, items: Sequence[str]) -> Floats:
        del text
        return np.full(len(items), 0.35)

    def _who(self, item: str) -> tuple[int, ...]:
        if item not in self.own:
            self.own[item] = tuple(person for person in self.raters[item] if person in self.members)
        return self.own[item]

    def _score(self, text: str, item: str, order_seed: str) -> Score:
        inside = [name for name in text.split("+")[1:] if item in self.texts.edits[name].moves]
        noise = np.random.default_rng(int(digest([self.seed, item, order_seed, *inside])[:12], 16)).normal(
            size=PEOPLE
        )
        who = list(self._who(item))
        moved = sum((self.moves[name][int(item[1:])] for name in inside), np.zeros(PEOPLE))
        values = np.clip(MIDDLE + moved + NOISE * noise, 0.0, 1.0)[who]
        return Score(tuple(f"p{person}" for person in who), values, np.ones(len(who)))


def null_run(seed: int) -> NullRun:
    """One run of two rounds: as many trials as it declares, on edits written for everybody and for either group."""
    rng = np.random.default_rng([seed, 99])
    items = [f"c{number:03d}" for number in range(ITEMS)]
    raters = {item: tuple(sorted(rng.permutation(PEOPLE)[:RATERS].tolist())) for item in items}
    side = rng.permutation(PEOPLE) % 2
    edits, moves = {}, {}
    for number in range(EDITS):
        name = f"e{number}"
        effect = float(rng.choice(EFFECTS))
        people, things = TASTE * rng.normal(size=PEOPLE), BY_ITEM * rng.normal(size=ITEMS)
        moves[name] = effect + people[None, :] + things[:, None]
        touched = rng.permutation(items)[:TOUCHED].tolist()
        edits[name] = NumberedEdit(dict.fromkeys(touched, effect))
    texts = NumberedTexts(edits)
    everybody = NullEvaluator(texts, moves, raters, seed, frozenset(range(PEOPLE)))
    groups = tuple(
        TrialGroup(
            name,
            frozenset(f"p{person}" for person in np.flatnonzero(side == place)),
            replace(everybody, members=frozenset(np.flatnonzero(side == place).tolist()), own={}),
        )
        for place, name in enumerate(("north", "south"))
    )
    policy = AcceptancePolicy(
        alpha=0.025,
        q=0.05,
        overlay_alpha=0.025,
        overlay_q=0.05,
        max_trials=EDITS,
        regression=RegressionPolicy(most=0),
    )
    folds = Folds(fold_of={item: number % FOLDS for number, item in enumerate(items)})
    engine = AcceptanceEngine(everybody, texts, folds, policy, seed=seed, groups=groups)
    return asyncio.run(_rounds(engine, sorted(edits), seed))


async def _rounds(engine: AcceptanceEngine, names: Sequence[str], seed: int) -> NullRun:
    ledger, text = first_ledger(engine.policy), START
    overlays: dict[str, list[str]] = {}
    common = trials = 0
    p_values: list[float] = []
    half = len(names) // 2
    for round_, part in enumerate((names[:half], names[half:]), start=1):
        candidates = [
            Candidate(proposal=name, fold=number % FOLDS, group=("", "north", "south")[number % 3])
            for number, name in enumerate(part)
        ]
        result = await engine.test(text, candidates, ledger, round_=round_, overlays=overlays)
        ledger, text = result.ledger, result.text
        for outcome in result.outcomes:
            if outcome.status != "accepted":
                continue
            common += not outcome.overlays
            for group in outcome.overlays:
                overlays.setdefault(group, []).append(outcome.proposal)
        for trial in result.trials:
            if trial.stage == "trial":
                trials += 1
                if len(trial.differences) == len(trial.planned):
                    p_values += [test.p_value for test in trial.groups]
    return NullRun(
        seed=seed,
        trials=trials,
        common=common,
        overlays=sum(map(len, overlays.values())),
        p_values=tuple(p_values),
    )
