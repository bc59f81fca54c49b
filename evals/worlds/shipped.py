"""Runs the shipped loop, unchanged, in a synthetic world. Nothing else here knows the loop's own records."""

import time
from dataclasses import dataclass

from ...errors import EditError
from ...graph.launch import Finished, Options, Setup, launch
from ...graph.run_records import RunRecords
from ...models.budget import Budget
from ...models.caller import Caller
from ...models.protocol import Role
from ...panel.records import Panel
from ...spec import Spec, apply
from ...store.memory import MemoryCallCache
from ..synthetic.model import SimulatedModel
from ..synthetic.truth import Truth
from ..synthetic.world import World
from .outcome import Outcome, Told, outcome

ROLES: tuple[Role, ...] = ("ranker", "relevance", "batch_proposer", "conversation_proposer", "validator")
TRIAL_NODES = ("screen", "trial", "decide")
"""Nodes whose ranker calls test proposals."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run came to: its likely and its proven text, scored."""

    likely: Outcome
    proven: Outcome
    finished: Finished
    store: RunRecords


async def run_loop(
    world: World, panel: Panel, truth: Truth, options: Options, *, exact: bool = False, invert: bool = False
) -> Ran:
    """One run in memory. `exact`: relevance is graded without error; `invert`: all prompts are turned round."""
    began = time.perf_counter()
    model = SimulatedModel(world, exact_relevance=exact, invert=invert)
    store, budget = RunRecords.in_memory(texts=False), Budget()
    caller = Caller(model, cache=MemoryCallCache(), calls=store.calls, budget=budget)
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
    seconds = time.perf_counter() - began
    calls = [call for call in store.calls.find() if not call.cached]
    extra = {
        "proposals": float(store.proposals.count()),
        "trials": float(store.trials.count(stage="trial")),
        "rounds": float(finished.summary.rounds),
    }
    for role in ROLES:
        extra[f"calls_{role}"] = float(sum(call.role == role for call in calls))
    for decision in store.decisions.find(by="loop", decision="rejected"):
        extra[f"rejected_{decision.reason}"] = extra.get(f"rejected_{decision.reason}", 0.0) + 1
    texts = _texts(store, world.spec)
    likely, proven = (
        outcome(
            f"concord {label}",
            truth,
            texts,
            calls=budget.spent.calls,
            trial_calls=sum(c.where.node in TRIAL_NODES and c.role == "ranker" for c in calls),
            tokens=budget.spent.tokens,
            told=_told(finished),
            seconds=seconds,
            extra=extra,
        )
        for label in ("likely", "proven")
    )
    return Ran(likely, proven, finished, store)


def _texts(store: RunRecords, original: str) -> list[str]:
    """The original and the text after each adoption, in order."""
    texts = [original]
    for decision in store.decisions.find(by="loop", decision="adopted"):
        proposal = store.proposals.get(decision.proposal)
        try:
            texts.append(apply(Spec.parse(texts[-1]), proposal.edits).text)
        except EditError:
            continue
    return texts


def _told(finished: Finished) -> Told:
    sealed = finished.summary.sealed_test
    if sealed is None:
        return Told()
    gain = sealed.gain
    points = [None if value is None else 100 * value for value in (gain.estimate, gain.low, gain.high)]
    return Told(estimate=points[0], low=points[1], high=points[2])
