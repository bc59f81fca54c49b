"""Commands that look at what agents do: at agreement under a spec, at a run's trace."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from .app import app, messages, output

if TYPE_CHECKING:
    from ..graph.workshop import Say
    from ..review.agreement import Agreement
    from .opening import Opened

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("agreement", short_help="How far a ranker under a spec agrees with the people.")
def agreement_command(
    spec: Annotated[Path, typer.Option("--spec", help="The behaviour spec.")],
    data: Annotated[Path, typer.Option("--data", help="Participant data.")],
    model: Annotated[
        str | None, typer.Option("--model", help="Base model of ranker and relevance grader.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="TOML file with what base models need beyond a URI.")
    ] = None,
    block: Annotated[
        Literal["world", "personal"], typer.Option(help="Which ranking block counts.")
    ] = "world",
    context: Annotated[Literal["scoped", "full"], typer.Option(help="Sections in a prompt.")] = "scoped",
    seed: Annotated[int, typer.Option(help="Draws the response orders.")] = 0,
    split_seed: Annotated[int, typer.Option(help="Draws the splits.")] = 0,
    group: Annotated[
        list[str] | None,
        typer.Option("--group", help="A demographic key, such as age: agreement by group. May be repeated."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """How far a ranker under this spec agrees with the people, overall and by section.

    Training and selection conversations only: the sealed test split stays shut.
    """
    from ..graph.options import Options
    from ..review.agreement import show_agreement
    from .opening import MEASURING, Chosen, open_run
    from .progress import Bars

    options = Options(block=block, context=context, seed=seed, split_seed=split_seed)
    models = dict.fromkeys(MEASURING, model)
    chosen = Chosen(spec=spec, data=data, config=config, options=options, models=models)
    bars = Bars(messages(), quiet=as_json)
    opened = open_run(chosen, out=None, watcher=bars, keep=False)
    try:
        with bars:
            found = asyncio.run(_measured(opened, bars.say, group or []))
    finally:
        opened.close()
    show_agreement(output(), found, as_json=as_json)


async def _measured(opened: "Opened", say: "Say", groups: list[str]) -> "Agreement":
    from ..review.agreement import agreement

    try:
        return await agreement(opened.setup_with(say), groups)
    finally:
        await opened.close_models()


@app.command("trace", short_help="What the agents of a run did, call by call.")
def trace(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder or id.")],
    call: Annotated[str | None, typer.Option("--call", metavar="ID", help="Show this call whole.")] = None,
    calls: Annotated[int, typer.Option("--calls", min=0, help="Calls listed below each agent.")] = 3,
    as_json: AsJson = False,
) -> None:
    """What the agents did: the tree of rounds, nodes, agents and calls, or one call whole."""
    from ..graph.run_records import RunRecords
    from ..review.printing import show_json
    from ..review.trace import as_json as trace_json
    from ..review.trace import call_text, hint, one_call, tree
    from ..store.runs import find_run
    from .home import home

    folder = find_run(run, home())
    store = RunRecords.open(folder.path)
    try:
        if call is not None:
            record = one_call(store, call)
            if as_json:
                show_json(output(), record.model_dump(mode="json"))
            else:
                output().print(call_text(record), soft_wrap=True)
        elif as_json:
            show_json(output(), trace_json(store, folder.id))
        else:
            output().print(tree(store, folder.id, leaves=calls))
            output().print(hint(run))
    finally:
        store.close()
