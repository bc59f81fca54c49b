"""`concord models`: what an agent can think with, and how one base model does."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import messages, output
from .exits import FAILED_OUTSIDE

if TYPE_CHECKING:
    from ..models.protocol import BaseModel
    from ..review.model_check import ModelCheck

app = typer.Typer(
    help="Base models: what is known, and a check of one.", invoke_without_command=True,
    pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False,
)  # fmt: skip

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Config = Annotated[
    Path | None, typer.Option("--config", help="TOML file with what base models need beyond a URI.")
]


@app.callback()
def models(context: typer.Context, config: Config = None, as_json: AsJson = False) -> None:
    """Base models: what is known (without a command), and a check of one."""
    context.obj = config
    if context.invoked_subcommand is not None:
        return
    from ..models.config import ModelConfig
    from ..models.registry import known_models
    from ..review.base_models import show_known

    show_known(output(), known_models(), ModelConfig.read(config) if config else None, as_json=as_json)


@app.command("check")
def models_check(
    context: typer.Context,
    uri: Annotated[
        str, typer.Argument(metavar="URI", help="The base model, such as openai:MODEL@http://host:port/v1.")
    ],
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Ask a base model a few small questions: what holds, latency, tokens, and one tiny task of each agent.

    Exit code 1 where it doesn't answer, or does none of the tasks as it should.
    """
    config = config or context.obj
    from ..models.config import ModelConfig
    from ..models.registry import open_model
    from ..review.base_models import show_check, show_verdict
    from ..review.printing import count, money, show_json

    console = output()
    model = open_model(uri, ModelConfig.read(config) if config else None)
    progress = messages().print if messages().is_terminal and not as_json else _nothing
    found = asyncio.run(_checked(model, progress))
    if as_json:
        show_json(console, found.model_dump(mode="json"))
    else:
        show_check(console, found.report)
        if found.tasks:
            console.print(f"Tiny tasks: {found.passed} of {len(found.tasks)} as they should be")
        for task in found.tasks:
            show_verdict(console, "yes" if task.passed else "no", task.agent.replace("_", " "), task.outcome)
        if found.calls:
            console.print(
                f"{count(found.calls, 'call')}, {found.input_tokens:,} tokens in, {found.output_tokens:,} out, "
                f"cost {money(found.usd, 4)}."
            )
    if not found.usable:
        raise typer.Exit(FAILED_OUTSIDE)


def _nothing(line: str) -> None:
    pass


async def _checked(model: "BaseModel", progress: Callable[[str], None]) -> "ModelCheck":
    from ..review.model_check import check_model

    try:
        return await check_model(model, progress=progress)
    finally:
        await model.close()
