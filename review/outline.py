"""A spec's outline as a table or as JSON."""

from collections.abc import Iterator, Sequence

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from ..spec import OutlineRow, Spec, SpecProblem, visible
from .printing import show_json

OTHER_COLUMNS = 32
"""Width of authority, words and examples with the blanks between the columns."""
SHORTEST_TITLE = 16
MOST_PROBLEMS = 20
_PLAIN = Console(color_system=None)


def show_outline(console: Console, rows: Sequence[OutlineRow], *, as_json: bool) -> None:
    """Print the sections, indented by level."""
    if as_json:
        show_json(console, [row.model_dump(mode="json") for row in rows])
        return
    ids = ["  " * (row.level - 1) + visible(row.id) for row in rows]
    # Ids are there to be copied, so they are never cut: where both don't fit the titles are left out.
    titled = max(map(len, ids)) + OTHER_COLUMNS + SHORTEST_TITLE <= console.width
    columns = ("id", "authority", *(["title"] if titled else []), "words", "examples")
    cells = [
        (
            id_,
            row.authority or "–",
            *([visible(row.title)] if titled else []),
            f"{row.words}",
            f"{row.examples or '–'}",
        )
        for id_, row in zip(ids, rows, strict=True)
    ]
    # One print of plain lines: a table object takes minutes for a spec of 50,000 sections.
    widths = [max(map(cell_len, column)) for column in zip(columns, *cells, strict=True)]
    room = console.width - sum(widths) - 2 * (len(widths) - 1)
    if titled and room < 0:
        widths[2] = max(SHORTEST_TITLE, widths[2] + room)
    lines = [
        line
        for number, row in enumerate([columns, *cells])
        for line in _lines(row, widths, titled=titled, bold=not number)
    ]
    console.print(Text("\n").join(lines), soft_wrap=True)
    console.print(f"{len(rows)} sections")


def show_problems(console: Console, problems: Sequence[SpecProblem]) -> None:
    """Print what the parser could not take as it was probably meant, a line each."""
    for problem in problems[:MOST_PROBLEMS]:
        console.print(Text(visible(str(problem)), style="yellow"), soft_wrap=True)
    if len(problems) > MOST_PROBLEMS:
        console.print(f"and {len(problems) - MOST_PROBLEMS:,} more like these")


def _lines(cells: Sequence[str], widths: Sequence[int], *, titled: bool, bold: bool) -> Iterator[Text]:
    """One row; a title that is too long goes on below itself."""
    title = _folded(cells[2], widths[2]) if titled else [""]
    for number, piece in enumerate(title):
        shown = [*cells[:2], piece, *cells[3:]] if titled else list(cells)
        if number:
            shown = [piece if place == 2 else "" for place in range(len(cells))]
        numbers = len(cells) - 2
        padded = [
            " " * (width - cell_len(cell)) + cell
            if place >= numbers
            else cell + " " * (width - cell_len(cell))
            for place, (cell, width) in enumerate(zip(shown, widths, strict=True))
        ]
        yield Text("  ".join(padded).rstrip(), style="bold" if bold else "")


def _folded(title: str, width: int) -> list[str]:
    if cell_len(title) <= width:
        return [title]
    return [line.plain.rstrip() for line in Text(title).wrap(_PLAIN, width)] or [""]


def show_section(console: Console, spec: Spec, id: str, *, as_json: bool) -> None:
    """Print one section's heading and own text. Raises SpecError."""
    section = spec.section(id)
    if as_json:
        told = section.model_dump(mode="json", include={"id", "title", "level", "authority"})
        show_json(console, told | {"ancestors": list(spec.ancestors(id)), "text": spec.source_of(id)})
    else:
        console.print(visible(spec.source_of(id)).rstrip("\n"), soft_wrap=True)
