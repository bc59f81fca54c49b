"""`concord validate`: what people's words say to a proposal, and nothing else."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from ..api.config import AgentModels, Limits
from ..graph.options import Options
from .options import Only, with_options

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)
ASKING = Only("seed", "split_seed", "block", "justifications", "elsewhere", "bridge", "authority")


def validate(
    proposal: Annotated[
        Path, typer.Option("--proposal", help="YAML, an edited copy of the spec, or a unified diff.")
    ],
    spec: Annotated[Path, typer.Option("--spec", help="The behaviour spec, a Markdown file.")],
    data: Annotated[
        Path, typer.Option("--data", help="Participant data: a CA-1 folder, or a JSON-lines file.")
    ],
    *,
    models: AgentModels,
    options: Annotated[Options, ASKING],
    limits: Limits,
    intent: Annotated[
        list[str] | None,
        typer.Option(
            "--intent", help="For an edited copy or a diff: what a change is to bring about, as in propose."
        ),
    ] = None,
    author: Annotated[str, typer.Option("--author", help="Whose proposal it is.")] = "",
    out: Annotated[
        Path | None, typer.Option("--out", metavar="DIR", help="Folder of its run (default: under runs/).")
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
    """Ask what people's justifications say to proposals. No text is tried, and no alpha is spent."""
    from .proposing import Task, carry_out

    task = Task(
        file=proposal, spec=spec, data=data, intents=tuple(intent or ()), author=author, out=out, validate_only=True,
        labels=labels, label_sheet=label_sheet,
    )  # fmt: skip
    asyncio.run(carry_out(task, models, options, limits, quiet=quiet, as_json=as_json))


app.command(short_help="What people's words say to a proposal.")(with_options(validate))
