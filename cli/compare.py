"""`concord compare`: the same spec, questions and people, read by several base models."""

import asyncio
from typing import Annotated

import typer

from ..api.home import home
from ..review.compare import compare
from ..review.compare_records import Config
from ..store.cache import DiskCallCache
from .comparison import show_comparison
from .console import messages, output
from .options import with_options
from .progress import tracked

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)


def compare_command(
    *,
    config: Config,
    quiet: Annotated[bool, typer.Option("--quiet", help="Say nothing while it works.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare base models as readers: agreement with the people and with each other, consistency, cost.

    Open conversations only: the sealed test split stays shut.
    """
    display = tracked(messages(), quiet=quiet)
    cache = DiskCallCache(home() / "cache")
    try:
        with display:
            found = asyncio.run(
                compare(config, watcher=display.tracker, cache=cache, say=display.tracker.note)
            )
    finally:
        cache.close()
    show_comparison(output(), found, as_json=as_json)


app.command()(with_options(compare_command))
