"""What surrounds every node: progress, the budget's end, too many failures, and the store on disk."""

from collections.abc import Awaitable
from typing import Protocol, TypeVar

from langgraph.runtime import Runtime

from ..errors import BudgetEnded
from .context import RunContext
from .failing import check_failures
from .state import Shard, State, Update

S = TypeVar("S", State, Shard)
S_contra = TypeVar("S_contra", State, Shard, contravariant=True)


class Node(Protocol[S_contra]):
    """A node: a plain function of a state and what the run works with."""

    def __call__(self, state: S_contra, runtime: Runtime[RunContext]) -> Awaitable[Update]: ...


def step(name: str, node: Node[State]) -> Node[State]:
    """A node as the machine runs it.

    Where the budget ends in it, the run stops for that. When it ends, its records are on disk before LangGraph
    writes the checkpoint that rests on them. Raises RunFailing where too many calls fail.
    """

    async def run(state: State, runtime: Runtime[RunContext]) -> Update:
        return await _surrounded(name, node, state, runtime)

    return run


def branch(name: str, node: Node[Shard]) -> Node[Shard]:
    """The same for a node whose branches run side by side."""

    async def run(state: Shard, runtime: Runtime[RunContext]) -> Update:
        return await _surrounded(name, node, state, runtime)

    return run


async def _surrounded(name: str, node: Node[S], state: S, runtime: Runtime[RunContext]) -> Update:
    context = runtime.context
    context.meter.begins(state["round"] + (name == "measure"), name)
    try:
        update = await node(state, runtime)
        check_failures(context)
    except BudgetEnded as ended:
        context.meter.ends(str(ended))
        return {"stop": "budget"}
    finally:
        context.records.flush()
    context.meter.ends()
    return update
