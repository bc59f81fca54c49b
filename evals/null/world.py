"""A world without sentences for the acceptance engine: items, raters who persist over them, and edits as pushes.

Everything is an array over items, so that hundreds of runs take minutes. People follow `synthetic.people`; besides
what they share they have lasting tastes on a few axes, and on length, that are as often for as against.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...agreement.measures import Values, pair_signs, places_of
from ...errors import EditError
from ...records import Record
from ...trials.evaluator import Score
from ...trials.folds import Folds
from ...trials.max_drop import possible_falls
from ..synthetic import noise
from ..synthetic.people import Ints, PanelShape, judged, tasks

AXES = 6
LENGTH = AXES
"""The axis of length; the others are what people are divided on."""
FOLDS = 4
START = "start"


class NullWorldConfig(Record):
    """The knobs of a null world. Deviations are in units of what people share about a response."""

    open_items: int = Field(430, ge=40)
    """Items that the loop may use, in four folds."""
    test_items: int = Field(215, ge=10)
    fresh_items: int = Field(1500, ge=100)
    """Items with raters of their own: the truth is told on them."""
    themes: int = Field(12, ge=2)
    people: int = Field(1012, ge=2)
    raters: int = Field(16, ge=2)
    insight: float = 0.35
    """Correlation of the reader's own view with what people share."""
    prompt_noise: float = 0.4
    """Redrawn by any change of the prompt's text; likewise `order_noise` by another order of the responses."""
    order_noise: float = 0.3
    divided: float = 0.35
    """Size of the lasting tastes on each axis: half of the people for it, half against."""


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """What an edit does to the reader on the items that it touches."""

    name: str
    touched: NDArray[np.bool_]
    """(items,)"""
    push: Values
    """(items,) along what people share."""
    axis: int = -1
    along: float = 0.0
    """How far it pushes along an axis on which people are divided."""


