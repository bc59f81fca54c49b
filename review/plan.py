"""What a run would take and what it could prove, before anything is asked."""

from pydantic import JsonValue

from ..graph.estimate import Line, RunEstimate, estimate
from ..graph.workshop import Setup
from ..models.protocol import Role
from ..records import Record

FEW = 15
"""Selection conversations below which hardly any effect can be proven."""
SECONDS_A_CALL = {"native": 0.0}
"""Latency of a call by how a model answers; what isn't listed takes `WIRE_SECONDS`."""
WIRE_SECONDS = 3.0
"""Latency of a usual answer over a wire."""
_MINUTE = 60.0


class PlanLine(Record):
    """One agent's share, in calls."""

    role: Role
    done: int
    """Made by this run already (a run that is taken up again)."""
    least: int
    typical: int
    most: int
    input_tokens_a_call: int
    usd_least: float | None
    """None: the base model's price isn't known."""
    usd_typical: float | None
    usd_most: float | None
    minutes_typical: float
    minutes_most: float


class Plan(Record):
    """A run before it begins, or what is left of it. Calls that were made already are taken off."""

    conversations: dict[str, int]
    lines: tuple[PlanLine, ...]
    provable: tuple[str, ...] = ()
    """What effects this data can prove, a sentence each."""
    warnings: tuple[str, ...] = ()
    assumed: str = ""
    """What the times rest on."""
    notice: str = ""
