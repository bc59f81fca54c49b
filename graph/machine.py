"""The LangGraph machine on one screen.

measure → select → propose (side by side) → consolidate → screen → trial → validate → decide → adopt ⟲ → turn ┐
   ↑                                                                                                          │
   └────────────────────────── another round, while nothing says stop ────────────────────────────────────────┘→ conclude

adopt comes again while a person is asked about one accepted edit after another.
"""

from typing import Any, Literal

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.runtime import Runtime
from langgraph.types import Send

from . import nodes
from .adopting import strongest_first
from .context import RunContext
from .selecting import shards
from .state import State
from .step import branch, step

Machine = CompiledStateGraph[State, RunContext, State, State]


def build(checkpointer: BaseCheckpointSaver[Any] | None = None) -> Machine:
    """The compiled machine; what it works with is the context it is invoked with."""
    graph = StateGraph(State, context_schema=RunContext)
    graph.add_node("measure", step("measure", nodes.measure))
    graph.add_node("select", step("select", nodes.select))
    graph.add_node("propose", branch("propose", nodes.propose))
    graph.add_node("consolidate", step("consolidate", nodes.consolidate))
    graph.add_node("screen", step("screen", nodes.screen))
    graph.add_node("trial", step("trial", nodes.trial))
    graph.add_node("validate", step("validate", nodes.validate))
    graph.add_node("decide", step("decide", nodes.decide))
    graph.add_node("adopt", step("adopt", nodes.adopt))
    graph.add_node("turn", step("turn", nodes.turn))
    graph.add_node("conclude", step("conclude", nodes.conclude))

    graph.add_edge(START, "measure")
    graph.add_conditional_edges("measure", after_measure)
    graph.add_conditional_edges("select", fan_out, ["propose", "consolidate"])
    graph.add_edge("propose", "consolidate")
    graph.add_edge("consolidate", "screen")
    graph.add_edge("screen", "trial")
    graph.add_edge("trial", "validate")
    graph.add_edge("validate", "decide")
    graph.add_edge("decide", "adopt")
    graph.add_conditional_edges("adopt", after_adopt)
    graph.add_conditional_edges("turn", after_turn)
    graph.add_edge("conclude", END)
    return graph.compile(checkpointer=checkpointer)


async def after_measure(state: State) -> Literal["select", "turn"]:
    return "turn" if state["stop"] else "select"


async def fan_out(state: State, runtime: Runtime[RunContext]) -> list[Send] | str:
    """One branch a shard; with nothing selected the round goes on with what waits from the one before."""
    (chosen,) = runtime.context.records.selections.find(round=state["round"])
    return [Send("propose", shard) for shard in shards(chosen)] or "consolidate"


async def after_adopt(state: State, runtime: Runtime[RunContext]) -> Literal["adopt", "turn"]:
    ended = state["stop"] in ("stopped_by_reviewer", "ended_unopened")
    return "adopt" if strongest_first(runtime.context, state) and not ended else "turn"


async def after_turn(state: State) -> Literal["measure", "conclude"]:
    return "conclude" if state["stop"] else "measure"
