"""`concord verify`: whether what a run says holds."""

from pathlib import Path
from typing import Annotated

import typer
from pydantic import ValidationError

from ..api.session import config_of
from ..api.source import Source
from ..api.storing import found_run
from ..api.unasked import without_asking
from ..errors import RunError
from ..graph.context import RunContext
from ..graph.run_records import RunRecords
from ..graph.summary import Summary
from ..review.influence import Influence, influences
from ..review.printing import points, show_json, table
from ..review.verify import verify as checks_of
from ..store.runs import RunFolder
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
    summary = _summary(folder)
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
            output().print(_hangs_on(each))
        output().print("Everything holds." if holds else "Something does not hold: see NO above.")
    if not holds:
        raise typer.Exit(DOES_NOT_HOLD)


def _hangs_on(one: Influence) -> str:
    first = one.strongest[0]
    turned = (
        f"without the {one.turned_by} who matter most it would be gone"
        if one.turned_by
        else "no number of people left out turns it"
    )
    return (
        f"Adopted {one.proposal}: {points(one.difference, sign=True)} points by {one.people} people; without "
        f"{first.participant} {points(first.without, sign=True)}; {turned}."
    )


def _summary(folder: RunFolder) -> Summary:
    try:
        return Summary.model_validate_json(folder.summary.read_bytes())
    except OSError as problem:
        raise RunError(
            f"{folder.summary}: can't be read ({problem.strerror}); only a finished run has one"
        ) from None
    except ValidationError as problem:
        wrong = problem.errors()[0]
        raise RunError(
            f"{folder.summary}: not a summary of this version ({'.'.join(map(str, wrong['loc']))}: {wrong['msg']})"
        ) from None
