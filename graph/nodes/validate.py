"""validate: what the people's own words say to the edits that passed their trials."""

import asyncio
from collections.abc import Sequence

from langgraph.runtime import Runtime

from ...errors import BudgetEnded
from ...models.records import Where
from ...trials.outcomes import Outcome
from ..conflicts import keep_conflicts
from ..context import RunContext
from ..docket import standing
from ..kinds import classified
from ..staging import keep_outcomes, outcomes_of
from ..state import State, Update
from ..validating import validated


async def validate(state: State, runtime: Runtime[RunContext]) -> Update:
    """Ask about all of them side by side. The docket changes in decide, with all that speaks against an edit."""
    context, round_ = runtime.context, state["round"]
    passed = outcomes_of(context, round_, "trial", standing(state["docket"], "passed"))
    found = passed
    if context.options.validating:
        found, _, _ = await asyncio.gather(
            asyncio.gather(*(validated(context, state["current"], outcome, round_) for outcome in passed)),
            _keep_kinds(context, state, passed),
            keep_conflicts(context, state["current"], [each.proposal for each in passed], round_),
        )
    keep_outcomes(context, round_, "validate", found)
    ended = any(outcome.reason == "budget" for outcome in found)
    return {"stop": "budget"} if ended else {}


async def _keep_kinds(context: RunContext, state: State, passed: Sequence[Outcome]) -> None:
    """An independent word on the kind of what may be adopted. The budget's end leaves it open, and nothing hangs on it."""
    proposals = [context.records.proposals.get(outcome.proposal) for outcome in passed]
    where = Where(round=state["round"], node="validate")
    try:
        found = await classified(context, context.texts.spec(state["current"]), proposals, where)
    except BudgetEnded:
        return
    for record in found:
        context.records.kinds.put(record)
