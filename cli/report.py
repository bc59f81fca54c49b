"""`concord report`: one HTML file about a run."""

from pathlib import Path
from typing import Annotated

import typer

from ..review.html_report import report_html
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
) -> None:
    """Overview, sections and docket of a run in one HTML file: no script, nothing loaded from anywhere."""
    reading = open_reading(run, store)
    target = out or reading.folder.path / "report.html"
    write_atomically(target, report_html(reading).encode("utf-8", "replace"))
    output().print(str(target), soft_wrap=True)
