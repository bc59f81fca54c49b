"""trial: the tests that decide, on conversations that no proposer of these edits saw."""

from langgraph.runtime import Runtime

from ..context import RunContext
from ..docket import candidates, open_for_trial
from ..staging import keep, ledger_of
from ..state import State, Update


async def trial(state: State, runtime: Runtime[RunContext]) -> Update:
    """Hand everything that is open to the engine: who is due has a trial, side by side with the others."""
    context, round_ = runtime.context, state["round"]
    open_ = open_for_trial(state["docket"])
    result = await context.engine(round_, "trial").trial(
        state["current"], candidates(state["docket"], open_), ledger_of(state), round_=round_
    )
    return keep(context, state, "trial", result, passed="passed")
