"""A run's estimate as a table or as JSON."""

from collections.abc import Iterable

from rich.console import Console

from ..graph.estimate import RunEstimate
from .printing import money, show_json, show_notice, table


def show_estimate(console: Console, found: RunEstimate, *, as_json: bool) -> None:
    """Print what a run would take."""
    if as_json:
        show_json(console, found.model_dump(mode="json"))
        return
    show_notice(console, found.notice)
    splits = ", ".join(f"{number:,} {name}" for name, number in found.conversations.items())
    console.print(f"Conversations: {splits}. Nothing was asked.\n")
    lines = found.lines
    shown = table("agent", "calls", "at most", "tokens a call", "dollars", "at most")
    for line in lines:
        shown.add_row(
            line.role.replace("_", " "), f"{line.least:,}", f"{line.most:,}", f"{line.input_tokens_a_call:,}",
            money(line.usd_least), money(line.usd_most),
        )  # fmt: skip
    shown.add_row(
        "all", f"{sum(line.least for line in lines):,}", f"{sum(line.most for line in lines):,}", "",
        money(_sum(line.usd_least for line in lines)), money(_sum(line.usd_most for line in lines)),
    )  # fmt: skip
    console.print(shown)
    console.print(
        "\nThe first figures are for one round that finds nothing, the second for every round full; racing, early "
        "stops and the cache take less."
    )


def _sum(dollars: Iterable[float | None]) -> float | None:
    """All together; None where one isn't known."""
    known = list(dollars)
    return None if None in known else sum(each or 0.0 for each in known)
