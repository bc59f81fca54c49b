"""Re-ranking everything under a text, the whole spec in every prompt: what the rivals measure with.

It answers as the simulated model does when the shipped ranker asks it with full context, token for token,
without making the prompts; so a rival of two hundred thousand calls takes seconds. A test holds the two equal.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ...agents.ranker import Question
from ...agents.records import Ranked
from ...graph.workshop import Workshop
from ...models.protocol import Request
from ...models.tokens import tokens
from ...panel.ranking import Ranking
from ...panel.splits import reserved
from ...spec import Spec
from . import people
from .generate import World
from .people import Floats, Ints
from .reading import Reader, order_numbers
from .wording import LABELS, ranking_text

DRAW = "rival"


@dataclass(slots=True)
class Meter:
    """What a rival has spent so far: ranker calls with their tokens; cached questions cost nothing."""

    calls: int = 0
    tokens: int = 0


class Scorer:
    """Ranks open conversations under whole specs, and remembers every text it has ranked them under."""

    def __init__(self, world: World, shop: Workshop) -> None:
        self.world = world
        self.shop = shop
        self.reader = Reader(world)
        self.meter = Meter()
        self.open = np.array(
            [world.index[name] for name in (*shop.training, *shop.selection)], dtype=np.int64
        )
        heard = [
            not reserved(name, shop.options.split_seed) for name in world.participant_names
        ]  # the people that the loop may listen to
        use = np.array(heard)[world.drawn.participant]
        self._weights = people.pair_weights(world.drawn, world.levels, world.size, use)
        self._orders = np.zeros(world.size, dtype=np.uint64)
        self._rest = np.zeros(world.size, dtype=np.int64)
        for index in self.open:
            name = world.names[index]
            order = [LABELS.index(r.label) for r in self.question(name, None).order]
            self._orders[index] = order_numbers([order])[0]
            self._rest[index] = _tokens(shop.ranker.request(self.question(name, None)), without="sections")
        self._asked: dict[str, NDArray[np.bool_]] = {}

    def question(self, conversation: str, spec: Spec | None) -> Question:
        """What the shipped ranker would be asked."""
        return Question(
            conversation=self.shop.open[conversation], spec=spec, sections=spec.ids if spec else (),
            draw=f"{self.shop.options.seed}:{DRAW}",
        )  # fmt: skip

    def levels(self, spec: Spec, at: Ints) -> Ints:
        """(n, 4) levels of the conversations with these indexes; what wasn't asked before is counted."""
        texts = [spec.source_of(id).rstrip() for id in spec.ids]
        self._count(spec, at)
        return self.reader.rank_all(texts, at, self._orders[at])

    def agreement(self, spec: Spec, at: Ints) -> Floats:
        """(n,) agreement with the people; nan where they tie everything."""
        return people.agreement(people.signs(self.levels(spec, at)), self._weights[at])

    def ranked(self, spec: Spec, at: Ints) -> dict[str, Ranked]:
        """Conversation id to the ranker's answer, as the shipped agents hand it on."""
        found: dict[str, Ranked] = {}
        for index, row in zip(at, self.levels(spec, at), strict=True):
            name = self.world.names[index]
            question = self.question(name, spec)
            found[name] = Ranked(
                call="", question="", conversation=name, spec=spec.digest, sections=spec.ids,
                order=tuple(r.label for r in question.order),
                ranking=Ranking.parse(ranking_text([int(v) for v in row])), explanation="By the rules in view.",
            )  # fmt: skip
        return found

    def _count(self, spec: Spec, at: Ints) -> None:
        asked = self._asked.setdefault(spec.digest, np.zeros(self.world.size, dtype=bool))
        fresh = np.unique(at[~asked[at]])
        if len(fresh):
            asked[fresh] = True
            name = self.world.names[int(fresh[0])]
            request = self.shop.ranker.request(self.question(name, spec))
            shared = _tokens(request) - _tokens(request, without="sections")
            shared += tokens(request.system) - tokens(
                self.shop.ranker.request(self.question(name, None)).system
            )
            answer = 17
            self.meter.calls += len(fresh)
            self.meter.tokens += int(self._rest[fresh].sum()) + len(fresh) * (shared + answer)


def indexes(world: World, names: Sequence[str]) -> Ints:
    return np.array([world.index[name] for name in names], dtype=np.int64)


def _tokens(request: Request, without: str = "") -> int:
    return sum(tokens(part.text) for part in request.parts if part.name != without)
