"""`concord agreement`: how far a ranker under a spec agrees with the people."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from ..api.config import MEASURING, AgentModels, Limits, RunConfig
from ..api.grouping import grouped
from ..api.session import RunSession, open_run
from ..api.source import Source
from ..graph.options import Options
from ..review.agreement import Agreement, agreement, show_agreement
from .console import messages, output
from .options import Only, with_options
from .progress import Display, tracked

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)


def agreement_command(
    spec: Annotated[Path, typer.Option("--spec", help="The behaviour spec.")],
    data: Annotated[Path, typer.Option("--data", help="Participant data.")],
    *,
    models: Annotated[AgentModels, Only("model", "ranker_model", "relevance_model", "config")],
    options: Annotated[Options, Only("block", "context", "seed", "split_seed", "min_group")],
    limits: Limits,
    group: Annotated[
        list[str] | None,
        typer.Option(
            "--group",
            help="Only this group's people: ATTRIBUTE=VALUE, such as country_of_residence=Kenya, or @FILE with a "
            "person's id a line. An ATTRIBUTE alone, such as age: agreement by its groups. May be repeated.",
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing while it works.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """How far a ranker under this spec agrees with the people, overall and by section.

    Open conversations only: the sealed test split stays shut.
    """
    lens = tuple(entry for entry in group or () if "=" in entry or entry.startswith("@"))
    keys = [entry for entry in group or () if entry not in lens]
    config = RunConfig(
        spec=spec,
        data=data,
        config=models.config,
        options=grouped(options.model_copy(update={"group": lens})),
        models=models.of(MEASURING),
        limits=limits,
    )
    display = tracked(messages(), quiet=quiet)
    session = open_run(Source.read(spec, data), config, tracker=display.tracker, keep=False)
    try:
        found = asyncio.run(_measured(session, display, keys))
    finally:
        session.close()
    show_agreement(output(), found, as_json=as_json)


async def _measured(session: RunSession, display: Display, groups: list[str]) -> Agreement:
    try:
        with display:
            return await agreement(session.inputs, groups, meter=session.tracker)
    finally:
        await session.close_models()


app.command()(with_options(agreement_command))
