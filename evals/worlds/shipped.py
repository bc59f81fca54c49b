"""Runs the shipped loop, unchanged, in a planted world, and counts what it found and what it took."""

import time
from dataclasses import dataclass

from ...graph.launching import Finished, Options, Setup, launch
from ...graph.run_records import RunRecords
from ...graph.workshop import Workshop
from ...models.budget import Budget
from ...models.caller import Caller
from ...panel.records import Panel
from ...panel.splits import HashSplitter
from ...spec import Spec, apply
from ...store.memory import MemoryCallCache
from .generate import World
from .model import SimulatedModel
from .outcome import ROLES, Outcome, Point, proposed, recalls, steps
from .truth import Truth

TRIAL_NODES = ("screen", "trial", "decide")
"""Nodes whose ranker calls test proposals."""


@dataclass(frozen=True, slots=True)
class Ran:
    """The loop's outcome, and the parts of the run for a closer look."""

    outcome: Outcome
    world: World
    shop: Workshop
    final: str


def sealed(world: World, options: Options) -> list[str]:
    """Ids of the conversations in the sealed test split."""
    splitter = HashSplitter(options.split_seed)
    return [name for name in world.names if splitter.split_of(name) == "test"]


async def run_loop(
    world: World,
    panel: Panel,
    truth: Truth,
    options: Options,
    *,
    method: str = "concord",
    exact: bool = False,
) -> Ran:
    """One run in memory. `exact`: the relevance grader knows the conversations that are truly touched."""
    began = time.perf_counter()
    model = SimulatedModel(world, exact_relevance=exact)
    store, cache, budget = RunRecords.in_memory(texts=False), MemoryCallCache(), Budget()
    caller = Caller(model, cache=cache, calls=store.calls, budget=budget)
    finished = await launch(
        Setup(
            spec=Spec.parse(world.spec),
            panel=panel,
            callers=dict.fromkeys(ROLES, caller),
            budget=budget,
            store=store,
            options=options,
        )
    )
    if not isinstance(finished, Finished):
        raise TypeError("a run without approval came back with a question")
    outcome = _count(finished.shop, truth, finished.spec.text, budget, method, time.perf_counter() - began)
    return Ran(outcome, world, finished.shop, finished.spec.text)


def _count(shop: Workshop, truth: Truth, final: str, budget: Budget, method: str, seconds: float) -> Outcome:
    store = shop.store
    adopted = [store.proposals.get(d.proposal) for d in store.decisions.find(by="loop", decision="adopted")]
    rounds = {d.proposal: d.round for d in store.decisions.find(by="loop", decision="adopted")}
    texts, marks = [shop.setup.spec.text], [0]
    for proposal in adopted:
        texts.append(apply(Spec.parse(texts[-1]), proposal.edits).text)
        marks.append(rounds[proposal.id])
    precision, count = steps(truth, texts)
    recall, planted, seen = recalls(truth, final, proposed(shop, truth))
    calls = [call for call in store.calls.find() if not call.cached]
    by_round: dict[int, int] = {}
    for call in calls:
        if call.where.node != "conclude":
            by_round[call.where.round] = by_round.get(call.where.round, 0) + 1
    path = [Point(calls=0, gap_closed=0.0)]
    for round in sorted(by_round):
        text = [t for t, mark in zip(texts, marks, strict=True) if mark <= round][-1]
        path.append(Point(calls=path[-1].calls + by_round[round], gap_closed=truth.gap_closed(text)))
    trials = [call for call in calls if call.where.node in TRIAL_NODES and call.role == "ranker"]
    overlaps = [value for _, value in store.notes("overlap:") if isinstance(value, dict)]
    kept = sum(int(str(value["proposals"])) for value in overlaps)
    both = sum(int(str(value["by_both"])) for value in overlaps)
    extra: dict[str, float] = {}
    for call in calls:
        name = f"calls_{call.where.node}_{call.role}"
        extra[name] = extra.get(name, 0.0) + 1
    extra |= {"rounds": float(max(by_round, default=0)), "proposals": float(kept), "by_both": float(both)}
    by_batch, by_conversation = proposed(shop, truth, "batch"), proposed(shop, truth, "conversation")
    extra |= {
        "mends_by_either": float(len(by_batch | by_conversation)),
        "mends_by_both": float(len(by_batch & by_conversation)),
    }
    for decision in store.decisions.find(by="loop", decision="rejected"):
        extra[f"rejected_{decision.reason}"] = extra.get(f"rejected_{decision.reason}", 0.0) + 1
    return Outcome(
        method=method,
        gap_closed=truth.gap_closed(final),
        sealed_gain=100 * (truth.of_text(final) - truth.original),
        recall=recall,
        recall_of_planted=planted,
        precision=precision,
        adopted=count,
        proposed=seen,
        calls=budget.spent.calls,
        trial_calls=len(trials),
        tokens=budget.spent.tokens,
        usd=budget.spent.usd,
        path=tuple(path),
        seconds=seconds,
        extra=extra,
    )
