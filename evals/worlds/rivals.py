"""Rivals that work on the same people and the same reader, scoped and cached like the loop, at as many calls.

The study's loop re-scores every proposal on everything and keeps it when the mean rises; greedy keeps the best of a
round. Neither has a test. They ask the simulated reader and proposers directly, without prompts in between.
"""

import time
from collections.abc import Callable, Mapping, Sequence
from math import sqrt

import numpy as np

from ...agreement.measures import Values, pair_signs
from ...errors import EditError, SpecError
from ...panel.records import Panel
from ...panel.splits import FoldSplitter
from ...spec import Edit, Spec, apply
from ..synthetic import noise
from ..synthetic.people import Ints, pair_weights, placed
from ..synthetic.proposing import Case, Change, View, propose
from ..synthetic.reading import Reader
from ..synthetic.texts import LABELS, justification
from ..synthetic.truth import Truth
from ..synthetic.world import World
from .outcome import Outcome, outcome

IN_SCOPE = 4
PAIRS_A_CALL, CONVERSATIONS_A_CALL, MOST_GRADED = 400, 40, 120
"""What a relevance call holds, and how many conversations a changed section is graded against, as in the loop."""
PEOPLE_IN_VIEW = 16
BATCHES, BATCH_SIZE, SINGLES = 8, 16, 8
"""Proposer calls a round and the conversations of a batch, as the loop's."""


