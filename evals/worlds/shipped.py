"""Runs the shipped loop, unchanged, in a synthetic world. Nothing else here knows the loop's own records."""

import time
from dataclasses import dataclass

from ...errors import EditError
from ...graph.context import RunInputs
from ...graph.launching import Finished, launch
from ...graph.options import Options
from ...graph.run_records import RunRecords
from ...graph.sealed_records import SealedTest
from ...models.budget import Budget
from ...models.caller import Caller
from ...models.protocol import BaseModel, Role
from ...panel.records import Panel
from ...spec import Spec, apply
from ...store.memory import MemoryCallCache
from ..synthetic.model import SimulatedModel
from ..synthetic.truth import Truth
from ..synthetic.world import World
from .outcome import Outcome, Reported, outcome
from .places import ENDS, End, Made

ROLES: tuple[Role, ...] = ("ranker", "relevance", "batch_proposer", "conversation_proposer", "validator")
TRIAL_NODES = ("screen", "trial", "decide")
"""Nodes whose ranker calls test proposals."""


@dataclass(frozen=True, slots=True)
class Ran:
    """What a run came to: its likely and its proven text, scored."""

    likely: Outcome
    proven: Outcome
    finished: Finished


def inputs(spec: Spec, panel: Panel, model: BaseModel, options: Options) -> RunInputs:
    """A run in memory with one base model for all agents."""
    records, budget = RunRecords.in_memory(texts=False), Budget()
    caller = Caller(model, cache=MemoryCallCache(), calls=records.calls, budget=budget)
    callers = dict.fromkeys(ROLES, caller)
    return RunInputs(spec=spec, panel=panel, callers=callers, budget=budget, records=records, options=options)


async def run_loop(
    world: World, panel: Panel, truth: Truth, options: Options, *, exact: bool = False, invert: bool = False
) -> Ran:
    """One run in memory. `exact`: relevance is graded without error; `invert`: all prompts are turned round."""
    began = time.perf_counter()
    model = SimulatedModel(world, exact_relevance=exact, invert=invert)
    given = inputs(Spec.parse(world.spec), panel, model, options)
    finished = await launch(given)
    if not isinstance(finished, Finished):
        raise TypeError("a run without approval came back with a question")
    seconds = time.perf_counter() - began
    summary, spent = finished.summary, given.budget.spent
    calls = [call for call in given.records.calls.find() if not call.cached]
    extra = {
        "proposals": float(summary.proposals["made"]),
        "tried": float(summary.proposals["tried"]),
        "rounds": float(summary.rounds),
        **{f"calls_{role}": float(sum(call.role == role for call in calls)) for role in ROLES},
        **{f"rejected_{reason}": float(count) for reason, count in summary.rejected.items()},
    }
    sealed = summary.sealed_test
    scored = [
        outcome(
            f"concord {label}",
            truth,
            _texts(finished, labels),
            calls=spent.calls,
            trial_calls=sum(c.where.node in TRIAL_NODES and c.role == "ranker" for c in calls),
            tokens=spent.tokens,
            told=_reported(sealed, label),
            seconds=seconds,
            extra=extra,
        )
        for label, labels in (("likely", ("likely", "proven")), ("proven", ("proven",)))
    ]
    return Ran(scored[0], scored[1], finished)


_BY_REASON: dict[str, End] = {
    "anchor": "refused",
    "not_asked_for": "not_asked_for",
    "screened": "screened",
}
_BY_NODE: dict[str, End] = {
    "screen": "untried",
    "trial": "no_evidence",
    "validate": "unsupported",
    "decide": "beside",
    "adopt": "beside",
}
"""How far a proposal came of which this node spoke the last word, where the reason doesn't say it."""


def made_of(finished: Finished) -> tuple[Made, ...]:
    """All proposals of a run, pruned forms among them, each beside the text that it was written against."""
    context = finished.context
    found = []
    for proposal in context.records.proposals.find():
        end = end_of(context.records, proposal.id)
        if end is None:
            continue
        before = context.texts.spec(proposal.base)
        try:
            after = apply(before, proposal.edits).text
        except EditError:
            after = None
        found.append(Made(before.text, after, *end))
    return tuple(found)


def end_of(records: RunRecords, proposal: str) -> tuple[End, str] | None:
    """How far a proposal came, and the reason; None for a form that only pruning looked at."""
    decisions = records.decisions.find(proposal=proposal)
    if any(decision.decision == "adopted" for decision in decisions):
        return "adopted", ""
    tried = any(trial.outcome != "empty" for trial in records.trials.find(proposal=proposal, stage="trial"))
    ends: list[tuple[End, str]] = []
    for record in records.outcomes.find(proposal=proposal):
        if record.node == "turn":
            # The last word on what is open when the loop ends: what it waited for says more.
            continue
        reason = record.outcome.reason or record.outcome.status
        end = _BY_REASON.get(reason, _BY_NODE[record.node])
        waits = end == "no_evidence" and not tried and reason != "no_evidence"
        ends.append(("untried" if waits else end, reason))
    if not ends and decisions:
        refused = decisions[-1].reason or ""
        return "untried" if refused == "budget" else "refused", refused
    # What was dropped by a screen may be proposed again: the furthest counts, and of equals the last.
    return max(reversed(ends), key=lambda each: ENDS.index(each[0]), default=None)


def _texts(finished: Finished, labels: tuple[str, ...]) -> list[str]:
    """The original and the text after each adoption with one of these labels, in the order of the rounds."""
    records, spec = finished.context.records, finished.context.inputs.spec
    texts = [spec]
    for adopted in finished.summary.adopted:
        if adopted.label in labels:
            try:
                texts.append(apply(texts[-1], records.proposals.get(adopted.id).edits))
            except EditError:
                continue
    final = finished.spec if "likely" in labels else finished.proven
    if texts[-1].digest != final.digest:
        texts.append(final)
    return [text.text for text in texts]


def _reported(sealed: SealedTest | None, label: str) -> Reported:
    """The headline's gain of a text: judged by the people whom no step saw, where there are any."""
    if sealed is None:
        return Reported()
    unseen = sealed.unseen_people
    by_unseen = unseen is not None and sealed.gain == unseen.likely_gain
    if label == "likely":
        gain = sealed.gain
    else:
        gain = unseen.proven_gain if unseen is not None and by_unseen else sealed.proven.gain
    low, middle, high = (
        None if value is None else 100 * value for value in (gain.low, gain.estimate, gain.high)
    )
    return Reported(estimate=middle, low=low, high=high)