class NullWorld:
    """One seeded world: open, test and fresh items, in this order."""

    def __init__(self, config: NullWorldConfig, seed: int) -> None:
        rng = np.random.default_rng([seed, 7])
        self.config, self.seed = config, seed
        own = config.open_items + config.test_items
        count = own + config.fresh_items
        self.open: Ints = np.arange(config.open_items)
        self.test: Ints = np.arange(config.open_items, own)
        self.fresh: Ints = np.arange(own, count)
        self.theme = rng.integers(config.themes, size=count)
        self.quality = rng.normal(size=(count, 4))
        view = rng.normal(size=(count, 4))
        self.reading = config.insight * self.quality + np.sqrt(1 - config.insight**2) * view
        self.axes = rng.normal(size=(AXES + 1, count, 4))
        raters = min(config.raters, config.people)
        shape = PanelShape(
            conversations=own, participants=config.people, assessments=own * raters, everyone=0, duplicates=0
        )
        item, person = tasks(shape, rng)
        strangers = 2 * config.fresh_items
        item = np.concatenate([item, np.repeat(self.fresh, 10)])
        person = np.concatenate(
            [person, config.people + rng.integers(strangers, size=10 * config.fresh_items)]
        )
        tastes = config.divided * rng.choice([-1.0, 1.0], size=(config.people + strangers, AXES + 1))
        scores = self.quality[item] + np.einsum("na,anr->nr", tastes[person], self.axes[:, item])
        places = judged(scores, rng, noise=0.6, closeness=0.26, unevenness=0.68)
        order = np.argsort(item, kind="stable")
        self.item, self.person, sign = item[order], person[order], pair_signs(places[order]).astype(float)
        strict = np.count_nonzero(sign, axis=1)
        self.cells = sign / np.maximum(strict, 1)[:, None]
        self.counted = strict > 0
        self.ends = np.searchsorted(self.item, np.arange(count + 1))
        self._keys = noise.spread(np.arange(count, dtype=np.uint64) + np.uint64(seed << 20), 4)
        heard = np.random.default_rng([seed, 3]).random(config.people) >= 0.2
        self.heard = heard if heard.any() else np.ones(config.people, dtype=bool)

    @cached_property
    def folds(self) -> Folds:
        return Folds(fold_of={str(index): int(index) % FOLDS for index in self.open})

    def signs(self, edits: Sequence[Edit], at: Ints, order: int) -> Values:
        """(n, 6) how the reader orders each pair under the text with these edits, in an order of responses."""
        scores = self.reading[at].copy()
        prompt = np.zeros(len(at), dtype=np.uint64)
        for edit in edits:
            here = edit.touched[at]
            scores += np.where(here, edit.push[at], 0.0)[:, None] * self.quality[at]
            if edit.along:
                scores += np.where(here, edit.along, 0.0)[:, None] * self.axes[edit.axis, at]
            prompt += np.where(here, np.uint64(noise.key(edit.name)), np.uint64(0))
        salt = noise.mix(np.array([order], dtype=np.uint64))
        keys = self._keys[at]
        scores += self.config.order_noise * noise.normals(keys ^ salt)
        scores += self.config.prompt_noise * noise.normals(keys + noise.mix(prompt + salt)[:, None])
        return pair_signs(places_of(scores)).astype(float)

    def agreements(self, signs: Values, at: Ints) -> list[tuple[Ints, Values]]:
        """Of each item, its raters who take an order and their agreement with it."""
        found = []
        for sign, index in zip(signs, at.tolist(), strict=True):
            rows = np.arange(self.ends[index], self.ends[index + 1])
            rows = rows[self.counted[rows]]
            found.append((rows, 0.5 + 0.5 * self.cells[rows] @ sign))
        return found

    def mean(self, edits: Sequence[Edit], at: Ints, order: int, heard: bool | None = None) -> Values:
        """(n,) mean agreement of each item; `heard`: of the people that the loop hears, or of the others alone."""
        told = self.agreements(self.signs(edits, at, order), at)
        if heard is not None:
            told = [
                ((rows := pair[0])[keep := self.heard[self.person[rows]] == heard], pair[1][keep])
                for pair in told
            ]
        return np.array([values.mean() if len(values) else np.nan for _, values in told])

    def true_gain(self, edits: Sequence[Edit], beside: Sequence[Edit] = (), draws: int = 4) -> float:
        """In points over all items: what these edits add to `beside`, on new items and people, over the noise."""
        total = 0.0
        for draw in range(draws):
            after = self.signs([*beside, *edits], self.fresh, 10_000 + draw)
            before = self.signs(beside, self.fresh, 20_000 + draw)
            total += float(np.einsum("np,np->", after - before, self._fresh_weights))
        return 50.0 * total / draws / len(self.fresh)

    @cached_property
    def _fresh_weights(self) -> Values:
        """(fresh, 6) the mean signs of those who judge each fresh item."""
        first = self.config.open_items + self.config.test_items
        rows = np.flatnonzero(self.counted & (self.item >= first))
        item = self.item[rows] - first
        sums = np.stack([np.bincount(item, c, len(self.fresh)) for c in self.cells[rows].T], axis=1)
        return np.asarray(sums / np.maximum(np.bincount(item, minlength=len(self.fresh)), 1)[:, None])


