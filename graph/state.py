"""The machine's state: small plain values. Everything else lives in the run's records."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict, get_args

from ..trials.outcomes import EvidenceLedger
from .docket import Docket

StopReason = Literal[
    "no_improvement", "rounds", "max_trials", "nothing_to_try", "budget", "failing", "stopped_by_reviewer",
    "ended_unopened", "person",
]  # fmt: skip
"""no_improvement: so many rounds without an adoption. rounds: the most that were asked for. max_trials: alpha is
used up. nothing_to_try: nothing was selected and nothing waits. budget: calls, tokens or money are used up.
failing: too many of the ranker's calls fail. stopped_by_reviewer: a person ended the run, and the test split is
opened. ended_unopened: a person ended it, and the test split stays sealed. person: no loop ran, a person's proposals
were tested."""
STOP_REASONS: tuple[StopReason, ...] = get_args(StopReason)
UNOPENED: tuple[StopReason, ...] = ("failing", "ended_unopened", "person")
"""Ends that leave the test split sealed."""


def first_reason(old: StopReason | None, new: StopReason | None) -> StopReason | None:
    """A reason to stop stays; branches that run side by side may each find one."""
    return old or new


class Shard(TypedDict):
    """What one branch of propose is sent: cases by reference, all of one fold."""

    round: int
    current: str
    origin: Literal["batch", "conversation"]
    fold: int
    batches: list[list[str]]
    """Conversation ids, one list a call."""
    group: NotRequired[str]
    """Whose people are shown; everybody where it isn't there."""


class State(TypedDict):
    round: int
    current: str
    """Digest of the current text: everything adopted."""
    proven: str
    """Digest of the text that holds the proven edits alone."""
    ledger: dict[str, Any]
    """An EvidenceLedger's fields."""
    docket: Docket
    overlays: NotRequired[dict[str, list[str]]]
    """Group to the proposals in its overlay, in the order of adoption."""
    stop: Annotated[StopReason | None, first_reason]


Update = dict[str, Any]
"""What a node changes of the state."""


def first_state(spec: str, ledger: EvidenceLedger) -> State:
    return State(
        round=0, current=spec, proven=spec, ledger=ledger.model_dump(mode="json"), docket={}, stop=None
    )
