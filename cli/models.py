"""`concord models`: what an agent can think with, and how one base model does."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .app import FAILED_OUTSIDE, app, output

if TYPE_CHECKING:
    from ..models.check import CheckReport
    from ..models.protocol import BaseModel

models_app = typer.Typer(help="Base models: what is known, and a check of one.", invoke_without_command=True)
app.add_typer(models_app, name="models")

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Config = Annotated[
    Path | None, typer.Option("--config", help="TOML file with what base models need beyond a URI.")
]


@models_app.callback()
def models(context: typer.Context, config: Config = None, as_json: AsJson = False) -> None:
    """Base models: what is known (without a command), and a check of one."""
    if context.invoked_subcommand is not None:
        return
    from ..models.config import ModelConfig
    from ..models.registry import known_models
    from ..review.base_models import show_known

    show_known(output(), known_models(), ModelConfig.read(config) if config else None, as_json=as_json)


@models_app.command("check")
def models_check(
    uri: Annotated[
        str, typer.Argument(metavar="URI", help="The base model, such as openai:MODEL@http://host:port/v1.")
    ],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Ask a base model a few small questions: what holds, how long it takes, what it costs in tokens.

    Exit code 1 where it doesn't answer.
    """
    from ..models.config import ModelConfig
    from ..models.registry import open_model
    from ..review.base_models import show_check

    model = open_model(uri, ModelConfig.read(config) if config else None)
    report = asyncio.run(_checked(model))
    show_check(output(), report, as_json=as_json)
    if not report.reachable:
        raise typer.Exit(FAILED_OUTSIDE)


async def _checked(model: "BaseModel") -> "CheckReport":
    from ..models.check import check

    try:
        return await check(model)
    finally:
        await model.close()
