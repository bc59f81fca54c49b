"""propose: one branch, a few calls of one proposer on cases of one fold."""

from langgraph.runtime import Runtime

from ...errors import BudgetEnded
from ...models.records import Where
from ...spec import Proposal
from ..cases import agreeing, cases
from ..context import RunContext
from ..records import ProposedRecord
from ..state import Shard, Update


async def propose(state: Shard, runtime: Runtime[RunContext]) -> Update:
    """Ask the proposer about each batch; what it makes is kept as one record of this branch.

    Where the budget ends, what was answered before still counts: it comes out of the cache.
    """
    context, spec = runtime.context, runtime.context.texts.spec(state["current"])
    proposer, where = context.proposers[state["origin"]], Where(round=state["round"], node="propose")
    (chosen,) = context.records.selections.find(round=state["round"])
    group = state.get("group", "")
    batches = [found for ids in state["batches"] if (found := cases(context, spec, ids, group))]
    beside = agreeing(context, spec, state["round"], state["fold"])
    made: list[Proposal] = []
    update: Update = {}
    try:
        made += await proposer.propose(spec, batches, chosen.tried, where, agreeing=beside)
    except BudgetEnded:
        update = {"stop": "budget"}
        for batch in batches:
            try:
                made += await proposer.propose(spec, [batch], chosen.tried, where, agreeing=beside)
            except BudgetEnded:
                continue
    context.records.proposed.put(
        ProposedRecord(
            round=state["round"],
            origin=state["origin"],
            fold=state["fold"],
            batches=tuple(map(tuple, state["batches"])),
            proposals=tuple(made),
            group=group,
        )
    )
    return update
