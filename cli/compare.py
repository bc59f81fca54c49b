"""`concord compare`: the same spec, questions and people, read by several base models."""

import asyncio
from pathlib import Path
from typing import Annotated, Literal

import typer

from .app import app, messages, output


@app.command("compare", short_help="Several base models as readers of one spec.")
def compare_command(
    models: Annotated[
        list[str], typer.Option("--models", metavar="A,B,C", help="Base models, separated by commas.")
    ],
    spec: Annotated[Path, typer.Option("--spec", help="The behaviour spec.")],
    data: Annotated[Path, typer.Option("--data", help="Participant data.")],
    relevance_model: Annotated[
        str | None, typer.Option(help="Grades relevance for all of them (default: the first).")
    ] = None,
    config: Annotated[
        Path | None, typer.Option("--config", help="TOML file with what base models need beyond a URI.")
    ] = None,
    block: Annotated[
        Literal["world", "personal"], typer.Option(help="Which ranking block counts.")
    ] = "world",
    context: Annotated[Literal["scoped", "full"], typer.Option(help="Sections in a prompt.")] = "scoped",
    repeats: Annotated[
        int, typer.Option(min=1, max=20, help="How often each question is asked; 1: once.")
    ] = 2,
    limit: Annotated[int, typer.Option(min=0, help="Conversations, drawn by seed; 0: all.")] = 0,
    max_calls: Annotated[int | None, typer.Option(min=1, help="Budget in calls.")] = None,
    max_tokens: Annotated[int | None, typer.Option(min=1, help="Budget in tokens.")] = None,
    max_usd: Annotated[float | None, typer.Option(min=0.0, help="Budget in dollars.")] = None,
    seed: Annotated[int, typer.Option(help="Draws the response orders and the conversations.")] = 0,
    split_seed: Annotated[int, typer.Option(help="Draws the splits.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compare base models as readers: agreement with the people and with each other, consistency, cost.

    Training and selection conversations only: the sealed test split stays shut.
    """
    from ..errors import OptionError
    from ..review.compare import Config, compare
    from ..store.cache import DiskCallCache
    from .comparison import show_comparison
    from .home import home
    from .progress import Bars

    names = tuple(name.strip() for given in models for name in given.split(",") if name.strip())
    if not names:
        raise OptionError("--models names no base model: give one or more, separated by commas")
    asked = Config(
        models=names, spec=spec, data=data, config=config, block=block, context=context,
        relevance_model=relevance_model, repeats=repeats, limit=limit, seed=seed, split_seed=split_seed,
        max_calls=max_calls, max_tokens=max_tokens, max_usd=max_usd,
    )  # fmt: skip
    bars = Bars(messages(), quiet=as_json)
    cache = DiskCallCache(home() / "cache")
    try:
        with bars:
            found = asyncio.run(compare(asked, watcher=bars, cache=cache, say=bars.say))
    finally:
        cache.close()
    show_comparison(output(), found, as_json=as_json)
