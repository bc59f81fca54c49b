"""`concord agreement`: how far a ranker under a spec agrees with the people."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ..api.config import MEASURING, AgentModels, Limits, RunConfig
from ..errors import OptionError
from ..graph.options import Options
from ..models.executors import HERE
from ..records import Record
from .console import messages, output
from .options import On, Only, flag, with_options

if TYPE_CHECKING:  # stored rankings are measured without the machine
    from ..api.session import RunSession
    from ..review.agreement import Agreement
    from .progress import Display

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)


def agreement_command(
    data: Annotated[
        Path,
        typer.Option("--data", help="Participant data, or a file that `concord data pack` made of it."),
    ],
    *,
    spec: Annotated[Path | None, typer.Option("--spec", help="The behaviour spec.")] = None,
    rankings: Annotated[
        Path | None,
        typer.Option(
            "--rankings",
            metavar="FILE",
            help="In place of a spec and a model: rankings that are stored, a line a conversation, or the "
            "rankings.jsonl of `concord export`.",
        ),
    ] = None,
    before: Annotated[
        Path | None, typer.Option("--before", metavar="FILE", help="With --rankings: others to compare with.")
    ] = None,
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
    on: On = HERE,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing while it works.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """How far a ranker under this spec agrees with the people, overall and by section.

    Open conversations only: the sealed test split stays shut.
    """
    if rankings is not None:
        _nothing_else(spec, models, options, limits)
        _stored(data, rankings, before, options, group or [], on, as_json=as_json)
        return
    if spec is None or before is not None:
        raise OptionError(
            "agreement needs --spec FILE and --model URI, or --rankings FILE; --before goes with --rankings"
        )
    from ..api.grouping import grouped
    from ..api.session import open_run
    from ..api.source import Source
    from ..review.agreement import show_agreement
    from .progress import tracked

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
    session = open_run(Source.read(spec, data), config, tracker=display.tracker, keep=False, on=on)
    try:
        found = asyncio.run(_measured(session, display, keys))
    finally:
        session.close()
    show_agreement(output(), found, as_json=as_json)


async def _measured(session: "RunSession", display: "Display", groups: list[str]) -> "Agreement":
    from ..review.agreement import agreement

    try:
        with display:
            return await agreement(session.inputs, groups, meter=session.tracker)
    finally:
        await session.close_models()


def _stored(
    data: Path, rankings: Path, before: Path | None, options: Options, groups: list[str], on: str, *, as_json: bool
) -> None:  # fmt: skip
    from ..agreement.blocks import Look, stored_agreement
    from ..models.executors import open_executor
    from ..panel.groups import lens_for
    from ..panel.importers.rankings import read_rankings
    from ..panel.packed import open_blocks
    from ..panel.splits import FoldSplitter
    from ..review.stored_agreement import show_stored

    found = read_rankings(rankings, options.block)
    beside = read_rankings(before, options.block).rankings if before else found.before or None
    splitter = FoldSplitter(
        options.split_seed, options.folds, test_share=options.test_share, reserve_share=options.reserve_share
    )
    conditions = [entry for entry in groups if "=" in entry or entry.startswith("@")]
    keys = tuple(entry for entry in groups if entry not in conditions)
    look = Look(found.rankings, beside, lens_for(conditions, block=options.block), splitter, keys)
    blocks = open_blocks(data)
    with open_executor(on) as place:
        tasks = None if place.here else place.tasks()
        show_stored(
            output(),
            stored_agreement(blocks, look, executor=tasks, min_group=options.min_group),
            as_json=as_json,
        )


def _nothing_else(spec: Path | None, models: AgentModels, options: Options, limits: Limits) -> None:
    """Raises OptionError for what stored rankings leave nothing to do for."""
    records: tuple[Record, ...] = (models, options, limits)
    given = [flag(name) for record in records for name in sorted(record.model_fields_set)]
    given = [name for name in given if name not in ("--block", "--split-seed", "--min-group")] + (
        ["--spec"] if spec else []
    )
    if given:
        raise OptionError(f"{given[0]} has no meaning with --rankings: nothing is asked")


app.command()(with_options(agreement_command))
