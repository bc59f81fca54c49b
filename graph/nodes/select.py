"""select: what the proposers are shown this round."""

from langgraph.runtime import Runtime

from ..context import RunContext
from ..memory import attempts, shown_in_vain
from ..records import Batch, SelectionRecord
from ..selecting import audiences, batch_of, gaps, gaps_of
from ..state import State, Update


async def select(state: State, runtime: Runtime[RunContext]) -> Update:
    """Choose cases by the run's policy, each batch out of one fold, and keep what proposers are shown of earlier
    tries beside them. Where there are groups half of the calls go to theirs: where groups want the opposite everybody
    together has no gap."""
    context, options = runtime.context, runtime.context.options
    tested = [group for group in context.groups if group.tested]
    names = [group.name for group in tested]
    everybody = gaps(context, state)
    shown_to = {"": everybody} | {group.name: gaps_of(context, state, group) for group in tested}
    batches: list[Batch] = []
    singles: list[Batch] = []
    for (audience, many), (_, few) in zip(
        audiences(options.batches if options.proposers != "conversation" else 0, names),
        audiences(options.singles if options.proposers != "batch" else 0, names),
        strict=True,
    ):
        chosen = context.policies.selection.select(
            shown_to[audience], shown_in_vain(context, state), context.likeness, round_=state["round"], batches=many,
            size=options.batch_size, singles=few,
        )  # fmt: skip
        batches += [batch_of(context.folds, batch, audience) for batch in chosen.batches]
        singles += [batch_of(context.folds, [name], audience) for name in chosen.singles]
    themes = {gap.conversation: gap.theme for gap in everybody}
    shown = [name for batch in (*batches, *singles) for name in batch.cases if name in themes]
    context.records.selections.put(
        SelectionRecord(
            round=state["round"],
            text=state["current"],
            batches=tuple(batches),
            singles=tuple(singles),
            themes=tuple(sorted({themes[name] for name in shown})),
            tried=tuple(attempts(context, state)) if options.memory else (),
        )
    )
    return {}
