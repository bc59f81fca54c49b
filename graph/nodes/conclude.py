"""conclude: the sealed test, once."""

from langgraph.runtime import Runtime

from ..concluding import concluded
from ..context import RunContext
from ..origins import compared_origins
from ..rubric_agreement import rubrics_concluded
from ..state import State, Update


async def conclude(state: State, runtime: Runtime[RunContext]) -> Update:
    """Open the test split, unless nothing changed or the run ended in a way that leaves it sealed.

    Afterwards, with what is left of the budget, where the text stands by people's rubric scores, and how far the
    origins of the proposals came to the same changes.
    """
    await concluded(runtime.context, state)
    await rubrics_concluded(runtime.context, state["current"], state["round"])
    await compared_origins(runtime.context, state["docket"], state["round"])
    return {}
