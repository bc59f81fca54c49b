"""Whether a run's calls fail so often that nothing it found would mean anything."""

from collections import Counter

from ..errors import RunFailing
from ..models.records import CallRecord
from ..records import Record
from .context import RunContext

ROLES = ("ranker", "relevance")
"""The agents on whose answers every figure rests."""
LEAST_CALLS = 20
"""Calls of an agent from which the share of failures is judged."""
RAW = 400
"""Characters of a raw reply that are shown."""


class FailureReport(Record):
    """How often an agent's calls failed, and the commonest way. `raw` is a model's text: escape it."""

    role: str
    calls: int
    failed: int
    commonest: str
    raw: str

    def __str__(self) -> str:
        shown = f" One raw reply: {self.raw!r}" if self.raw else " There was no reply."
        return (
            f"{self.failed:,} of {self.calls:,} calls of the {self.role} failed, most often with: "
            f"{self.commonest}.{shown}"
        )


def check_failures(context: RunContext) -> None:
    """Raises RunFailing where more of an agent's calls failed than the run's options allow."""
    if (report := worst_failures(context)) is not None:
        raise RunFailing(str(report))


def worst_failures(context: RunContext) -> FailureReport | None:
    """The report on the agent that fails too often, if one does."""
    for role in ROLES:
        calls = context.records.calls.count(role=role)
        failed = context.records.calls.count(role=role, status="failed")
        if calls >= LEAST_CALLS and failed > context.options.max_failed_share * calls:
            return failure_report(context, role)
    return None


def failure_report(context: RunContext, role: str) -> FailureReport:
    """The commonest failure of an agent with one raw reply."""
    failures = context.records.calls.find(role=role, status="failed")
    kinds = Counter(_kind(call) for call in failures)
    commonest = min(kinds, key=lambda kind: (-kinds[kind], kind))
    shown = next((call for call in failures if _kind(call) == commonest and call.raw), failures[0])
    return FailureReport(
        role=role,
        calls=context.records.calls.count(role=role),
        failed=len(failures),
        commonest=commonest,
        raw=shown.raw[:RAW],
    )


def _kind(call: CallRecord) -> str:
    return call.failure.strip().rstrip(".") or "no reason given"
