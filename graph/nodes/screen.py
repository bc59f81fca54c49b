"""screen: a cheap look at the round's proposals, on the conversations that their proposers saw."""

from collections.abc import Sequence

from langgraph.runtime import Runtime

from ...trials.engine import Asked
from ..context import RunContext
from ..docket import candidates, standing
from ..precheck import asked_for
from ..staging import keep, ledger_of
from ..state import State, Update


async def screen(state: State, runtime: Runtime[RunContext]) -> Update:
    """What nobody asks for or shows no promise is rejected, the rest waits for its trial."""
    context, round_ = runtime.context, state["round"]
    new = standing(state["docket"], "proposed")

    async def precheck(proposal: str, items: Sequence[str]) -> Asked:
        group = state["docket"][proposal].get("group", "")
        return await asked_for(context, state["current"], proposal, items, round_, group)

    asks = context.options.precheck and context.options.validating
    engine = context.engine(round_, "screen", precheck if asks else None)
    result = await engine.screen(
        state["current"], candidates(state["docket"], new), ledger_of(state), round_=round_
    )
    return keep(context, state, "screen", result, passed="queued")
