"""`concord draft`: what to know of one section before writing a proposal."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from ..api.config import TRYING, AgentModels, Limits, RunConfig
from ..errors import OptionError
from ..graph.options import Options
from .options import Only, with_options

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)


def draft(
    section: Annotated[str, typer.Option("--section", help="The section's id.")],
    spec: Annotated[Path | None, typer.Option("--spec", help="The behaviour spec, a Markdown file.")] = None,
    data: Annotated[
        Path | None, typer.Option("--data", help="Participant data: a CA-1 folder, or a JSON-lines file.")
    ] = None,
    *,
    models: AgentModels,
    options: Annotated[Options, Only("seed", "split_seed", "block", "context")],
    limits: Limits,
    run: Annotated[
        str | None,
        typer.Option("--run", metavar="RUN", help="Draw on this run: its text, and what was tried in it."),
    ] = None,
    ask: Annotated[
        str, typer.Option("--ask", help="A question that --model answers, citing assessment ids only.")
    ] = "",
    html: Annotated[
        Path | None, typer.Option("--html", metavar="FILE", help="Write the page there as well.")
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing while it works.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The largest gaps of a section, themes of the reasons with counts, and the words that say most."""
    from ..api.drafting import draft_of
    from ..api.session import open_run, reopen_run
    from ..api.source import Source
    from ..review.drafts import draft_html, show_draft
    from ..review.printing import show_json
    from ..store.runs import write_atomically
    from .console import messages, output
    from .progress import tracked

    display = tracked(messages(), quiet=quiet)
    if run is not None:
        session = reopen_run(run, spec=spec, data=data, approve=False, limits=limits, tracker=display.tracker)
    elif spec is None or data is None:
        raise OptionError("a draft needs --spec FILE, --data PATH and --model URI, or --run RUN")
    else:
        source = Source.read(spec, data)
        source.spec.section(section)
        config = RunConfig(
            spec=spec, data=data, config=models.config, options=options, models=models.of(TRYING), limits=limits
        )  # fmt: skip
        session = open_run(source, config, tracker=display.tracker, keep=False)
    try:
        with display:
            found = asyncio.run(draft_of(session, section, ask))
    finally:
        session.close()
    if html is not None:
        write_atomically(html, draft_html(found))
    if as_json:
        show_json(output(), found.model_dump(mode="json"))
        return
    show_draft(output(), found)


app.command(short_help="What to know of one section before writing a proposal.")(with_options(draft))
