"""measure: where the current text stands with the people."""

from langgraph.runtime import Runtime

from ...models.records import Where
from ..context import RunContext
from ..measuring import measure_text
from ..state import State, Update


async def measure(state: State, runtime: Runtime[RunContext]) -> Update:
    """Rank every open conversation under the current text; what was asked before comes out of the cache.

    The first round grades the relevance of all sections before.
    """
    context, round_ = runtime.context, state["round"] + 1
    spec = context.texts.spec(state["current"])
    if round_ == 1:
        await context.scope.grade_all(spec, Where(round=round_, node="measure"))
    context.records.measures.put(await measure_text(context, state["current"], round_, state.get("overlays")))
    return {"round": round_}
