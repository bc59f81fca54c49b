"""`concord report`: one HTML file about a run."""

from pathlib import Path
from typing import Annotated

import typer

from ..review.html_report import report_html
from ..review.reading.group_view import group_view
from ..store.runs import write_atomically
from .console import output
from .reading import open_reading
from .storing import Store

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)


@app.command()
def report(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder or id.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where to write it (default: in the run's folder)."),
    ] = None,
    store: Store = None,
    group: Annotated[
        list[str] | None,
        typer.Option(
            "--group",
            help="Show beside everybody's what this group's people say: ATTRIBUTE=VALUE, or @FILE with a person's id a "
            "line. May be repeated.",
        ),
    ] = None,
) -> None:
    """Overview, sections and docket of a run in one HTML file: no script, nothing loaded from anywhere."""
    reading = open_reading(run, store)
    target = out or reading.folder.path / "report.html"
    view = group_view(reading, group) if group else None
    write_atomically(target, report_html(reading, view).encode("utf-8", "replace"))
    output().print(str(target), soft_wrap=True)
