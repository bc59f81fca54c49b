"""A spec's outline as a table or as JSON."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..spec import OutlineRow, Spec, visible
from .printing import show_json

OTHER_COLUMNS = 32
"""Width of authority, words and examples with the blanks between the columns."""
SHORTEST_TITLE = 16


def show_outline(console: Console, rows: Sequence[OutlineRow], *, as_json: bool) -> None:
    """Print the sections, indented by level."""
    if as_json:
        show_json(console, [row.model_dump(mode="json") for row in rows])
        return
    ids = ["  " * (row.level - 1) + visible(row.id) for row in rows]
    # Ids are there to be copied, so they are never cut: where both don't fit the titles are left out.
    titled = max(map(len, ids)) + OTHER_COLUMNS + SHORTEST_TITLE <= console.width
    columns = ("id", "authority", *(["title"] if titled else []), "words", "examples")
    table = Table(box=None, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for column in columns:
        number = column in ("words", "examples")
        table.add_column(
            column, justify="right" if number else "left", overflow="fold", no_wrap=column != "title"
        )
    for id, row in zip(ids, rows, strict=True):
        title = [Text(visible(row.title))] if titled else []
        table.add_row(Text(id), row.authority or "–", *title, str(row.words), str(row.examples or "–"))
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
