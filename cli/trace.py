"""`concord trace`: what the agents of a run did."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer

from ..api.storing import found_run
from ..errors import OptionError
from ..graph.run_records import RunRecords
from ..review.finding import (
    conversation_trace,
    failed_calls,
    matching,
    proposal_trace,
    show_conversation_trace,
    show_failed,
    show_matching,
    show_proposal_trace,
)
from ..review.printing import show_json
from ..review.trace import as_json as trace_json
from ..review.trace import call_text, hint, one_call, tree
from .console import output
from .storing import Store

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)


@app.command()
def trace(
    run: Annotated[str, typer.Argument(metavar="RUN", help="A run's folder or id.")],
    call: Annotated[str | None, typer.Option("--call", metavar="ID", help="Show this call whole.")] = None,
    proposal: Annotated[
        str | None,
        typer.Option("--proposal", metavar="ID", help="Show this proposal whole: text, evidence, decisions."),
    ] = None,
    conversation: Annotated[
        str | None,
        typer.Option("--conversation", metavar="ID", help="Show how this conversation was ranked, and why."),
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="Show the calls that failed, by reason.")] = False,
    grep: Annotated[
        str | None,
        typer.Option("--grep", metavar="TEXT", help="Show the calls whose prompt or reply holds this text."),
    ] = None,
    calls: Annotated[int, typer.Option("--calls", min=0, help="Calls listed below each agent.")] = 3,
    shared: Store = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """What the agents did: the tree of rounds, nodes, agents and calls, or one thing of it whole."""
    asked = [
        name
        for name, given in (
            ("--call", call), ("--proposal", proposal), ("--conversation", conversation), ("--failed", failed),
            ("--grep", grep),
        )
        if given not in (None, False)
    ]  # fmt: skip
    if len(asked) > 1:
        raise OptionError(f"{' and '.join(asked)} ask for two things: give one of them")
    with _store(run, shared) as (store, id_):
        if call is not None:
            record = one_call(store, call)
            if as_json:
                show_json(output(), record.model_dump(mode="json"))
            else:
                output().print(call_text(record), soft_wrap=True)
        elif proposal is not None:
            found = proposal_trace(store, proposal)
            if as_json:
                show_json(output(), found.model_dump(mode="json"))
            else:
                show_proposal_trace(output(), store, found)
        elif conversation is not None:
            ranked = conversation_trace(store, conversation)
            if as_json:
                show_json(output(), ranked.model_dump(mode="json"))
            else:
                show_conversation_trace(output(), ranked)
        elif failed:
            lost = failed_calls(store)
            if as_json:
                show_json(output(), [one.model_dump(mode="json", exclude={"parts", "raw"}) for one in lost])
            else:
                show_failed(output(), lost)
        elif grep is not None:
            if as_json:
                hits = [
                    {"call": one.id, "role": one.role, "excerpt": told} for one, told in matching(store, grep)
                ]
                show_json(output(), hits)
            else:
                show_matching(output(), store, grep)
        elif as_json:
            show_json(output(), trace_json(store, id_))
        else:
            output().print(tree(store, id_, leaves=calls))
            output().print(hint(run))


@contextmanager
def _store(run: str, shared: str | None) -> Iterator[tuple[RunRecords, str]]:
    """The store of a run, and the run's id. Raises RunError."""
    folder = found_run(run, shared)
    store = RunRecords.open(folder.path)
    try:
        yield store, folder.id
    finally:
        store.close()
