"""`concord run`: launch a revision loop, or take one up again."""

from pathlib import Path
from typing import Annotated

import typer

from ..api.config import AgentModels, Limits, Preparation
from ..errors import OptionError
from ..graph.options import Options
from ..models.executors import HERE
from ..records import Record
from .options import On, flag, with_options
from .storing import Store

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)


def run(
    spec: Annotated[Path | None, typer.Option("--spec", help="The behaviour spec, a Markdown file.")] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Participant data: a CA-1 folder, or a JSON-lines file.")
    ] = None,
    *,
    models: AgentModels,
    options: Options,
    limits: Limits,
    people: Preparation,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of the run (default: under runs/).")
    ] = None,
    resume: Annotated[
        str | None, typer.Option("--resume", metavar="RUN", help="Go on with this run.")
    ] = None,
    store: Store = None,
    trust: Annotated[
        bool,
        typer.Option(
            "--trust",
            help="With --resume: use the servers, keys, files and code that a run from elsewhere names.",
        ),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Only say what it would take and what it could prove; needs no key."),
    ] = False,
    on: On = HERE,
    reader: Annotated[
        Path | None,
        typer.Option(
            "--reader", help="With --dry-run: a reader.json of `concord calibrate`, to plan by its noise."
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing while it works.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Revise a spec until it agrees with the people: rank, propose, screen, try, validate, adopt."""
    from .running import Manner, go_on, start

    if reader is not None and not dry_run:
        raise OptionError("--reader plans a run: give it with --dry-run")
    manner = Manner(dry_run=dry_run, quiet=quiet, as_json=as_json, on=on, reader=reader)
    if resume is not None:
        _nothing_else(out, models, options, people)
        go_on(
            resume,
            spec=spec,
            data=data,
            approve=options.approve,
            limits=limits,
            manner=manner,
            trust=trust,
            store=store,
        )
        return
    if spec is None or data is None:
        raise OptionError("a run needs --spec FILE, --data PATH and --model URI")
    start(
        spec,
        data,
        models=models,
        options=options,
        limits=limits,
        people=people,
        out=out,
        manner=manner,
        store=store,
    )


app.command(short_help="Revise a spec until it agrees with the people.")(with_options(run))


def _nothing_else(out: Path | None, *records: Record) -> None:
    """A resumed run keeps what it was launched with. Raises OptionError for an option that it would ignore."""
    given = [name for record in records for name in sorted(record.model_fields_set) if name != "approve"]
    if out is not None:
        given.append("out")
    if given:
        raise OptionError(
            f"{flag(given[0])} can't be given with --resume: a run keeps what it was launched with, only --approve "
            "and the budget (--max-calls, --max-tokens, --max-usd) may change"
        )
