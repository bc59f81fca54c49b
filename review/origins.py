"""The overlap of batch, single-conversation and human proposals, as a table and a share."""

from rich.console import Console

from ..graph.records import OriginsRecord
from .printing import count, points, table


def show_origins(console: Console, found: OriginsRecord) -> None:
    """Print the overlap of batch, single-conversation and human proposals."""
    shown = table("changes made by", "changes")
    for origin, number in found.changes.items():
        shown.add_row(origin, str(number))
    for origins, number in found.shared.items():
        shown.add_row(origins, str(number))
    console.print(shown)
    told = (
        ""
        if found.share is None
        else f"{points(found.share)} % of {count(found.total, 'change')} come from two origins or more."
    )
    left = f" {count(found.not_compared, 'pair')} were not compared." if found.not_compared else ""
    console.print(f"{told} {count(found.compared, 'pair')} were compared in both orders.{left}".strip())
