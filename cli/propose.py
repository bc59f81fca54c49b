"""`concord propose`: a person's own proposals, tested as the loop tests its own."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from ..api.config import AgentModels, Limits
from ..graph.options import Options
from .options import Only, with_options

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)
TESTING = Only(
    "alpha", "q", "evidence", "max_trials", "seed", "split_seed", "block", "context", "draws", "trial_items",
    "regression_items", "justifications", "elsewhere", "conflicts", "bridge", "authority", "adopt_silent", "rule",
)  # fmt: skip


def propose(
    proposal: Annotated[
        Path, typer.Option("--proposal", help="YAML, an edited copy of the spec, or a unified diff.")
    ],
    spec: Annotated[Path | None, typer.Option("--spec", help="The behaviour spec, a Markdown file.")] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Participant data: a CA-1 folder, or a JSON-lines file.")
    ] = None,
    *,
    models: AgentModels,
    options: Annotated[Options, TESTING],
    limits: Limits,
    intent: Annotated[
        list[str] | None,
        typer.Option(
            "--intent",
            help="For an edited copy or a diff: what a change is to bring about, SECTION=SENTENCE where several sections changed. May be given again.",
        ),
    ] = None,
    author: Annotated[str, typer.Option("--author", help="Whose proposal it is.")] = "",
    into: Annotated[
        str | None,
        typer.Option(
            "--into", metavar="RUN", help="Put it on this run's docket, paid for by that run's alpha."
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="Folder of its own run (default: under runs/)."),
    ] = None,
    labels: Annotated[
        Path | None,
        typer.Option(
            "--labels",
            metavar="FILE",
            help="A label sheet that a person filled in: corrects the support share.",
        ),
    ] = None,
    label_sheet: Annotated[
        Path | None,
        typer.Option(
            "--label-sheet",
            metavar="FILE",
            help="Write the justifications to label there, drawn at random, each with an open stance.",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing while it works.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Test a person's own proposals: trial, people's words, kind, and which parts carry the effect."""
    from .proposing import Task, carry_out

    task = Task(
        file=proposal,
        spec=spec,
        data=data,
        intents=tuple(intent or ()),
        author=author,
        into=into,
        out=out,
        labels=labels,
        label_sheet=label_sheet,
    )
    asyncio.run(carry_out(task, models, options, limits, quiet=quiet, as_json=as_json))


app.command(short_help="Test a person's own proposals.")(with_options(propose))
