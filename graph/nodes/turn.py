"""turn: what the round came to, and whether it was the last."""

from langgraph.runtime import Runtime

from ..context import RunContext
from ..docket import standing
from ..records import RoundRecord
from ..staging import ledger_of
from ..state import State, Update
from ..turning import closed, fruitful, why_stop


async def turn(state: State, runtime: Runtime[RunContext]) -> Update:
    """Say why to stop, if so, and give what is open its last word then."""
    context, round_ = runtime.context, state["round"]
    docket = state["docket"]
    adopted = [id_ for id_ in standing(docket, "adopted") if docket[id_]["round"] == round_]
    ledger = ledger_of(state)
    stop = state["stop"] or why_stop(context, state, ledger)
    if stop:
        docket = closed(context, {**state, "stop": stop}, ledger)
    context.records.rounds.put(
        RoundRecord(
            round=round_,
            current=state["current"],
            proven=state["proven"],
            adopted=tuple(adopted),
            fruitful=fruitful(context, state, adopted),
            stop=stop,
        )
    )
    return {"docket": docket, "stop": stop}