class Bench:
    """Scores open conversations under whole specs, each prompt asked once, and counts what that took."""

    def __init__(self, world: World, panel: Panel, *, split_seed: int) -> None:
        self.world = world
        self.reader = Reader(world)
        cut = FoldSplitter(seed=split_seed)
        self.open: Ints = np.array(
            [i for i, name in enumerate(world.names) if cut.place_of(panel.conversations[name]) != "test"]
        )
        heard = np.array([not cut.reserved(name) for name in world.participant_names])
        rows = np.flatnonzero(heard[world.participant[: world.judged]])
        self._rows = rows
        self._weights = pair_weights(
            world.conversation[rows], world.participant[rows], world.places[rows], world.size
        )
        order = np.random.default_rng([world.seed, 5]).random((world.size, 4))
        self._places = np.argsort(order, axis=1).astype(np.int64)
        self._scopes: dict[str, np.ndarray] = {}
        self._given = {spec.source_of(id_).rstrip() for spec in [Spec.parse(world.spec)] for id_ in spec.ids}
        self._asked: set[tuple[int, int]] = set()
        self.ranker_calls = 0
        self.other_calls = -(-len(self._given) * len(self.open) // PAIRS_A_CALL)

    @property
    def calls(self) -> int:
        return self.ranker_calls + self.other_calls

    def levels(self, spec: Spec, at: Ints) -> np.ndarray:
        """(n, 4) how the reader ranks these conversations with the sections in scope; what is new is counted."""
        texts = [spec.source_of(id_).rstrip() for id_ in spec.ids]
        scope = np.stack([self._scope(text)[at] for text in texts], axis=1)
        prompts = self.reader.prompt_keys(texts, scope, len(at))
        asked = set(zip(at.tolist(), prompts.tolist(), strict=True))
        self.ranker_calls += len(asked - self._asked)
        self._asked |= asked
        return self.reader.levels(texts, scope, at, self._places[at])

    def agreement(self, spec: Spec, at: Ints) -> Values:
        """(n,) agreement, 0 to 1, with the people that may be heard; nan where they tie everything."""
        sign = pair_signs(placed(self.levels(spec, at))).astype(float)
        return np.asarray(0.5 + 0.5 * np.einsum("cp,cp->c", sign, self._weights[at]))

    def mean(self, spec: Spec) -> float:
        return float(np.nanmean(self.agreement(spec, self.open)))

    def in_scope(self, spec: Spec, id: str) -> np.ndarray:
        """(conversations,) whether a section is in scope."""
        return self._scope(spec.source_of(id).rstrip())

    def cases(self, spec: Spec, at: Ints) -> list[Case]:
        """These conversations as a proposer is shown them."""
        found = []
        levels = self.levels(spec, at)
        for index, row in zip(at.tolist(), levels.tolist(), strict=True):
            low = np.searchsorted(self.world.conversation[self._rows], index)
            high = np.searchsorted(self.world.conversation[self._rows], index, side="right")
            people = [
                ({label: -int(place) for label, place in zip(LABELS, self.world.places[r], strict=True)},
                 justification(self.world, int(r)))
                for r in self._rows[low:high][:PEOPLE_IN_VIEW]
            ]  # fmt: skip
            ranker = dict(zip(LABELS, map(int, row), strict=True))
            found.append(Case(self.world.topic_sets[index], ranker, people))
        return found

    def propose(
        self, spec: Spec, at: Ints, *, mark: object, batch: bool, sections: Sequence[str] | None = None
    ) -> list[Change]:
        """One proposer call on these conversations."""
        self.other_calls += 1
        wanted = (
            [id_ for id_ in spec.ids if self.in_scope(spec, id_)[at].any()] if sections is None else sections
        )
        view = View(
            seed=self.world.seed,
            mark=noise.key("rival", self.world.seed, mark, spec.digest, *at.tolist()),
            sections={id_: spec.source_of(id_).rstrip() for id_ in wanted},
            outline=[(one.id, one.level) for one in spec.sections],
            cases=self.cases(spec, at),
            batch=batch,
            synonyms=self.world.config.reader.synonyms,
        )
        return propose(self.world.config.proposer, view)

    def _scope(self, text: str) -> np.ndarray:
        if text not in self._scopes:
            if text not in self._given:
                self.other_calls += -(-min(len(self.open), MOST_GRADED) // CONVERSATIONS_A_CALL)
            grades = [self.reader.grade(text, index) for index in range(self.world.size)]
            self._scopes[text] = np.array(grades) >= IN_SCOPE
        return self._scopes[text]


def changed(spec: Spec, change: Change) -> Spec | None:
    """The spec after a change; None where it doesn't apply or changes nothing."""
    try:
        after = apply(spec, [Edit.model_validate(edit) for edit in change["edits"]])
    except (EditError, SpecError):
        return None
    return after if after.digest != spec.digest else None


Keep = Callable[[Bench, Spec, Sequence[Spec], int], list[Spec]]
"""Takes the current text, a round's candidates and the calls that may be used; returns the texts it moved through."""


def run_rounds(
    method: str,
    keep: Keep,
    world: World,
    panel: Panel,
    truth: Truth,
    *,
    rounds: int,
    patience: int,
    max_calls: int,
    seed: int,
) -> Outcome:
    """Rounds of proposing and keeping, until nothing was kept for `patience` rounds or the calls are used up."""
    began = time.perf_counter()
    bench = Bench(world, panel, split_seed=seed)
    rng = np.random.default_rng([seed, 31])
    texts, stale = [Spec.parse(world.spec)], 0
    for round_ in range(1, rounds + 1):
        moved = keep(bench, texts[-1], _candidates(bench, texts[-1], round_, rng), max_calls)
        texts += moved
        stale = 0 if moved else stale + 1
        if stale >= patience or bench.calls >= max_calls:
            break
    return outcome(
        method, truth, [spec.text for spec in texts], calls=bench.calls, trial_calls=bench.ranker_calls,
        seconds=time.perf_counter() - began,
    )  # fmt: skip


def _candidates(bench: Bench, spec: Spec, round: int, rng: np.random.Generator) -> list[Spec]:
    """A round's candidate texts: batches of the sections where most is missing, and single conversations."""
    gap = np.zeros(bench.world.size)
    gap[bench.open] = np.nan_to_num(1 - bench.agreement(spec, bench.open))
    ids = [id_ for id_ in spec.ids if bench.in_scope(spec, id_)[bench.open].any()]
    missing = np.array([gap[bench.in_scope(spec, id_)].sum() for id_ in ids])
    share = missing / missing.sum()
    changes: list[Change] = []
    for number, pick in enumerate(rng.choice(len(ids), size=min(BATCHES, len(ids)), replace=False, p=share)):
        inside = bench.open[bench.in_scope(spec, ids[pick])[bench.open]]
        weight = gap[inside] + 1e-6
        at = rng.choice(inside, size=min(BATCH_SIZE, len(inside)), replace=False, p=weight / weight.sum())
        changes += bench.propose(spec, np.sort(at), mark=(round, number), batch=True)
    weight = gap[bench.open] + 1e-6
    for index in rng.choice(bench.open, size=SINGLES, replace=False, p=weight / weight.sum()):
        changes += bench.propose(spec, np.array([index]), mark=(round, "one"), batch=False)
    found: Mapping[str, Spec] = {s.digest: s for s in (changed(spec, c) for c in changes) if s is not None}
    return list(found.values())


def study(bench: Bench, spec: Spec, candidates: Sequence[Spec], max_calls: int) -> list[Spec]:
    """Every proposal is re-scored on everything, on top of what was kept, and kept when the mean rises."""
    mean, base, moved = bench.mean(spec), spec, []
    for candidate in candidates:
        if bench.calls >= max_calls:
            break
        after = _onto(base, candidate, spec)
        if after is None:
            continue
        found = bench.mean(after)
        if found > mean:
            mean, spec = found, after
            moved.append(after)
    return moved


def greedy(bench: Bench, spec: Spec, candidates: Sequence[Spec], max_calls: int) -> list[Spec]:
    """Every proposal is re-scored on everything; the best stays if the mean rises."""
    mean, best = bench.mean(spec), None
    for candidate in candidates:
        if bench.calls >= max_calls:
            break
        found = bench.mean(candidate)
        if found > mean:
            mean, best = found, candidate
    return [best] if best is not None else []


SURE = 2.0
"""Standard errors by which a gain must exceed 0."""


def sure_greedy(bench: Bench, spec: Spec, candidates: Sequence[Spec], max_calls: int) -> list[Spec]:
    """As `greedy`, but the best of those whose paired mean rise exceeds two standard errors: a test, and no promise over the run."""
    before = bench.agreement(spec, bench.open)
    top, best = 0.0, None
    for candidate in candidates:
        if bench.calls >= max_calls:
            break
        rises = np.nan_to_num(bench.agreement(candidate, bench.open) - before)
        mean, error = float(rises.mean()), float(rises.std(ddof=1)) / sqrt(len(rises))
        if error > 0.0 and mean > max(SURE * error, top):
            top, best = mean, candidate
    return [best] if best is not None else []


def _onto(base: Spec, candidate: Spec, current: Spec) -> Spec | None:
    """`current` with the sections in which `candidate` differs from `base`; None where they were changed already."""
    if current.digest == base.digest:
        return candidate
    parts = {id_: current.source_of(id_) for id_ in current.ids}
    before = {id_: base.source_of(id_) for id_ in base.ids}
    fresh: list[str] = []
    for id_ in candidate.ids:
        text = candidate.source_of(id_)
        if id_ not in before:
            if id_ in parts:
                return None
            fresh.append(text)
        elif before[id_].rstrip() != text.rstrip():
            if parts.get(id_) != before[id_]:
                return None
            parts[id_] = text
    try:
        return Spec.parse(
            current.preamble + "".join(parts.values()).rstrip("\n") + "\n" + "".join("\n" + t for t in fresh)
        )
    except SpecError:
        return None
