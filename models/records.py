"""What is kept of a call to a base model, and how it is found and added up."""

from operator import attrgetter
from typing import Literal

from pydantic import JsonValue

from ..records import Record
from ..store.kinds import Kind, fields

CallStatus = Literal["planned", "submitted", "answered", "failed"]


class Where(Record):
    """Where in a run a call belongs: it makes the tree of a trace."""

    round: int = 0
    node: str = ""
    """A node of the graph: measure, propose, screen, trial, ..."""
    subject: str = ""
    """What it is about, e.g. a proposal's id; empty when none."""


class CallRecord(Record):
    """One request to a base model, with everything needed to see it again."""

    id: str
    """From the request's key, the model's identity and `where`: a resumed run makes the same ids."""
    where: Where
    role: str
    model: str
    template: str
    parts: tuple[tuple[str, str], ...]
    """(name, rendered text) in order."""
    status: CallStatus
    raw: str = ""
    """The last raw reply."""
    answer: JsonValue = None
    """The validated answer; None when the call failed."""
    failure: str = ""
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    usd: float | None = 0.0
    """None: what it cost isn't known."""
    latency: float = 0.0
    """Seconds spent on the wire over all attempts."""
    attempts: int = 0
    """Requests sent; 0 when the answer came from the cache."""
    cached: bool = False
    tier: str = ""
    served: str = ""
    """The name that the server gave the model which answered."""


class Spent(Record):
    """What the calls of one role took together."""

    calls: int = 0
    """Records, the failed and the cached ones included."""
    failed: int = 0
    cached: int = 0
    attempts: int = 0
    """Requests sent, repairs and retries included."""
    input_tokens: int = 0
    cached_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0
    usd_known: float = 0.0
    """Dollars of the calls whose price is known."""
    unpriced: int = 0
    """Calls whose price is unknown."""
    latency: float = 0.0
    """Seconds on the wire, summed over calls that ran side by side."""

    @property
    def usd(self) -> float | None:
        """Dollars; None where the price of any call is unknown."""
        return None if self.unpriced else self.usd_known


def _failed(call: CallRecord) -> bool:
    return call.status == "failed"


def _unpriced(call: CallRecord) -> bool:
    return call.usd is None


def _answered(call: CallRecord) -> bool:
    return call.status == "answered"


CALLS: Kind[CallRecord] = Kind(
    "calls",
    CallRecord,
    attrgetter("id"),
    indexed={
        "round": attrgetter("where.round"),
        "node": attrgetter("where.node"),
        "subject": attrgetter("where.subject"),
        **fields("role", "status", "served"),
    },
    indexes=(("round", "node", "subject"), ("subject",), ("role", "status")),
    texts=("parts", "raw"),
    summed={
        "failed": _failed,
        "unpriced": _unpriced,
        "usd_known": attrgetter("usd"),
        **fields(
            "cached", "attempts", "input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens",
            "latency",
        ),
    },
    final=_answered,
)  # fmt: skip
"""An answered call is final: a resumed run that reads the answer from the cache leaves it, with what it cost."""