class ArrayEvaluator:
    """The engine's `Evaluator` and `Drafts` on a null world. Texts are `start`, then `start+a+b`."""

    def __init__(self, world: NullWorld) -> None:
        self.world = world
        self.edits: dict[str, Edit] = {}
        self.calls = 0
        self._known: dict[tuple[tuple[str, ...], int, int], Score] = {}
        self._measured: dict[tuple[tuple[str, ...], int], float] = {}

    def of(self, text: str) -> list[Edit]:
        return [self.edits[name] for name in text.split("+")[1:]]

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
        order, edits, found = noise.key(order_seed), self.of(text), {}
        fresh: list[int] = []
        for item in items:
            key = (self._inside(edits, int(item)), int(item), order)
            if key in self._known:
                found[item] = self._known[key]
            else:
                fresh.append(int(item))
        at = np.array(fresh, dtype=np.intp)
        for index, (rows, values) in zip(
            fresh, self.world.agreements(self.world.signs(edits, at, order), at), strict=True
        ):
            heard = [row for row in range(len(rows)) if self.world.heard[self.world.person[rows[row]]]]
            names = tuple(f"p{self.world.person[rows[row]]}" for row in heard)
            score = Score(names, values[heard], np.ones(len(heard)))
            inside = self._inside(edits, index)
            self._known[inside, index, order] = found[str(index)] = score
            if score.mean is not None:
                self._measured.setdefault((inside, index), score.mean)
        self.calls += len(fresh)
        return found

    def worst(self, item: str) -> Score:
        rows = self._rows(int(item))
        return Score(tuple(f"p{p}" for p in self.world.person[rows]), np.zeros(len(rows)), np.ones(len(rows)))

    def possible_falls(self, text: str, items: Sequence[str]) -> NDArray[np.float64]:
        edits = self.of(text)
        best = np.array([self._best(int(item)) for item in items])
        now = [
            self._measured.get((self._inside(edits, int(item)), int(item)), top)
            for item, top in zip(items, best, strict=True)
        ]
        return possible_falls(np.array(now), best)

    def combine(self, text: str, proposal: str) -> str:
        if proposal in text.split("+"):
            raise EditError(f"{proposal} stands in {text} already")
        return f"{text}+{proposal}"

    async def affected(
        self, proposal: str, current: str, candidate: str, among: Sequence[str], *, node: str
    ) -> list[str]:
        del current, candidate, node
        return [item for item in among if self.edits[proposal].touched[int(item)]]

    def changed(self, current: str, candidate: str) -> tuple[str, ...]:
        return tuple(candidate.removeprefix(current).split("+")[1:])

    def sections(self, text: str) -> tuple[str, ...]:
        return tuple(text.split("+")[1:])

    def parts(self, proposal: str) -> int:
        del proposal
        return 1

    def keep(self, proposal: str, parts: Sequence[int]) -> str | None:
        del proposal, parts
        return None

    def _inside(self, edits: Sequence[Edit], item: int) -> tuple[str, ...]:
        return tuple(edit.name for edit in edits if edit.touched[item])

    def _rows(self, item: int) -> Ints:
        rows = np.arange(self.world.ends[item], self.world.ends[item + 1])
        return np.asarray(rows[self.world.counted[rows] & self.world.heard[self.world.person[rows]]])

    def _best(self, item: int) -> float:
        """Agreement of the best single ranking with the people heard."""
        weights = self.world.cells[self._rows(item)]
        return float(0.5 + 0.5 * (_ORDERS @ weights.mean(axis=0)).max()) if len(weights) else 0.5


@dataclass(slots=True)
class GainTable:
    """What a push along what people share brings on what it touches, in agreement; and its inverse."""

    pushes: Values
    gains: Values
    name: str = field(default="", repr=False)

    def push_for(self, gain: float) -> float:
        return float(np.interp(gain, self.gains, self.pushes))


@lru_cache(maxsize=4)
def table_world(config: NullWorldConfig) -> NullWorld:
    """A large world of the same kind, to set the size of pushes by."""
    few = {"fresh_items": 6000, "people": 40, "raters": 4, "open_items": 40, "test_items": 10}
    return NullWorld(config.model_copy(update=few), 999_983)


@lru_cache(maxsize=64)
def gain_table(config: NullWorldConfig, axis: int = -1, along: float = 0.0) -> GainTable:
    """Measured on the fresh items of a world of its own, beside a push along an axis where one is given."""
    world = table_world(config)
    pushes = np.linspace(-4.0, 4.0, 41)
    everything = np.ones(len(world.quality), dtype=bool)
    gains = [
        world.true_gain([Edit("t", everything, np.full(len(everything), push), axis, along)], draws=2) / 100
        for push in pushes
    ]
    return GainTable(pushes, np.maximum.accumulate(np.array(gains)))


def _all_orders() -> Values:
    from itertools import permutations

    rows = np.array(list(permutations(range(4))), dtype=np.int16)
    return pair_signs(rows).astype(float)


_ORDERS = _all_orders()
