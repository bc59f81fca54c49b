"""Small pieces of HTML for a notebook: everything that comes from data is escaped."""

import html
from collections.abc import Iterable, Sequence

from ..spec import visible


def escaped(text: object) -> str:
    """`text` for HTML: no tag, no entity, and nothing unseen that could turn a line around."""
    return html.escape(visible(str(text)))


def heading(text: object) -> str:
    return f"<h4>{escaped(text)}</h4>"


def paragraph(text: object) -> str:
    return f"<p>{escaped(text)}</p>" if str(text).strip() else ""


def grid(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A table: the first column to the left, the rest to the right."""
    right = ' style="text-align: right"'
    head = "".join(f"<th{right if place else ''}>{escaped(name)}</th>" for place, name in enumerate(columns))
    body = "".join(
        "<tr>" + "".join(f"<td{right if place else ''}>{escaped(cell)}</td>" for place, cell in enumerate(row)) + "</tr>"
        for row in rows
    )  # fmt: skip
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
