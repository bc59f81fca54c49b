"""What the calls of a run took, added up by role."""

from collections.abc import Iterable

from .records import CallRecord, Spent

_SUMMED = ("attempts", "input_tokens", "cached_tokens", "output_tokens", "reasoning_tokens", "usd", "latency")


def add_up(records: Iterable[CallRecord]) -> dict[str, Spent]:
    """Role to what its calls took, roles in alphabetical order."""
    sums: dict[str, dict[str, float]] = {}
    for record in records:
        row = sums.setdefault(record.role, dict.fromkeys((*_SUMMED, "calls", "failed", "cached"), 0))
        row["calls"] += 1
        row["failed"] += record.status == "failed"
        row["cached"] += record.cached
        for field in _SUMMED:
            row[field] += getattr(record, field)
    return {role: Spent.model_validate(sums[role]) for role in sorted(sums)}
