"""What was decided on a proposal, by the loop or by a reviewer."""

from collections.abc import Mapping
from typing import Literal

from pydantic import JsonValue

from ..records import Record, content_id

Reason = Literal[
    "anchor", "empty", "duplicate", "leak", "screened", "no_evidence", "harmful", "refuted", "silent",
    "conflict", "budget",
]  # fmt: skip


class Decision(Record):
    """The loop's decision on a proposal, or a reviewer's."""

    proposal: str
    round: int
    by: str
    """`loop` or a reviewer's name."""
    decision: Literal["adopted", "rejected", "adopt", "defer", "set_aside"]
    reason: Reason | None = None
    note: str = ""
    evidence: Mapping[str, JsonValue] = {}

    @property
    def id(self) -> str:
        return content_id("decision", self.proposal, self.round, self.by, self.decision)
