"""GEPA in the same worlds, with its defaults: the spec's sections are its components, a null edit its mutation."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

import numpy as np

from ..errors import OptionError
from ..records import Record
from .null_edits import Edit, Proposer, Pushes
from .null_loop import measured_gain, section_gaps
from .null_world import Text, World, number


class GepaFigures(Record):
    """What one run of GEPA came to. Gains in points of agreement (0 to 100)."""

    proposals: int
    nulls: int
    accepted_nulls: int
    """Null edits that passed its minibatch and joined its pool."""
    best_has_null: bool
    mends: int
    adopted_mends: int
    """Mends in the candidate it returned."""
    calls: int
    true_gain: float
    sealed_gain: float
    selection_gain: float
    """Its own validation score of the returned candidate, less that of the seed."""


class _Quiet:
    def log(self, message: str) -> None:
        """GEPA's progress lines are dropped."""


@dataclass(slots=True)
class _Known:
    text: Text
    edits: tuple[Edit, ...]


class WorldAdapter:
    """GEPA's adapter: candidates are texts of a world, examples its rows, the metric is agreement.

    The response order of a row is fixed, as in a data set; the ranker's error depends on prompt and order.
    """

    def __init__(self, world: World, proposer: Proposer) -> None:
        self.world, self.proposer = world, proposer
        self.known = {_key(self.seed()): _Known(world.original, ())}
        self.proposed: dict[str, Edit] = {}
        self.gaps = section_gaps(world, world.original)
        self.calls = 0

    def seed(self) -> dict[str, str]:
        return {f"s{section}": "0" for section in range(self.world.config.sections)}

    def evaluate(self, batch: list[int], candidate: dict[str, str], capture_traces: bool = False) -> Any:
        """Agreement of each row under the candidate; its trajectories carry nothing but the score."""
        from gepa.core.adapter import EvaluationBatch

        self.calls += len(batch)
        text = self.known[_key(candidate)].text
        scores = self.world.agreement(text, np.asarray(batch, dtype=np.int64), number("data set")).tolist()
        traces = [{"score": score} for score in scores] if capture_traces else None
        return EvaluationBatch(outputs=list(scores), scores=scores, trajectories=traces)

    def make_reflective_dataset(
        self,
        candidate: dict[str, str],  # noqa: ARG002
        eval_batch: Any,
        components_to_update: list[str],
    ) -> Mapping[str, Sequence[Mapping[str, Any]]]:
        return {name: list(eval_batch.trajectories or []) for name in components_to_update}

    def propose_new_texts(
        self,
        candidate: dict[str, str],
        reflective_dataset: Mapping[str, Sequence[Mapping[str, Any]]],  # noqa: ARG002
        components_to_update: list[str],
    ) -> dict[str, str]:
        """The next edit of the same proposer. An aimed edit goes to its section, others where GEPA looks."""
        parent = self.known[_key(candidate)]
        drawn = self.proposer.propose(self.gaps)
        section = int(components_to_update[0][1:])
        kept = drawn.kind in ("aimed", "mend")
        edit = drawn if kept else Edit(drawn.name, drawn.kind, section)
        new = {f"s{edit.section}": f"{candidate[f's{edit.section}']}.{edit.name}"}
        child = {**candidate, **new}
        self.known[_key(child)] = _Known(self.proposer.apply(parent.text, edit), (*parent.edits, edit))
        self.proposed[_key(child)] = edit
        return new


def _key(candidate: Mapping[str, str]) -> str:
    return "|".join(f"{name}={candidate[name]}" for name in sorted(candidate))


def gepa_is_here() -> None:
    """Raises OptionError when the optional rival isn't installed."""
    try:
        import gepa  # noqa: F401
    except ImportError:
        raise OptionError(
            "--peer gepa needs GEPA: install the extra with `pip install concord-spec[rivals]`"
        ) from None


def run_gepa(
    world: World, moves: Pushes, *, calls: int, items: int, true_share: float, seed: int
) -> GepaFigures:
    """GEPA 0.1.4 as it comes (minibatch 3, strict improvement, Pareto selection) on `items` training and
    `items` validation rows, until `calls` ranker calls are used up."""
    from gepa.api import optimize

    proposer = Proposer(world, moves, true_share=true_share, seed=seed)
    adapter = WorldAdapter(world, proposer)
    result: Any = optimize(
        seed_candidate=adapter.seed(),
        trainset=[int(row) for row in world.parts["train"][:items]],
        valset=[int(row) for row in world.parts["selection"][:items]],
        adapter=cast(Any, adapter),
        max_metric_calls=calls,
        logger=_Quiet(),
        seed=seed,
    )
    best = adapter.known[_key(result.candidates[result.best_idx])]
    accepted = [adapter.proposed[_key(each)] for each in result.candidates if _key(each) in adapter.proposed]
    made = list(adapter.proposed.values())
    scores = result.val_aggregate_scores
    return GepaFigures(
        proposals=len(made),
        nulls=sum(edit.kind != "mend" for edit in made),
        accepted_nulls=sum(edit.kind != "mend" for edit in accepted),
        best_has_null=any(edit.kind != "mend" for edit in best.edits),
        mends=sum(edit.kind == "mend" for edit in made),
        adopted_mends=sum(edit.kind == "mend" for edit in best.edits),
        calls=adapter.calls,
        true_gain=100.0 * world.true_gain(best.text, world.original),
        sealed_gain=measured_gain(world, best.text, world.parts["test"], "sealed"),
        selection_gain=100.0 * (scores[result.best_idx] - scores[0]),
    )
