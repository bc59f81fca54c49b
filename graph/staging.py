"""What every step of the acceptance engine leaves behind in a run."""

from collections.abc import Iterable

from ..trials.outcomes import EvidenceLedger, Outcome, StageResult
from .context import RunContext
from .docket import Status, after, proposed
from .records import Decision, OutcomeRecord
from .state import State, Update


def ledger_of(state: State) -> EvidenceLedger:
    return EvidenceLedger.model_validate(state["ledger"])


def keep(context: RunContext, state: State, node: str, result: StageResult, *, passed: Status) -> Update:
    """Keep a step's trials, outcomes and rejections as records, and say what changes of the state.

    `passed` is what an outcome that passed this step becomes on the docket.
    """
    context.records.trials.add(result.trials)
    docket = state["docket"]
    for made in result.added:
        if made.proposal not in docket:
            docket = {**docket, made.proposal: proposed(made.fold, made.key, state["round"], made.group)}
    keep_outcomes(context, state["round"], node, result.outcomes)
    update: Update = {
        "docket": after(docket, result.outcomes, state["round"], passed=passed),
        "ledger": result.ledger.model_dump(mode="json"),
    }
    return {**update, "stop": "budget"} if result.budget_ended else update


def keep_outcomes(context: RunContext, round_: int, node: str, outcomes: Iterable[Outcome]) -> None:
    """Write outcomes down, and the loop's decision on those that are rejected."""
    for outcome in outcomes:
        context.records.outcomes.put(OutcomeRecord(round=round_, node=node, outcome=outcome))
        if outcome.status == "rejected":
            context.records.decisions.add(
                [
                    Decision(
                        proposal=outcome.proposal, round=round_, by="loop", decision="rejected",
                        reason=outcome.reason, note=outcome.note, label=outcome.label, effect=outcome.effect,
                    )
                ]
            )  # fmt: skip


def outcomes_of(context: RunContext, round_: int, node: str, proposals: Iterable[str]) -> list[Outcome]:
    """What a step of this round found on these proposals."""
    return [
        record.outcome
        for id_ in proposals
        for record in context.records.outcomes.find(round=round_, node=node, proposal=id_)
    ]
