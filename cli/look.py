"""Commands that look: at specs, at data, at agreement, at a run's trace."""

import asyncio
import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from ..graph.options import Options
from ..panel.inspect import inspect
from ..panel.load import load
from ..review.agreement import agreement, show_agreement
from ..review.inspection import show_inspection
from ..review.outline import show_outline
from ..review.trace import as_json as trace_json
from ..review.trace import call_text, one_call, tree
from ..spec import outline, read_spec, redline, to_html, to_plain, to_terminal, unified_patch, visible
from ..store.runs import find_run
from ..store.sqlite import SqliteRunStore
from .app import app, messages, output
from .opening import ROLES, Chosen, home, open_run
from .progress import Bars

spec_app = typer.Typer(help="Look at specs.", no_args_is_help=True)
data_app = typer.Typer(help="Look at participant data.", no_args_is_help=True)
app.add_typer(spec_app, name="spec")
app.add_typer(data_app, name="data")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@spec_app.command("show")
def spec_show(
    path: Annotated[Path, typer.Argument(help="A behaviour spec in Markdown.")],
    section: Annotated[str | None, typer.Option(help="Print this section's text.")] = None,
    as_json: AsJson = False,
) -> None:
    """The sections of a spec: ids, authority, titles, words, labelled examples."""
    spec = read_spec(path)
    if section is not None:
        output().print(visible(spec.source_of(section)), soft_wrap=True)
    else:
        show_outline(output(), outline(spec), as_json=as_json)


@spec_app.command("diff")
def spec_diff(
    before: Annotated[Path, typer.Argument(help="The older spec.")],
    after: Annotated[Path, typer.Argument(help="The newer spec.")],
    form: Annotated[
        Literal["redline", "patch", "html"], typer.Option("--format", help="How to show it.")
    ] = "redline",
) -> None:
    """What changed between two specs: a word-level redline, a patch for `patch -p1`, or HTML."""
    old, new = read_spec(before), read_spec(after)
    if form == "patch":
        typer.echo(unified_patch(old.text, new.text, after.name), nl=False)
        return
    hunks = redline(old.text, new.text)
    if form == "html":
        typer.echo(to_html(hunks))
    elif not hunks:
        messages().print("the two specs are the same")
    else:
        console = output()
        console.print(to_terminal(hunks) if console.is_terminal else to_plain(hunks), soft_wrap=True)


@data_app.command("inspect")
def data_inspect(
    path: Annotated[Path, typer.Argument(help="A CA-1 folder, or a JSON-lines file.")],
    examples: Annotated[int, typer.Option(min=0, help="Problems shown of each kind.")] = 3,
    as_json: AsJson = False,
) -> None:
    """Counts, vocabularies and every kind of problem in participant data, with examples."""
    show_inspection(output(), inspect(load(path), examples=examples), as_json=as_json)


@app.command("agreement")
def agreement_command(
    spec: Annotated[Path, typer.Option("--spec", help="The behaviour spec.")],
    data: Annotated[Path, typer.Option("--data", help="Participant data.")],
    model: Annotated[str, typer.Option("--model", help="Base model of ranker and relevance grader.")],
    config: Annotated[Path | None, typer.Option("--config", help="TOML file for base models.")] = None,
    block: Annotated[
        Literal["world", "personal"], typer.Option(help="Which ranking block counts.")
    ] = "world",
    context: Annotated[Literal["scoped", "full"], typer.Option(help="Sections in a prompt.")] = "scoped",
    seed: Annotated[int, typer.Option(help="Draws the response orders.")] = 0,
    split_seed: Annotated[int, typer.Option(help="Draws the splits.")] = 0,
    as_json: AsJson = False,
) -> None:
    """How far a ranker under this spec agrees with the people, overall and by section.

    Training and selection conversations only: the sealed test split stays shut.
    """
    options = Options(block=block, context=context, seed=seed, split_seed=split_seed)
    chosen = Chosen(spec=spec, data=data, config=config, options=options, models=dict.fromkeys(ROLES, model))
    bars = Bars(messages(), quiet=as_json)
    opened = open_run(chosen, out=None, watcher=bars, keep=False)
    try:
        with bars:
            found = asyncio.run(agreement(opened.setup_with(bars.say)))
    finally:
        opened.close()
    show_agreement(output(), found, as_json=as_json)


@app.command("trace")
def trace(
    run: Annotated[str, typer.Argument(help="A run's folder or id.")],
    call: Annotated[str | None, typer.Option("--call", help="Show this call whole.")] = None,
    calls: Annotated[int, typer.Option("--calls", min=0, help="Calls listed below each agent.")] = 8,
    as_json: AsJson = False,
) -> None:
    """What the agents did: the tree of rounds, nodes, agents and calls, or one call whole."""
    folder = find_run(run, home())
    store = SqliteRunStore.open(folder.path)
    try:
        if call is not None:
            record = one_call(store, call)
            output().print(record.model_dump_json(indent=2) if as_json else call_text(record), soft_wrap=True)
        elif as_json:
            output().print(
                json.dumps(trace_json(store, folder.id), indent=2, ensure_ascii=False), soft_wrap=True
            )
        else:
            output().print(tree(store, folder.id, leaves=calls))
    finally:
        store.close()
