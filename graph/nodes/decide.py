"""decide: which edits hold beside each other, do no harm elsewhere, and may be adopted."""

from langgraph.runtime import Runtime

from ..context import RunContext
from ..deciding import protected
from ..docket import standing
from ..staging import keep, ledger_of, outcomes_of
from ..state import State, Update


async def decide(state: State, runtime: Runtime[RunContext]) -> Update:
    """The interaction test and the search for harm, over what passed trial and validation.

    Where the authority table asks for more than an edit has, it stays a proposal.
    """
    context, round_ = runtime.context, state["round"]
    passed = standing(state["docket"], "passed")
    outcomes = outcomes_of(context, round_, "validate", passed)
    spec = context.texts.spec(state["current"])
    result = await context.engine(round_, "decide").combine(
        state["current"],
        [protected(context, spec, each) for each in outcomes],
        ledger_of(state),
        round_=round_,
        overlays=state.get("overlays"),
    )
    return keep(context, state, "decide", result, passed="accepted")
