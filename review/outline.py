"""A spec's outline as a table or as JSON."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..spec import OutlineRow, Spec, visible
from .printing import show_json


def show_outline(console: Console, rows: Sequence[OutlineRow], *, as_json: bool) -> None:
    """Print the sections, indented by level."""
    if as_json:
        show_json(console, [row.model_dump(mode="json") for row in rows])
        return
    table = Table(box=None, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in ("id", "authority", "title", "words", "examples"):
        number = column in ("words", "examples")
        # Ids are there to be copied: titles give way to them.
        table.add_column(
            column,
            justify="right" if number else "left",
            overflow="ellipsis" if column == "title" else "fold",
        )
    for row in rows:
        table.add_row(
            Text("  " * (row.level - 1) + visible(row.id), no_wrap=True, overflow="fold"), row.authority or "–", Text(visible(row.title)),
            str(row.words), str(row.examples or "–"),
        )  # fmt: skip
    console.print(table)
    console.print(f"{len(rows)} sections")


def show_section(console: Console, spec: Spec, id: str, *, as_json: bool) -> None:
    """Print one section's heading and own text. Raises SpecError."""
    section = spec.section(id)
    if as_json:
        told = section.model_dump(mode="json", include={"id", "title", "level", "authority"})
        show_json(console, told | {"ancestors": list(spec.ancestors(id)), "text": spec.source_of(id)})
    else:
        console.print(visible(spec.source_of(id)).rstrip("\n"), soft_wrap=True)
