"""validate: what the people's own words say to the edits that passed their trials."""

import asyncio

from langgraph.runtime import Runtime

from ..context import RunContext
from ..docket import standing
from ..staging import keep_outcomes, outcomes_of
from ..state import State, Update
from ..validating import validated


async def validate(state: State, runtime: Runtime[RunContext]) -> Update:
    """Ask about all of them side by side. The docket changes in decide, with all that speaks against an edit."""
    context, round_ = runtime.context, state["round"]
    passed = outcomes_of(context, round_, "trial", standing(state["docket"], "passed"))
    found = passed
    if context.options.validating:
        found = await asyncio.gather(
            *(validated(context, state["current"], outcome, round_) for outcome in passed)
        )
    keep_outcomes(context, round_, "validate", found)
    ended = any(outcome.reason == "budget" for outcome in found)
    return {"stop": "budget"} if ended else {}
