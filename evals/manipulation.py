"""Manipulation: how many participants must act together to turn a decision of the acceptance engine?

A world of people and conversations, and one edit after another. The colluders rank for the edit (or against it)
whatever they think, wherever they are asked; the others are honest. Two curves over the colluders' share of the people:
how often an edit that brings nothing comes into a text, and how often a good one is kept out.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from statistics import fmean

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ..records import Record
from ..testing.evaluators import NumberedEdit, NumberedTexts
from ..trials.acceptance import AcceptanceEngine, first_ledger
from ..trials.evaluator import Score
from ..trials.folds import Folds
from ..trials.outcomes import Candidate
from ..trials.policy import AcceptancePolicy, ScreenPolicy

Floats = NDArray[np.float64]
Progress = Callable[[str], None]
NULL, GOOD, START = "null", "good", "start"
_NOW = 0.6
"""Everybody's agreement under the current text."""


class Config(Record):
    people: int = Field(60, ge=5)
    """Participants, colluders included."""
    conversations: int = Field(150, ge=20)
    """That the edit bears on."""
    raters: int = Field(16, ge=1)
    """Participants of each conversation, drawn from all."""
    shares: tuple[float, ...] = (0.0, 0.05, 0.1, 0.2, 0.3, 0.4)
    """Colluders among the participants."""
    effect: float = Field(0.1, gt=0, le=0.4)
    """What the good edit moves honest people's agreement."""
    policy: AcceptancePolicy = AcceptancePolicy(screen=ScreenPolicy(enabled=False))
    """The shipped one, but for the screen: without it every edit has its trial."""


class World:
    """People, of whom some collude, and what one edit does to each one's agreement with the ranker."""

    def __init__(self, config: Config, seed: int, share: float, *, good: bool) -> None:
        draw = np.random.default_rng([seed, 31, int(good)])
        self.items = [str(number) for number in range(config.conversations)]
        size = min(config.raters, config.people)
        self.raters = np.array([draw.permutation(config.people)[:size] for _ in self.items])
        spread = draw.normal(0.0, 0.15, (len(self.items), 1)) + draw.normal(0.0, 0.1, config.people)
        moved = spread + draw.normal(0.0, 0.2, (len(self.items), config.people))
        # Nobody's luck: over all people and conversations the edit does exactly what it is said to do.
        moved += (config.effect if good else 0.0) - moved.mean()
        self.colluders = draw.permutation(config.people)[: round(share * config.people)]
        moved[:, self.colluders] = -_NOW if good else 1.0 - _NOW
        self.moved: Floats = np.clip(moved, -_NOW, 1.0 - _NOW)
        # Clipping must not make a null a little better or worse than it is; colluders stay as they are.
        honest = np.setdiff1d(np.arange(config.people), self.colluders)
        self.moved[:, honest] += (config.effect if good else 0.0) - self.moved[:, honest].mean()

    def scores(self, text: str, items: Sequence[str]) -> dict[str, Score]:
        found = {}
        for item in items:
            people = self.raters[int(item)]
            moved = self.moved[int(item), people] if "+" in text else np.zeros(len(people))
            values = np.clip(_NOW + moved, 0.0, 1.0)
            found[item] = Score(tuple(f"p{p}" for p in people), values, np.ones(len(people)))
        return found


class WorldEvaluator:
    """Implements trials.Evaluator over a World."""

    def __init__(self, world: World) -> None:
        self.world = world

    async def scores(
        self,
        text: str,
        items: Sequence[str],
        *,
        order_seed: str,
        include: Collection[str] = (),
        subject: str = "",
    ) -> Mapping[str, Score]:
        del order_seed, include, subject
        return self.world.scores(text, items)

    def worst(self, item: str) -> Score:
        people = self.world.raters[int(item)]
        return Score(tuple(f"p{p}" for p in people), np.zeros(len(people)), np.ones(len(people)))

    def possible_falls(self, text: str, items: Sequence[str]) -> Floats:
        del text
        return np.full(len(items), _NOW)


async def decided(config: Config, seed: int, share: float, *, good: bool) -> str:
    """Where the edit comes to: `proven`, `likely`, or `out`."""
    world, name = World(config, seed, share, good=good), GOOD if good else NULL
    texts = NumberedTexts({name: NumberedEdit(dict.fromkeys(world.items, 0.0))})
    folds = Folds(fold_of={item: int(item) % 3 for item in world.items})
    engine = AcceptanceEngine(WorldEvaluator(world), texts, folds, config.policy, seed=seed)
    ledger = first_ledger(config.policy)
    # A person's proposal: tried on everything that is open, the easiest case for those who push it.
    candidates = [Candidate(proposal=name, fold=None, wording=name)]
    for round_ in range(1, 4):
        result = await engine.test(START, candidates, ledger, round_=round_)
        if accepted := result.with_status("accepted"):
            return accepted[0].label or "likely"
        if not result.with_status("queued", "retry", "deferred"):
            break
        ledger = result.ledger
    return "out"


async def run(
    config: Config, *, seeds: int = 200, seed: int = 0, progress: Progress | None = None
) -> dict[str, float | None]:
    """For each share of colluders, in per cent: `null_proven_at_5` and `null_likely_at_5` (runs in which the null
    edit came into that text), `good_kept_out_at_5` (runs in which the good edit stayed out).

    `turns_null_proven`, `turns_null_likely`, `turns_good`: the smallest number of colluders, of the shares tried, with
    which half of the runs are turned; None where no share does. `people`: of how many.
    """
    figures: dict[str, float | None] = {"people": float(config.people)}
    turns: dict[str, float | None] = {"null_proven": None, "null_likely": None, "good": None}
    for share in config.shares:
        null, good = [], []
        for number in range(seed, seed + seeds):
            null.append(await decided(config, number, share, good=False))
            good.append(await decided(config, number, share, good=True))
            await asyncio.sleep(0)
        turned = {
            "null_proven": fmean(each == "proven" for each in null),
            "null_likely": fmean(each != "out" for each in null),
            "good": fmean(each == "out" for each in good),
        }
        at = f"{100 * share:g}"
        figures[f"null_proven_at_{at}"] = turned["null_proven"]
        figures[f"null_likely_at_{at}"] = turned["null_likely"]
        figures[f"good_kept_out_at_{at}"] = turned["good"]
        for name, rate in turned.items():
            if turns[name] is None and rate >= 0.5:
                turns[name] = float(round(share * config.people))
        if progress is not None:
            progress(f"{at} % colluders: {turned}")
    return figures | {f"turns_{name}": count for name, count in turns.items()}
