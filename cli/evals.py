"""`concord eval NAME`: one command an experiment, its options read off its Config."""

import asyncio
from collections.abc import Awaitable, Callable
from math import isfinite
from typing import Annotated, Any

import typer
from typer.main import get_command

from ..errors import OptionError
from ..evals.registry import EXPERIMENTS, Entry, Figures
from ..records import Record
from ..review.printing import show_json
from .console import messages, output
from .options import with_options

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)


def command(name: str, entry: Entry) -> Callable[..., Any]:
    """The command of one experiment."""
    experiment = entry.load()

    def call(
        *,
        seeds: Annotated[int, typer.Option(min=1, help="Worlds, runs or repeats.")] = entry.seeds,
        seed: Annotated[int, typer.Option(help="The first seed.")] = 0,
        config: Record,
        as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    ) -> None:
        say: Callable[[str], None] = messages().print
        figures: Figures = asyncio.run(_awaited(experiment.run(config, seeds=seeds, seed=seed, progress=say)))
        if as_json:
            told = {"seeds": seeds, "seed": seed, **config.model_dump(mode="json")}
            # JSON has no word for what is not a number.
            finite = {
                key: value if not isinstance(value, float) or isfinite(value) else None
                for key, value in figures.items()
            }
            show_json(output(), {"eval": name, "config": told, "figures": finite})
        else:
            width = max(map(len, figures), default=0)
            for figure, value in figures.items():
                output().print(f"{figure:{width}}  {_shown(value)}")

    call.__annotations__["config"] = experiment.Config
    single = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)
    single.command(name=name, help=entry.about)(with_options(call))
    return get_command(single)


def _shown(value: float | str | None) -> str:
    return "–" if value is None else value if isinstance(value, str) else f"{value:.6g}"


async def _awaited(figures: Awaitable[Figures]) -> Figures:
    return await figures


@app.command(
    context_settings={
        "allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False,
        "help_option_names": [],
    },
    help="Measure Concord itself: `concord eval` lists the experiments, `concord eval NAME --help` one's options.",
)  # fmt: skip
def run_experiment(
    context: typer.Context, name: Annotated[str | None, typer.Argument(help="The experiment.")] = None
) -> None:
    """Find the experiment and hand it the rest of the command line."""
    if name is None or name in ("--help", "-h"):
        width = max(map(len, EXPERIMENTS))
        output().print("concord eval NAME [--seeds N] [--seed S] [--json] [options]\n")
        for known, entry in EXPERIMENTS.items():
            output().print(f"  {known:{width}}  {entry.about} ({entry.seeds} unless told)")
        return
    found = EXPERIMENTS.get(name)
    if found is None:
        raise OptionError(f"there is no experiment {name!r}; known are {', '.join(EXPERIMENTS)}")
    command(name, found)(args=context.args, prog_name=f"concord eval {name}", standalone_mode=False)
