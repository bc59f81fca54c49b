"""The machine: plain functions over one context, and no state between nodes but the state."""

import inspect

import pytest

from concord.graph import nodes
from concord.graph.machine import build
from concord.graph.state import STOP_REASONS, UNOPENED, State, first_reason

NAMES = sorted(nodes.__all__)


@pytest.mark.parametrize("name", NAMES)
def test_a_node_is_a_plain_function_of_state_and_runtime(name: str) -> None:
    node = getattr(nodes, name)
    assert inspect.iscoroutinefunction(node)
    assert list(inspect.signature(node).parameters) == ["state", "runtime"]


@pytest.mark.parametrize("name", NAMES)
def test_a_node_fits_on_one_screen(name: str) -> None:
    assert len(inspect.getsource(getattr(nodes, name)).splitlines()) <= 45


def test_the_machine_has_every_node_and_ends_after_conclude() -> None:
    drawn = build().get_graph()
    assert set(NAMES) <= set(drawn.nodes)
    after = {edge.target for edge in drawn.edges if edge.source == "conclude"}
    assert after == {"__end__"}
    assert {edge.target for edge in drawn.edges if edge.source == "adopt"} == {"adopt", "turn"}
    assert {edge.target for edge in drawn.edges if edge.source == "turn"} == {"measure", "conclude"}


def test_the_state_is_small() -> None:
    assert set(State.__annotations__) == {
        "round",
        "current",
        "proven",
        "ledger",
        "docket",
        "overlays",
        "stop",
    }


def test_a_reason_to_stop_stays() -> None:
    assert first_reason(None, "budget") == "budget"
    assert first_reason("rounds", "budget") == "rounds"
    assert set(UNOPENED) <= set(STOP_REASONS)
