"""The LangGraph machine on one screen.

measure → select → propose (side by side) → consolidate → screen → trial → validate → decide → adopt ┐
   ↑                                                                                                 │
   └───────────── another round, while nothing says stop ────────────────────────────────────────────┘→ conclude
"""

from itertools import pairwise
from typing import Any

from langgraph.checkpoint.base import BaseCheckpointSaver
from langgraph.graph import END, START, StateGraph
from langgraph.graph.state import CompiledStateGraph
from langgraph.types import Send

from .nodes import Nodes
from .state import State

Machine = CompiledStateGraph[Any, Any, Any, Any]


def build(nodes: Nodes, checkpointer: BaseCheckpointSaver[Any] | None = None) -> Machine:
    """The compiled machine over one workshop's nodes."""
    graph = StateGraph(State)
    graph.add_node("measure", nodes.measure)
    graph.add_node("select", nodes.select)
    graph.add_node("propose", nodes.propose)
    graph.add_node("consolidate", nodes.consolidate)
    graph.add_node("screen", nodes.screen)
    graph.add_node("trial", nodes.trial)
    graph.add_node("validate", nodes.validate)
    graph.add_node("decide", nodes.decide)
    graph.add_node("adopt", nodes.adopt)
    graph.add_node("conclude", nodes.conclude)

    graph.add_edge(START, "measure")
    graph.add_conditional_edges("measure", _measured, ["select", "conclude"])
    graph.add_conditional_edges("select", _fan_out, ["propose", "consolidate"])
    graph.add_edge("propose", "consolidate")
    for before, after in pairwise(_ROW):
        graph.add_edge(before, after)
    graph.add_conditional_edges("adopt", _turn, ["measure", "conclude"])
    graph.add_edge("conclude", END)
    return graph.compile(checkpointer=checkpointer)


_ROW = ("consolidate", "screen", "trial", "validate", "decide", "adopt")


def _measured(state: State) -> str:
    return "conclude" if state["stop"] else "select"


def _fan_out(state: State) -> list[Send] | str:
    """One branch a shard; with nothing selected the round goes on with what waits from the one before."""
    return [Send("propose", shard) for shard in state["shards"]] or "consolidate"


def _turn(state: State) -> str:
    return "conclude" if state["stop"] else "measure"
