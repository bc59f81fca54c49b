"""consolidate: which of the round's proposals come onto the docket, and why the others don't."""

from langgraph.runtime import Runtime

from ..cases import seen_of
from ..consolidating import Past, consolidated, made_in
from ..context import RunContext
from ..docket import changed, proposed
from ..records import Decision
from ..state import State, Update


async def consolidate(state: State, runtime: Runtime[RunContext]) -> Update:
    """Check what was proposed against the current text, the docket and the data; tell wordings of one change.

    A person's proposal joins with the round that finds it in the run's records.
    """
    context, records, round_ = runtime.context, runtime.context.records, state["round"]
    docket = state["docket"]
    made = made_in(records, round_, docket)
    past = [
        Past(
            proposal=records.proposals.get(id_),
            entry=entry,
            reopened=bool(records.decisions.find(proposal=id_, decision="reopen")),
        )
        for id_, entry in docket.items()
    ]
    result = await consolidated(
        context.texts.spec(state["current"]), round_, made, past,
        seen={name: seen_of(context, name) for each in made for name in each.shown},
        meaning=context.policies.meaning,
    )  # fmt: skip
    for kept in result.kept:
        docket = {**docket, kept.proposal.id: proposed(kept.fold, kept.wording, round_, kept.group)}
    for refused in result.refused:
        id_ = refused.proposal.id
        docket = {**docket, id_: proposed(refused.fold, id_, round_)}
        docket = changed(docket, id_, round_, "rejected", refused.reason)
    records.proposals.add(
        [*(each.proposal for each in result.kept), *(each.proposal for each in result.refused)]
    )
    records.decisions.add(
        [
            Decision(
                proposal=each.proposal.id, round=round_, by="loop", decision="rejected", reason=each.reason,
                note=each.note,
            )
            for each in result.refused
        ]
    )  # fmt: skip
    records.overlaps.put(result.overlap)
    return {"docket": docket}
