"""`concord eval NAME`: one command an experiment, its options read off its Config."""

import asyncio
import inspect
from collections.abc import Awaitable, Callable
from math import isfinite
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

import typer
from pydantic import ValidationError
from pydantic.fields import FieldInfo
from typer.main import get_command

from ..errors import OptionError
from ..evals.registry import EXPERIMENTS, Entry, Figures
from ..records import Record
from .app import app, messages, output


def command(name: str, entry: Entry) -> Callable[..., Any]:
    """The command of one experiment."""
    experiment = entry.load()

    def call(*, seeds: int, seed: int, as_json: bool, **knobs: Any) -> None:
        given = {key: value for key, value in knobs.items() if value is not None}
        config = _config(experiment.Config, name, given)
        say: Callable[[str], None] = messages().print if messages().is_terminal or not as_json else _quiet
        figures: Figures = asyncio.run(_awaited(experiment.run(config, seeds=seeds, seed=seed, progress=say)))
        if as_json:
            from ..review.printing import show_json

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

    keyword = inspect.Parameter.KEYWORD_ONLY
    parameters = [
        inspect.Parameter("seeds", keyword, default=entry.seeds, annotation=Annotated[int, typer.Option(min=1, help="Worlds, runs or repeats.")]),
        inspect.Parameter("seed", keyword, default=0, annotation=Annotated[int, typer.Option(help="The first seed.")]),
        inspect.Parameter("as_json", keyword, default=False, annotation=Annotated[bool, typer.Option("--json", help="Print one JSON object.")]),
        *(
            inspect.Parameter(key, keyword, default=None, annotation=Annotated[kind, typer.Option(_flag(key, kind), help=about, show_default=False)])
            for key, kind, about in knobs_of(experiment.Config)
        ),
    ]  # fmt: skip
    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads its options here
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    single = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)
    single.command(name=name, help=entry.about)(call)
    return get_command(single)


def _shown(value: float | str | None) -> str:
    return "–" if value is None else value if isinstance(value, str) else f"{value:.6g}"


def _flag(key: str, kind: Any) -> str:
    name = key.replace("__", "-").replace("_", "-")
    return f"--{name}/--no-{name}" if bool in get_args(kind) else f"--{name}"


def knobs_of(config: type[Record], prefix: str = "") -> list[tuple[str, Any, str]]:
    """(name, type, help) of each knob; those of a nested record are named `record_knob`."""
    found: list[tuple[str, Any, str]] = []
    for key, field in config.model_fields.items():
        kind = field.annotation
        if isinstance(kind, type) and issubclass(kind, Record):
            found += knobs_of(kind, f"{prefix}{key}__")
        elif (simple := _option_type(kind)) is not None:
            found.append((prefix + key, simple, _about(field)))
    return found


def _option_type(kind: Any) -> Any:
    """What typer makes of a knob's type; None where a command line has no word for it."""
    if get_origin(kind) in (Union, UnionType):
        kinds = [one for one in get_args(kind) if one is not type(None)]
        return _option_type(kinds[0]) if len(kinds) == 1 else None
    if get_origin(kind) is tuple:
        return str | None
    if kind in (int, float, str, bool, Path) or get_origin(kind) is Literal:
        return kind | None
    return None


def _about(field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True)
    shown = ",".join(map(str, default)) if isinstance(default, tuple) else default
    return (
        f"{field.description or ''} [default: {shown}]".strip()
        if not field.is_required()
        else f"{field.description or ''} [required]"
    )


def _config(kind: type[Record], name: str, given: dict[str, Any]) -> Record:
    """The Config from flat options. Raises OptionError naming the option."""
    nested: dict[str, Any] = {}
    for key, value in given.items():
        *path, last = key.split("__")
        place = nested
        for step in path:
            place = place.setdefault(step, {})
        place[last] = value
    try:
        return kind.model_validate(_listed(kind, nested))
    except ValidationError as problem:
        first = problem.errors()[0]
        option = "--" + "-".join(str(step) for step in first["loc"]).replace("_", "-")
        raise OptionError(f"concord eval {name}: {option}: {first['msg']}") from None


def _listed(kind: type[Record], values: dict[str, Any]) -> dict[str, Any]:
    """Comma-separated text as the tuple that the knob wants."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        wanted = kind.model_fields[key].annotation
        if isinstance(value, dict) and isinstance(wanted, type) and issubclass(wanted, Record):
            found[key] = _listed(wanted, value)
        elif isinstance(value, str) and get_origin(wanted) is tuple:
            found[key] = tuple(part.strip() for part in value.split(",") if part.strip())
        else:
            found[key] = value
    return found


async def _awaited(figures: Awaitable[Figures]) -> Figures:
    return await figures


def _quiet(line: str) -> None:
    pass


@app.command(
    "eval",
    short_help="Measure Concord itself.",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
    help="Measure Concord itself: `concord eval` lists the experiments, `concord eval NAME --help` one's options.",
)
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
