"""The gaps that selection chooses from, and how what it chose is cut into branches."""

from collections.abc import Sequence
from typing import Literal

from ..trials.folds import Folds
from .context import RunContext
from .docket import standing
from .groups import RunGroup
from .policies import Gap
from .records import Batch, SelectionRecord
from .state import Shard, State

SHARD = 4
"""Proposer calls in one branch."""


def gaps_of(context: RunContext, state: State, group: RunGroup) -> list[Gap]:
    """How far a group's gap, under the text with its overlay, exceeds everybody's: what it wants that others don't."""
    spec = context.texts.spec(state["current"])
    (measured,) = context.records.measures.find(round=state["round"])
    own, explained = measured.groups[group.name], _explained(context, state, group.name)
    found: list[Gap] = []
    for name, score in own.scores.items():
        best, everybody = group.scores_of.best(name), context.evaluator.scores_of.best(name)
        if best.mean is None or everybody.mean is None or name not in measured.scores:
            continue
        shared = max(0.0, everybody.mean - measured.scores[name])
        found.append(
            Gap(
                conversation=name,
                fold=context.folds.fold_of[name],
                theme=context.scope.theme(spec, name),
                gap=max(0.0, best.mean - score - shared),
                raters=len(best.raters),
                explained=name in explained,
            )
        )
    return found


def audiences(count: int, groups: Sequence[str]) -> list[tuple[str, int]]:
    """How many of `count` proposer calls go to each group's cases, and first to everybody's (an empty name): half."""
    if not groups:
        return [("", count)]
    rest = count // 2
    shares = [rest // len(groups) + (place < rest % len(groups)) for place in range(len(groups))]
    return [("", count - rest), *zip(groups, shares, strict=True)]


def gaps(context: RunContext, state: State) -> list[Gap]:
    """The gap of each open conversation that the measure pass ranked."""
    spec = context.texts.spec(state["current"])
    (measured,) = context.records.measures.find(round=state["round"])
    explained = _explained(context, state)
    found: list[Gap] = []
    for name, score in measured.scores.items():
        best = context.evaluator.scores_of.best(name)
        if (most := best.mean) is not None:
            found.append(
                Gap(
                    conversation=name,
                    fold=context.folds.fold_of[name],
                    theme=context.scope.theme(spec, name),
                    gap=max(0.0, most - score),
                    raters=len(best.raters),
                    explained=name in explained,
                )
            )
    return found


def batch_of(folds: Folds, cases: Sequence[str], group: str = "") -> Batch:
    """Raises ValueError for cases out of several folds: a selection policy that mixes them is wrong."""
    found = {folds.fold_of[name] for name in cases}
    if len(found) != 1:
        raise ValueError(
            f"a selection policy gave a batch out of the folds {sorted(found)}; it must be of one"
        )
    return Batch(fold=found.pop(), cases=tuple(cases), group=group)


def shards(chosen: SelectionRecord) -> list[Shard]:
    """The branches of propose: calls of one proposer on one fold, a few a branch."""
    cut: list[Shard] = []
    origins: tuple[tuple[Literal["batch", "conversation"], tuple[Batch, ...]], ...] = (
        ("batch", chosen.batches),
        ("conversation", chosen.singles),
    )
    for origin, batches in origins:
        for fold, group in sorted({(batch.fold, batch.group) for batch in batches}):
            calls = [list(batch.cases) for batch in batches if (batch.fold, batch.group) == (fold, group)]
            for start in range(0, len(calls), SHARD):
                shard = Shard(
                    round=chosen.round,
                    current=chosen.text,
                    origin=origin,
                    fold=fold,
                    batches=calls[start : start + SHARD],
                )
                if group:
                    shard["group"] = group
                cut.append(shard)
    return cut


def _explained(context: RunContext, state: State, group: str = "") -> set[str]:
    """Open conversations that an adopted edit bears on; of a group, one in its overlay."""
    return {
        name
        for proposal in standing(state["docket"], "adopted")
        if not (inside := state["docket"][proposal].get("overlays")) or group in inside
        for tested in context.records.trials.find(proposal=proposal)
        if tested.stage in ("screen", "trial")
        for name in tested.planned
    }
