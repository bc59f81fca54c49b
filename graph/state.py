"""The machine's state: ids, digests and counters. Everything else lives in the store."""

from typing import Annotated, Literal, TypedDict

from ..trials.ledger import AlphaLedger

StopReason = Literal[
    "no_improvement", "rounds", "max_trials", "nothing_to_try", "budget", "stopped_by_reviewer"
]


def union(old: list[str], new: list[str]) -> list[str]:
    """Both, each id once: a pass that repeats after a crash changes nothing."""
    return list(dict.fromkeys([*old, *new]))


def first_reason(old: "StopReason | None", new: "StopReason | None") -> "StopReason | None":
    """A reason to stop stays; branches that run side by side may each find one."""
    return old or new


class Shard(TypedDict):
    """What one propose branch is sent: cases by reference."""

    round: int
    current: str
    origin: Literal["batch", "conversation"]
    cases: list[list[str]]


class State(TypedDict):
    round: int
    current: str
    """Digest of the current spec text."""
    shards: list[Shard]
    proposed: Annotated[list[str], union]
    """Ids of all proposals made so far; the branches of propose add to it side by side."""
    considered: list[str]
    """Those that consolidate has looked at."""
    candidates: list[str]
    promoted: list[str]
    held: list[str]
    """Promoted, but another wording of the same change is tried first."""
    again: list[str]
    """Near misses: their trial ended undecided on the good side, and they get another."""
    positive: list[str]
    passed: list[str]
    ledger: dict[str, float]
    """An AlphaLedger's fields: plain values, so that a checkpoint needs no class to be read."""
    adopted: list[str]
    stale: int
    """Rounds since the last adoption."""
    stop: Annotated[StopReason | None, first_reason]


def first_state(spec: str, ledger: AlphaLedger) -> State:
    return State(
        round=0, current=spec, shards=[], proposed=[], considered=[], candidates=[], promoted=[], held=[], again=[], positive=[],
        passed=[], ledger=ledger.model_dump(), adopted=[], stale=0, stop=None,
    )  # fmt: skip
