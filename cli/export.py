"""`concord export`: the files to publish a revision with."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from ..review.publish import export_run
from .console import output
from .reading import open_reading
from .storing import Store

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)


@app.command()
def export(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder or id.")],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder (default: `export` in the run's folder)."),
    ] = None,
    traces: Annotated[
        Literal["inspect"] | None, typer.Option(help="Write the calls as an Inspect .eval file too.")
    ] = None,
    otlp: Annotated[
        str | None,
        typer.Option(
            metavar="URL", help="Send the calls as OpenTelemetry spans to this collector (extra `otel`)."
        ),
    ] = None,
    store: Store = None,
) -> None:
    """The revised spec with the reviewers' decisions applied, the patch against the old file's name, a changelog, the
    docket as JSON and CSV, and the rankings in CA-1's layout."""
    reading = open_reading(run, store)
    folder = out or reading.folder.path / "export"
    written = export_run(reading, folder)
    if traces == "inspect":
        from ..review.traces.inspect_log import write_eval_log

        written.append(write_eval_log(reading, folder / f"{reading.id}.eval"))
    for path in written:
        output().print(str(path), soft_wrap=True)
    if otlp is not None:
        from ..review.traces.otlp import send_spans

        sent = send_spans(reading, otlp)
        output().print(f"{sent:,} spans sent to {otlp}", soft_wrap=True)
