"""A run's plan as a table or as JSON."""

from collections.abc import Iterable

from rich.console import Console
from rich.text import Text

from .plan import Plan
from .printing import show_json, show_notice, table


def show_plan(console: Console, found: Plan, *, as_json: bool) -> None:
    """Print what a run would take, or still takes, and what it could prove."""
    if as_json:
        show_json(console, found.model_dump(mode="json"))
        return
    show_notice(console, found.notice)
    splits = ", ".join(f"{number:,} {name}" for name, number in found.conversations.items())
    console.print(f"Conversations: {splits}. Nothing was asked.")
    for warning in found.warnings:
        console.print(Text(f"Warning: {warning}.", style="yellow"))
    lines = found.lines
    resumed = any(line.done for line in lines)
    console.print("\nWhat is left, calls made already taken off:\n" if resumed else "")
    made = ["made"] if resumed else []
    shown = table(
        "agent", *made, "calls at least", "typical", "at most", "tokens a call", "dollars typical", "at most"
    )
    for line in lines:
        shown.add_row(
            line.role.replace("_", " "), *([f"{line.done:,}"] if resumed else []), f"{line.least:,}",
            f"{line.typical:,}", f"{line.most:,}", f"{line.input_tokens_a_call:,}", _usd([line.usd_typical]),
            _usd([line.usd_most]),
        )  # fmt: skip
    shown.add_row(
        "all", *([f"{sum(line.done for line in lines):,}"] if resumed else []),
        f"{sum(line.least for line in lines):,}", f"{sum(line.typical for line in lines):,}",
        f"{sum(line.most for line in lines):,}", "", _usd(line.usd_typical for line in lines),
        _usd(line.usd_most for line in lines),
    )  # fmt: skip
    console.print(shown)
    typical, most = (
        sum(getattr(line, name) for line in lines) for name in ("minutes_typical", "minutes_most")
    )
    console.print(f"\nTime: typically {_time(typical)}, at most {_time(most)} ({found.assumed}).")
    console.print(
        "At least: one round that finds nothing. At most: every round full. Racing, early stops and the cache take less."
    )
    for sentence in found.provable:
        console.print(sentence)


def _usd(amounts: Iterable[float | None]) -> str:
    known = list(amounts)
    return "unknown" if None in known else f"{sum(amount or 0.0 for amount in known):.2f}"


def _time(minutes: float) -> str:
    if minutes < 1:
        return "under a minute"
    hours, rest = divmod(round(minutes), 60)
    return f"{hours} h {rest} min" if hours else f"{rest} min"
