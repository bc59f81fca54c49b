"""GEPA 0.1.4 on the same world, scoped and cached like the loop: the spec's sections as its components.

Agrawal et al. 2025, "GEPA: Reflective Prompt Evolution Can Outperform Reinforcement Learning". Its engine is used as
published (extra `rivals`); here is only the adapter. The reflection is one call of the simulated proposer on the
minibatch that GEPA drew. Each set-up counts once as it ends, and once with a last look that keeps the seed unless
the best candidate beats it by two standard errors on the validation set.
"""

import io
import time
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Literal, cast

import numpy as np

from ...errors import ModelError, SpecError
from ...panel.records import Panel
from ...spec import Spec
from ..synthetic.truth import Truth
from ..synthetic.world import World
from .outcome import Outcome, outcome
from .rivals import Bench, changed

Candidate = dict[str, str]
MOST_TURNS = 600


@dataclass(frozen=True, slots=True)
class Configuration:
    """How GEPA is set up."""

    name: str
    minibatch: int
    valset: int
    use_merge: bool
    components: Literal["round_robin", "all"] = "all"
    selector: Literal["pareto", "current_best"] = "current_best"


CONFIGURATIONS = (
    Configuration("b8 v100 merge", 8, 100, True),
    Configuration("b16 v200 merge", 16, 200, True, selector="pareto"),
    Configuration("b20 v431", 20, 431, False),
)


def run_gepa(
    setup: Configuration, world: World, panel: Panel, truth: Truth, *, max_calls: int, seed: int
) -> tuple[Outcome, Outcome]:
    """One GEPA run with at most `max_calls` calls of all agents: as it ends, and with the two-error rule.

    Raises ModelError when the extra isn't installed.
    """
    try:
        from gepa.api import optimize
    except ImportError:
        raise ModelError("the rival gepa needs the extra: pip install 'concord-spec[rivals]'") from None
    began = time.perf_counter()
    bench = Bench(world, panel, split_seed=seed)
    adapter = _Adapter(bench, Spec.parse(world.spec), max_calls)
    mixed = np.random.default_rng([seed, 8]).permutation(bench.open)
    held = mixed[: min(setup.valset, len(mixed) // 2)].tolist()
    with redirect_stdout(io.StringIO()):
        result: Any = optimize(
            seed_candidate=parts(adapter.original),
            trainset=mixed[len(held) :].tolist(),
            valset=held,
            adapter=cast(Any, adapter),
            candidate_selection_strategy=setup.selector,
            module_selector=setup.components,
            reflection_minibatch_size=setup.minibatch,
            use_merge=setup.use_merge,
            max_metric_calls=10**9,
            stop_callbacks=cast(Any, adapter.ended),
            logger=SimpleNamespace(log=_heard),
            skip_perfect_score=False,
            seed=seed,
            raise_on_exception=True,
        )
    best = result.best_idx
    line = [best]
    while (parent := result.parents[line[-1]][0]) is not None:
        line.append(parent)
    texts = [adapter.whole(result.candidates[index]).text for index in reversed(line)]
    gains = np.array(
        [result.val_subscores[best][k] - result.val_subscores[0][k] for k in result.val_subscores[0]]
    )
    error = float(gains.std(ddof=1) / np.sqrt(len(gains))) if len(gains) > 1 else 0.0
    sure = float(gains.mean()) > 2 * error
    told: dict[str, Any] = {
        "calls": bench.calls, "trial_calls": bench.ranker_calls, "seconds": time.perf_counter() - began,
    }  # fmt: skip
    return (
        outcome(f"gepa {setup.name}", truth, texts, **told),
        outcome(f"gepa {setup.name} 2se", truth, texts if sure else texts[:1], **told),
    )


def _heard(line: str) -> None:
    """GEPA swallows what its adapter raises and goes on for ever; here that is a bug, and ends the run."""
    if "Exception" in line:
        raise RuntimeError(line)


def parts(spec: Spec) -> Candidate:
    """A spec as components: section id to its source, in order."""
    return {id_: spec.source_of(id_) for id_ in spec.ids}


def changed_parts(before: Spec, after: Spec) -> Candidate:
    """The components that differ; a section that is new goes to the end of the component before it."""
    texts: Candidate = {}
    home = ""
    for id_ in after.ids:
        home = id_ if id_ in before else home
        texts[home] = texts.get(home, "") + after.source_of(id_)
    return {id_: text for id_, text in texts.items() if before.source_of(id_) != text}


class _Adapter:
    """GEPA's one point of contact (gepa.core.adapter.GEPAAdapter)."""

    def __init__(self, bench: Bench, original: Spec, max_calls: int) -> None:
        self.bench = bench
        self.original = original
        self.max_calls = max_calls
        self._turn = 0
        self._specs: dict[str, Spec] = {}

    def whole(self, candidate: Mapping[str, str]) -> Spec:
        """The spec of a candidate. Raises SpecError where its components don't make one."""
        text = self.original.preamble + "".join(candidate.values())
        if text not in self._specs:
            self._specs[text] = Spec.parse(text)
        return self._specs[text]

    def ended(self, _state: Any) -> bool:
        """GEPA's stop condition: the budget in calls of all agents, or so many reflections that little is new."""
        return self.bench.calls >= self.max_calls or self._turn >= MOST_TURNS

    def evaluate(self, batch: list[int], candidate: Candidate, capture_traces: bool = False) -> Any:
        from gepa.core.adapter import EvaluationBatch

        scores = np.nan_to_num(self.bench.agreement(self.whole(candidate), np.array(batch)), nan=0.5)
        told = [float(score) for score in scores]
        return EvaluationBatch(
            outputs=told, scores=told, trajectories=list(batch) if capture_traces else None
        )

    def make_reflective_dataset(
        self, candidate: Candidate, eval_batch: Any, components_to_update: list[str]
    ) -> dict[str, list[dict[str, int]]]:
        del candidate
        seen = [{"conversation": index} for index in eval_batch.trajectories]
        return dict.fromkeys(components_to_update, seen)

    def propose_new_texts(
        self,
        candidate: Candidate,
        reflective_dataset: Mapping[str, Sequence[Any]],
        components_to_update: list[str],
    ) -> dict[str, str]:
        """New source for the components that GEPA wants updated, from one proposer call on its minibatch."""
        self._turn += 1
        spec = self.whole(candidate)
        at = np.array(
            sorted({item["conversation"] for item in next(iter(reflective_dataset.values()), ())}),
            dtype=np.intp,
        )
        seen = [
            id_ for id_ in components_to_update if id_ in spec and self.bench.in_scope(spec, id_)[at].any()
        ]
        if not len(at):
            return {}
        for change in self.bench.propose(spec, at, mark=self._turn, batch=False, sections=seen or None):
            after = changed(spec, change)
            if after is None or not {edit["section"] for edit in change["edits"]} <= set(
                components_to_update
            ):
                continue
            try:
                found = changed_parts(spec, after)
                self.whole({**candidate, **found})
            except (SpecError, KeyError):
                continue
            return found
        return {}
