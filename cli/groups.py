"""`concord groups`: whom a text serves worst, and which proposals part groups of people."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from ..api.config import MEASURING, AgentModels, Limits, RunConfig
from ..api.grouping import grouped
from ..api.home import home
from ..api.session import RunSession, config_of, open_run
from ..api.source import Source
from ..api.unasked import without_asking
from ..errors import OptionError, RunError
from ..graph.context import RunContext
from ..graph.options import Options
from ..graph.run_records import RunRecords
from ..review.groups import GroupsFound, measured_groups, show_groups, told_groups
from ..review.rankings_file import read_rankings
from ..store.runs import find_run
from .console import messages, output
from .options import Only, with_options
from .progress import Display, tracked

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)


def groups_command(
    spec: Annotated[Path | None, typer.Option("--spec", help="The behaviour spec.")] = None,
    data: Annotated[Path | None, typer.Option("--data", help="Participant data.")] = None,
    *,
    models: Annotated[AgentModels, Only("model", "ranker_model", "relevance_model", "config")],
    options: Annotated[Options, Only("group", "min_group", "block", "context", "seed", "split_seed")],
    limits: Limits,
    by: Annotated[
        list[str] | None,
        typer.Option(
            "--by",
            metavar="ATTRIBUTE",
            help="Attribute of people, or `clusters` found from their rankings. May be repeated (default: every attribute "
            "with two groups that are large enough).",
        ),
    ] = None,
    rankings: Annotated[
        Path | None,
        typer.Option(
            "--rankings", metavar="FILE", help="A ranker's rankings as JSON lines, in place of a model."
        ),
    ] = None,
    run: Annotated[
        str | None,
        typer.Option(
            "--run", metavar="RUN", help="A run's rankings, and its proposals that part groups; asks nobody."
        ),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing while it works.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Agreement by group of people, with intervals, and pooled so that small groups don't shout.

    The groups that the text serves worst come first. Open conversations only; groups under --min-group aren't shown.
    """
    attributes = tuple(by or ())
    if run is not None:
        found = _of_run(run, spec, data, attributes, options)
    elif spec is None or data is None:
        raise OptionError(
            "groups need --spec FILE, --data PATH and --model URI or --rankings FILE, or --run RUN"
        )
    else:
        found = _of_spec(spec, data, models, grouped(options), limits, attributes, rankings, quiet=quiet)
    show_groups(output(), found, as_json=as_json)


def _of_spec(
    spec: Path, data: Path, models: AgentModels, options: Options, limits: Limits, attributes: tuple[str, ...],
    rankings: Path | None, *, quiet: bool,
) -> GroupsFound:  # fmt: skip
    source = Source.read(spec, data)
    if rankings is not None:
        if models.model_fields_set:
            raise OptionError("--rankings stand in place of a model: give one of the two")
        table = read_rankings(rankings, source.panel.conversations)
        inputs = without_asking(source.spec, source.panel, RunRecords.in_memory(), options, {})
        return told_groups(RunContext.of(inputs), table, attributes)
    config = RunConfig(
        spec=spec,
        data=data,
        config=models.config,
        options=options,
        models=models.of(MEASURING),
        limits=limits,
    )
    display = tracked(messages(), quiet=quiet)
    session = open_run(source, config, tracker=display.tracker, keep=False)
    try:
        return asyncio.run(_measured(session, display, attributes))
    finally:
        session.close()


async def _measured(session: RunSession, display: Display, attributes: tuple[str, ...]) -> GroupsFound:
    try:
        with display:
            return await measured_groups(RunContext.of(session.inputs, meter=session.tracker), attributes)
    finally:
        await session.close_models()


def _of_run(
    run: str, spec: Path | None, data: Path | None, attributes: tuple[str, ...], options: Options
) -> GroupsFound:
    """A run's last measured text, by its stored rankings. `options` may narrow the people to a group."""
    folder = find_run(run, home())
    config = config_of(folder)
    at_spec, at_data = spec or config.spec, data or config.data
    if at_spec is None or at_data is None:
        raise RunError(f"{folder.id} was launched with objects out of memory: name --spec and --data")
    own = grouped(options, config.people)
    kept = config.options.model_copy(
        update={name: getattr(own, name) for name in ("group", "members") if getattr(own, name)}
        | {"per_group": "", "min_group": max(own.min_group, config.options.min_group)}
    )
    source = Source.read(at_spec, at_data, config.people)
    records = RunRecords.open(folder.path)
    try:
        models = {role: uri or "unknown" for role, uri in config.models.items()}
        context = RunContext.of(without_asking(source.spec, source.panel, records, kept, models))
        measures = records.measures.find()
        if not measures:
            raise RunError(f"{folder.id} has measured nothing yet")
        found = context.evaluator.measured(measures[-1].text, context.folds.items)
        return told_groups(context, {name: each.ranking for name, each in found.items()}, attributes)
    finally:
        records.close()


app.command(short_help="Whom a text serves worst.")(with_options(groups_command))
