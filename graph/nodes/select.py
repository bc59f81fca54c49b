"""select: what the proposers are shown this round."""

from langgraph.runtime import Runtime

from ..context import RunContext
from ..memory import attempts, shown_in_vain
from ..records import SelectionRecord
from ..selecting import batch_of, gaps
from ..state import State, Update


async def select(state: State, runtime: Runtime[RunContext]) -> Update:
    """Choose cases by the run's policy, each batch out of one fold, and keep what proposers are shown of earlier
    tries beside them."""
    context, options = runtime.context, runtime.context.options
    found = gaps(context, state)
    chosen = context.policies.selection.select(
        found,
        shown_in_vain(context, state),
        context.likeness,
        round_=state["round"],
        batches=options.batches if options.proposers != "conversation" else 0,
        size=options.batch_size,
        singles=options.singles if options.proposers != "batch" else 0,
    )
    themes = {gap.conversation: gap.theme for gap in found}
    shown = [*(name for batch in chosen.batches for name in batch), *chosen.singles]
    context.records.selections.put(
        SelectionRecord(
            round=state["round"],
            text=state["current"],
            batches=tuple(batch_of(context.folds, batch) for batch in chosen.batches),
            singles=tuple(batch_of(context.folds, [name]) for name in chosen.singles),
            themes=tuple(sorted({themes[name] for name in shown})),
            tried=tuple(attempts(context, state)) if options.memory else (),
        )
    )
    return {}
