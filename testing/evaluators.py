"""An evaluator and drafts made of numbers, for tests of rules and of the acceptance engine."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ..errors import BudgetEnded, EditError
from ..trials.evaluator import Score

START = "start"
MIDDLE = 0.5


@dataclass(frozen=True, slots=True)
class NumberedEdit:
    """An edit that moves the score of some items by so much; it doesn't fit beside those it `excludes`."""

    moves: Mapping[str, float]
    excludes: frozenset[str] = frozenset()


@dataclass(slots=True)
class NumberedTexts:
    """Texts are names: the start, then `start+a+b` for the edits applied to it, in order (`Drafts`)."""

    edits: Mapping[str, NumberedEdit]
    moved: Mapping[str, Collection[str]] = field(default_factory=dict)
    """Items that a proposal is found to bear on, where that isn't just what it moves."""
    made_of: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Proposals made of others: `both` of `one` and `two`."""

    def combine(self, text: str, proposal: str) -> str:
        applied = text.split("+")[1:]
        if proposal in self.made_of:
            for part in self.made_of[proposal]:
                text = self.combine(text, part)
            return text
        if proposal in applied or self.edits[proposal].excludes & set(applied):
            raise EditError(f"{proposal} doesn't apply to {text}: choose another text")
        return f"{text}+{proposal}"

    async def affected(
        self, proposal: str, current: str, candidate: str, among: Sequence[str], *, node: str
    ) -> list[str]:
        del current, candidate, node
        parts = self.made_of.get(proposal, [proposal])
        wanted = {item for part in parts for item in self.moved.get(part, self.edits[part].moves)}
        return [item for item in among if item in wanted]

    def changed(self, current: str, candidate: str) -> tuple[str, ...]:
        return tuple(candidate.removeprefix(current).split("+")[1:])

    def sections(self, text: str) -> tuple[str, ...]:
        return tuple(text.split("+")[1:])

    def parts(self, proposal: str) -> int:
        return len(self.made_of.get(proposal, [proposal]))

    def keep(self, proposal: str, parts: Sequence[int]) -> str | None:
        kept = [self.made_of[proposal][part] for part in parts]
        return kept[0] if len(kept) == 1 else None


@dataclass(slots=True)
class NumberedEvaluator:
    """Each rater's score is a half plus what the text's edits move, plus noise by item, prompt and order seed.

    A text that leaves an item alone asks the same question and so scores the same. `calls` counts questions
    not asked before; beyond `most` of them the budget ends. `failing`: (text, item) pairs whose call fails.
    """

    texts: NumberedTexts
    raters: tuple[str, ...] = ("ann", "ben", "cem", "dot")
    noise: float = 0.0
    most: int | None = None
    failing: Collection[tuple[str, str]] = ()
    calls: int = 0
    _known: dict[tuple[str, str, str], Score] = field(default_factory=dict)

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
        return {
            item: self._score(text, item, order_seed) for item in items if (text, item) not in self.failing
        }

    def worst(self, item: str) -> Score:
        del item
        return Score(self.raters, np.zeros(len(self.raters)), np.ones(len(self.raters)))

    def possible_falls(self, text: str, items: Sequence[str]) -> NDArray[np.float64]:
        del text
        return np.full(len(items), MIDDLE)

    def _score(self, text: str, item: str, order_seed: str) -> Score:
        inside = [name for name in text.split("+")[1:] if item in self.texts.edits[name].moves]
        key = (" ".join(inside), item, order_seed)
        if key not in self._known:
            if self.most is not None and self.calls >= self.most:
                raise BudgetEnded(f"the budget of {self.most} calls is used up")
            self.calls += 1
            moved = sum(self.texts.edits[name].moves[item] for name in inside)
            value = MIDDLE + moved + self.noise * _normal(*key)
            values = np.clip(np.full(len(self.raters), value), 0.0, 1.0)
            self._known[key] = Score(self.raters, values, np.ones(len(self.raters)))
        return self._known[key]


@dataclass(slots=True)
class TableEvaluator:
    """Differences out of a table: by item, else by candidate text, else `default`; None: the current text failed.

    `current` scores a half everywhere. `asked` remembers (order seed, text, items).
    """

    values: Mapping[str, float | None] = field(default_factory=dict)
    default: float | None = 0.0
    raters: tuple[str, ...] = tuple(f"p{number}" for number in range(24))
    asked: list[tuple[str, str, tuple[str, ...]]] = field(default_factory=list)
    current: str = "old"

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
        self.asked.append((order_seed, text, tuple(items)))
        return {
            item: self._flat(MIDDLE if text == self.current else MIDDLE + value)
            for item in items
            if (value := self.values.get(item, self.values.get(text, self.default))) is not None
        }

    def worst(self, item: str) -> Score:
        del item
        return self._flat(0.0)

    def possible_falls(self, text: str, items: Sequence[str]) -> NDArray[np.float64]:
        del text
        return np.full(len(items), 0.35)

    def _flat(self, value: float) -> Score:
        return Score(self.raters, np.full(len(self.raters), value), np.ones(len(self.raters)))


def _normal(*parts: str) -> float:
    seed = hashlib.sha256("\0".join(parts).encode()).digest()[:8]
    return float(np.random.default_rng(int.from_bytes(seed, "big")).standard_normal())
