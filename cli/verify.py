"""`concord verify`: whether what a run says holds."""

from pathlib import Path
from typing import Annotated

import typer

from ..api.runs import read_summary
from ..api.session import config_of
from ..api.source import Source
from ..api.storing import found_run
from ..api.unasked import without_asking
from ..errors import RunError
from ..graph.context import RunContext
from ..graph.influence import influences
from ..graph.run_records import RunRecords
from ..review.printing import show_json, table
from ..review.verify import verify as checks_of
from ..spec import visible
from .console import output
from .exits import DOES_NOT_HOLD
from .storing import Store

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)


@app.command()
def verify(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder or id.")],
    spec: Annotated[
        Path | None, typer.Option("--spec", help="The spec, where it lies elsewhere now.")
    ] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="The data, where it lies elsewhere now.")
    ] = None,
    store: Store = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Work out digests and figures again from a finished run's records, and say whether they hold.

    Asks no base model, opens no server, and reads no key. Exit code 4 where something does not hold.
    """
    folder = found_run(run, store)
    config = config_of(folder)
    summary = read_summary(folder)
    at_spec, at_data = spec or config.spec, data or config.data
    if at_spec is None or at_data is None:
        raise RunError(f"{folder.id} was launched with objects out of memory: name --spec and --data")
    source = Source.read(at_spec, at_data, config.people)
    records = RunRecords.open(folder.path)
    try:
        context = RunContext.of(
            without_asking(source.spec, source.panel, records, config.options, summary.provenance.models)
        )
        checks = checks_of(context, summary, folder)
        hanging = influences(context)
    finally:
        records.close()
    holds = all(check.holds is not False for check in checks)
    if as_json:
        show_json(
            output(),
            {
                "run": folder.id, "holds": holds, "checks": [each.model_dump() for each in checks],
                "influence": [each.model_dump() for each in hanging],
            },
        )  # fmt: skip
    else:
        shown = table("checked", "holds", "found")
        for check in checks:
            word = {True: "yes", False: "NO", None: "–"}[check.holds]
            shown.add_row(check.name, word, check.note)
        output().print(shown)
        for each in hanging:
            output().print(visible(f"Adopted {each.proposal}: {each.told}"), markup=False, soft_wrap=True)
        output().print("Everything holds." if holds else "Something does not hold: see NO above.")
    if not holds:
        raise typer.Exit(DOES_NOT_HOLD)
