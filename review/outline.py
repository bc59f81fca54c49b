"""A spec's outline as a table or as JSON."""

import json
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..spec import OutlineRow, visible


def show_outline(console: Console, rows: Sequence[OutlineRow], *, as_json: bool) -> None:
    """Print the sections, indented by level."""
    if as_json:
        console.print(json.dumps([row.model_dump(mode="json") for row in rows], indent=2), soft_wrap=True)
        return
    table = Table(box=None, show_edge=False, pad_edge=False)
    for column in ("id", "authority", "title", "words", "examples"):
        table.add_column(column, justify="right" if column in ("words", "examples") else "left")
    for row in rows:
        table.add_row(
            Text("  " * (row.level - 1) + visible(row.id)), row.authority or "–", Text(visible(row.title)),
            str(row.words), str(row.examples or "–"),
        )  # fmt: skip
    console.print(table)
    console.print(f"{len(rows)} sections")
