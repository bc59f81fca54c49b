"""conclude: the sealed test, once."""

from langgraph.runtime import Runtime

from ..concluding import concluded
from ..context import RunContext
from ..state import State, Update


async def conclude(state: State, runtime: Runtime[RunContext]) -> Update:
    """Open the test split, unless nothing changed or the run ended in a way that leaves it sealed."""
    await concluded(runtime.context, state)
    return {}
