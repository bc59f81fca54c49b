"""GEPA 0.1.4 on the same world: the spec's sections as its components (extra `rivals`).

Agrawal et al. 2025, "GEPA: Reflective Prompt Evolution Can Outperform Reinforcement Learning". Its engine is
used as published; here is only the adapter: scores are agreements with people under the whole spec, and the
reflection is one call of the shipped single-conversation proposer on the minibatch that GEPA drew, for one
case that shows a gap is enough for it.
"""

import asyncio
import io
import time
from collections.abc import Coroutine, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Literal, TypeVar, cast

import numpy as np

from ...agents.proposers import Case
from ...agents.records import Ranked
from ...errors import EditError, ModelError
from ...graph.options import Options
from ...models.records import Where
from ...panel.records import Judgement, Panel
from ...panel.splits import reserved
from ...spec import Proposal, Spec, apply
from .generate import World
from .outcome import Outcome
from .rounds import Rival
from .scoring import indexes
from .truth import Truth

Candidate = dict[str, str]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Configuration:
    """How GEPA is set up."""

    name: str
    minibatch: int
    components: Literal["round_robin", "all"]
    selector: Literal["pareto", "current_best"]


CONFIGURATIONS = (
    Configuration("defaults", 3, "round_robin", "pareto"),
    Configuration("all sections", 8, "all", "pareto"),
    Configuration("current best", 16, "all", "current_best"),
)


def run_gepa(
    configuration: Configuration,
    world: World,
    panel: Panel,
    truth: Truth,
    options: Options,
    *,
    max_calls: int,
) -> Outcome:
    """One GEPA run with at most `max_calls` calls of all agents. Call it outside of a running event loop.

    Raises ModelError when the extra isn't installed.
    """
    try:
        from gepa.api import optimize
    except ImportError:
        raise ModelError("the rival gepa needs the extra: pip install 'concord-spec[rivals]'") from None
    began = time.perf_counter()
    adapter = _Adapter(Rival(world, panel, truth, options), panel, max_calls)
    with redirect_stdout(io.StringIO()):
        optimize(
            seed_candidate=parts(adapter.rival.shop.setup.spec),
            trainset=list(adapter.rival.shop.training),
            valset=list(adapter.rival.shop.selection),
            adapter=cast(Any, adapter),
            candidate_selection_strategy=configuration.selector,
            module_selector=configuration.components,
            reflection_minibatch_size=configuration.minibatch,
            max_metric_calls=max_calls,
            stop_callbacks=cast(Any, adapter.ended),
            callbacks=[adapter.follower],
            logger=SimpleNamespace(log=lambda *_: None),
            skip_perfect_score=False,
            seed=options.seed,
            raise_on_exception=True,
        )
    return adapter.rival.outcome(f"gepa ({configuration.name})", time.perf_counter() - began)


def parts(spec: Spec) -> Candidate:
    """A spec as components: section id to its source, in order."""
    return {id: spec.source_of(id) for id in spec.ids}


def changed_parts(before: Spec, after: Spec) -> Candidate:
    """The components that differ; a section that is new goes to the end of the component before it."""
    texts: Candidate = {}
    home = ""
    for id in after.ids:
        home = id if id in before else home
        texts[home] = texts.get(home, "") + after.source_of(id)
    return {id: text for id, text in texts.items() if before.source_of(id) != text}


class _Adapter:
    """GEPA's one point of contact (gepa.core.adapter.GEPAAdapter)."""

    def __init__(self, rival: Rival, panel: Panel, max_calls: int) -> None:
        self.rival = rival
        self.max_calls = max_calls
        self.follower = SimpleNamespace(on_valset_evaluated=self._scored)
        self._people: dict[str, list[Judgement]] = {}
        for assessment in panel.assessments:
            judgement = assessment.judgement(rival.options.block)
            if judgement and not reserved(assessment.participant, rival.options.split_seed):
                self._people.setdefault(assessment.conversation, []).append(judgement)
        self._preamble = rival.shop.setup.spec.preamble
        self._best: float | None = None
        self._turn = 0

    def whole(self, candidate: Mapping[str, str]) -> Spec:
        """The spec of a candidate. Raises SpecError where its components don't make one."""
        return Spec.parse(self._preamble + "".join(candidate.values()))

    def ended(self, _state: Any) -> bool:
        """GEPA's stop condition: the budget in calls of all agents."""
        return self.rival.calls >= self.max_calls

    def evaluate(self, batch: list[str], candidate: Candidate, capture_traces: bool = False) -> Any:
        from gepa.core.adapter import EvaluationBatch

        spec = self.whole(candidate)
        at = indexes(self.rival.world, batch)
        scores = [float(v) for v in np.nan_to_num(self.rival.scorer.agreement(spec, at), nan=0.5)]
        traces = list(self.rival.scorer.ranked(spec, at).values()) if capture_traces else None
        return EvaluationBatch(outputs=list(scores), scores=scores, trajectories=traces)

    def make_reflective_dataset(
        self, candidate: Candidate, eval_batch: Any, components_to_update: list[str]
    ) -> dict[str, list[Ranked]]:
        del candidate
        return {name: list(eval_batch.trajectories) for name in components_to_update}

    def propose_new_texts(
        self,
        candidate: Candidate,
        reflective_dataset: Mapping[str, Sequence[Any]],
        components_to_update: list[str],
    ) -> dict[str, str]:
        """New source for the components that GEPA wants updated, from one proposer call on its minibatch."""
        spec = self.whole(candidate)
        open_to = [id for id in components_to_update if id in spec]
        ranked: Sequence[Ranked] = next(iter(reflective_dataset.values()), ())
        if not open_to or not ranked:
            return {}
        batch = [
            Case(
                conversation=self.rival.shop.open[each.conversation], ranked=each,
                people=tuple(self._people.get(each.conversation, ())[:16]), sections=tuple(open_to),
            )
            for each in ranked
        ]  # fmt: skip
        self._turn += 1
        proposer = self.rival.shop.proposers["conversation"]
        made = _finished(proposer.propose(spec, [batch], [], Where(round=self._turn, node="propose")))
        self.rival.shop.store.put_text(spec.text)
        self.rival.shop.store.proposals.add(made)
        return _updates(spec, made, set(open_to))

    def _scored(self, event: Any) -> None:
        """A candidate came into the pool: follow what GEPA would return by now. The seed comes first."""
        if self._best is not None and event["average_score"] > self._best:
            self.rival.adopt(self.whole(event["candidate"]))
        self._best = max(self._best or 0.0, event["average_score"])


def _updates(spec: Spec, made: Sequence[Proposal], open_to: set[str]) -> Candidate:
    for proposal in made:
        if not {edit.section for edit in proposal.edits} <= open_to:
            continue
        try:
            after = apply(spec, proposal.edits)
        except EditError:
            continue
        return changed_parts(spec, after)
    return {}


def _finished(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run(work)
