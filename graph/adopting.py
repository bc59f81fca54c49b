"""What adopting an edit, or a reviewer's other word on it, changes of a run."""

from collections.abc import Sequence

from ..errors import EditError
from ..spec import apply
from ..trials.acceptance import settle_proven
from ..trials.outcomes import Label, Outcome
from .context import RunContext
from .docket import BY_REVIEWER, Docket, changed, standing
from .groups import joined
from .question import Answer
from .records import Decision
from .staging import keep_outcomes, ledger_of, outcomes_of
from .state import State, Update


def strongest_first(context: RunContext, state: State) -> list[str]:
    """The round's accepted proposals in the order in which the engine put them together.

    What waits for a reviewer is among them where one is asked.
    """

    def weight(id_: str) -> float:
        outcomes = outcomes_of(context, state["round"], "decide", [id_])
        effect = outcomes[-1].effect if outcomes else None
        return effect.mean * effect.items if effect else 0.0

    accepted = [
        id_
        for id_ in standing(state["docket"], "accepted")
        if state["docket"][id_]["round"] == state["round"]
        and (context.options.approve or state["docket"][id_]["reason"] != BY_REVIEWER)
    ]
    return sorted(accepted, key=lambda id_: (-weight(id_), id_))


def adopted(context: RunContext, state: State, id_: str) -> Update:
    """The edit comes into the text, and into the proven one where it is proven and stands on proven edits alone."""
    proposal = context.records.proposals.get(id_)
    outcomes = outcomes_of(context, state["round"], "decide", [id_])
    effect, note = (outcomes[-1].effect, outcomes[-1].note) if outcomes else (None, "")
    ledger = ledger_of(state)
    if names := state["docket"][id_].get("overlays"):
        return _into_overlays(
            context, state, id_, names, Outcome(proposal=id_, status="accepted", note=note, effect=effect)
        )
    try:
        after = apply(context.texts.spec(state["current"]), proposal.edits)
    except EditError as problem:
        return no_longer_applies(context, state, id_, problem)
    try:
        for overlay in state.get("overlays", {}).values():
            joined(context.texts, context.records, context.texts.keep(after), overlay)
    except EditError as problem:
        return no_longer_applies(context, state, id_, problem)
    label: Label = "proven" if state["docket"][id_]["label"] == "proven" else "likely"
    proven = state["proven"]
    if label == "proven":
        try:
            proven = context.texts.keep(apply(context.texts.spec(proven), proposal.edits))
            ledger = settle_proven(ledger, outcomes[-1:])
        except EditError:
            label, note = "likely", f"{note} It stands on an edit that is only likely.".strip()
    docket = changed(state["docket"], id_, state["round"], "adopted")
    docket[id_]["label"] = label
    context.records.decisions.add(
        [
            Decision(
                proposal=id_, round=state["round"], by="loop", decision="adopted", note=note, label=label,
                effect=effect,
            )
        ]
    )  # fmt: skip
    context.meter.tell("adopted", proposal.intent)
    return {
        "current": context.texts.keep(after),
        "proven": proven,
        "docket": docket,
        "ledger": ledger.model_dump(mode="json"),
    }


def _into_overlays(
    context: RunContext, state: State, id_: str, names: Sequence[str], outcome: Outcome
) -> Update:
    """The edit comes into the overlays of its groups, where it applies beside what stands there."""
    overlays = {name: list(ids) for name, ids in state.get("overlays", {}).items()}
    kept: list[str] = []
    problem = EditError("no group is left that it would be for")
    for name in names:
        try:
            joined(context.texts, context.records, state["current"], [*overlays.get(name, ()), id_])
        except EditError as found:
            problem = found
            continue
        overlays.setdefault(name, []).append(id_)
        kept.append(name)
    if not kept:
        return no_longer_applies(context, state, id_, problem)
    docket = changed(state["docket"], id_, state["round"], "adopted")
    docket[id_]["overlays"] = kept
    label: Label = "proven" if docket[id_]["label"] == "proven" else "likely"
    context.records.decisions.add(
        [
            Decision(
                proposal=id_, round=state["round"], by="loop", decision="adopted", note=outcome.note, label=label,
                effect=outcome.effect, overlays=tuple(kept),
            )
        ]
    )  # fmt: skip
    intent = context.records.proposals.get(id_).intent
    context.meter.tell("adopted", f"for {' and '.join(kept)}: {intent}")
    return {"overlays": overlays, "docket": docket}


def answered(context: RunContext, state: State, answer: Answer) -> Update:
    """What a reviewer's word changes. The decision says what was answered, and nothing on what wasn't asked."""
    id_, round_ = answer.proposal, state["round"]
    if answer.decision == "pause":
        raise ValueError("a pause decides nothing: the machine is not resumed with it")
    context.records.decisions.add(
        [
            Decision(
                proposal=id_,
                round=round_,
                by=_signed(answer.name),
                decision=answer.decision,
                note=answer.note,
            )
        ]
    )
    match answer.decision:
        case "adopt":
            return adopted(context, state, id_)
        case "defer":
            docket = changed(state["docket"], id_, round_, "deferred", BY_REVIEWER)
            return {"docket": docket, "ledger": _left_out(state, id_)}
        case "set_aside":
            docket = changed(state["docket"], id_, round_, "rejected", "set_aside")
            return {"docket": docket, "ledger": _left_out(state, id_)}
        case "stop":
            return {"stop": "stopped_by_reviewer"}
        case "end_sealed":
            return {"stop": "ended_unopened"}


def no_longer_applies(context: RunContext, state: State, id_: str, problem: EditError) -> Update:
    """Another adoption changed the text that an accepted edit stands on."""
    note = f"It no longer applies after another adoption: {problem}"
    outcome = Outcome(proposal=id_, status="rejected", reason="conflict", note=note)
    keep_outcomes(context, state["round"], "adopt", [outcome])
    docket: Docket = changed(state["docket"], id_, state["round"], "rejected", "conflict")
    return {"docket": docket, "ledger": _left_out(state, id_)}


def _left_out(state: State, id_: str) -> dict[str, object]:
    """The ledger with an accepted edit marked as not in the text."""
    ledger = ledger_of(state)
    entry = ledger.entry(id_)
    if entry is not None:
        ledger = ledger.put(entry.model_copy(update={"accepted": False, "closed": True}))
    return ledger.model_dump(mode="json")


def _signed(name: str) -> str:
    """A reviewer's name; `loop` is how the loop signs its own decisions."""
    name = name.strip() or "reviewer"
    return "reviewer loop" if name == "loop" else name
