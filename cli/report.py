"""`concord report`: one HTML file about a run."""

from pathlib import Path
from typing import Annotated

import typer

from .app import app, output


@app.command("report", short_help="One HTML file about a run, offline and printable.")
def report_command(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder or id.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where to write it (default: in the run's folder)."),
    ] = None,
) -> None:
    """Overview, sections and docket of a run in one HTML file: no script, nothing loaded from anywhere."""
    from ..review.html_report import report_html
    from ..store.runs import write_atomically
    from .home import open_reading

    reading = open_reading(run)
    target = out or reading.folder.path / "report.html"
    write_atomically(target, report_html(reading).encode("utf-8", "replace"))
    output().print(str(target), soft_wrap=True)
