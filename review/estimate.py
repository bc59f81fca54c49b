"""A run's estimate as a table or as JSON."""

from rich.console import Console
from rich.table import Table

from ..graph.estimate import RunEstimate


def show_estimate(console: Console, found: RunEstimate, *, as_json: bool) -> None:
    """Print what a run would take."""
    if as_json:
        console.print(found.model_dump_json(indent=2), soft_wrap=True)
        return
    if found.notice:
        console.print(f"Note: {found.notice}")
    splits = ", ".join(f"{name} {count}" for name, count in found.conversations.items())
    console.print(f"Conversations: {splits}. Nothing was asked.")
    table = Table(box=None, show_edge=False, pad_edge=False)
    for column in ("agent", "calls, at least", "at most", "input tokens a call", "usd, at least", "at most"):
        table.add_column(column, justify="left" if not table.columns else "right")
    for line in found.lines:
        table.add_row(
            line.role.replace("_", " "), f"{line.least:,}", f"{line.most:,}", f"{line.input_tokens_a_call:,}",
            f"{line.usd_least:.2f}", f"{line.usd_most:.2f}",
        )  # fmt: skip
    table.add_row(
        "all", f"{sum(line.least for line in found.lines):,}", f"{sum(line.most for line in found.lines):,}", "",
        f"{sum(line.usd_least for line in found.lines):.2f}", f"{sum(line.usd_most for line in found.lines):.2f}",
    )  # fmt: skip
    console.print(table)
    console.print(
        "At least: one round that finds nothing. At most: every round full. Racing and the cache take less."
    )
