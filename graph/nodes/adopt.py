"""adopt: the round's accepted edits come into the text, or a person is asked about the next one."""

from langgraph.runtime import Runtime
from langgraph.types import interrupt

from ...errors import EditError
from ..adopting import adopted, answered, no_longer_applies, strongest_first
from ..context import RunContext
from ..question import question, read_answer
from ..state import State, Update


async def adopt(state: State, runtime: Runtime[RunContext]) -> Update:
    """Without approval all at once. With it one question a turn of this node, which then comes again.

    LangGraph hands an answer to the question of the same position in a node: with one question there is no other
    that an answer could fall to, and the proposal's id is checked besides.
    """
    context, waiting = runtime.context, strongest_first(runtime.context, state)
    if not waiting:
        return {}
    if context.options.approve:
        try:
            asked = question(context, state, waiting)
        except EditError as problem:
            return no_longer_applies(context, state, waiting[0], problem)
        return answered(context, state, read_answer(asked.proposal, interrupt(asked.model_dump(mode="json"))))
    update: Update = {}
    for id_ in waiting:
        update |= adopted(context, {**state, **update}, id_)  # type: ignore[typeddict-item]  # an Update's fields are the state's
    return update
