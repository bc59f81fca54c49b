"""Command-line options read off records: a field is an option, its docstring the help, and its range stands once."""

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

import typer
from pydantic import ValidationError
from pydantic.fields import FieldInfo

from ..errors import OptionError
from ..records import Record

R = TypeVar("R", bound=Record)

On = Annotated[
    str,
    typer.Option(
        "--on",
        metavar="PLACE",
        help="Where the work is done: here, ray (a cluster started for it; ray:4 has four actors) or ray://HOST "
        "(one that runs). Ray needs the extra `ray`.",
    ),
]
"""The option of every command that hands work out."""
_STEP = "__"
"""Between the names on the way to a field of a nested record."""
_SIGNS = {"ge": "≥", "gt": ">", "le": "≤", "lt": "<"}


class Only:
    """In `Annotated[SomeRecord, Only("seed", "block")]`: the fields that a command takes, the others left as they are."""

    def __init__(self, *names: str) -> None:
        self.names = names


def with_options(command: Callable[..., Any], *, also: Mapping[str, str] | None = None) -> Callable[..., Any]:
    """`command` for typer: each of its parameters that is a Record becomes one option a field.

    A nested record's fields are named `--record-field`; what a command line has no word for is left out. An
    option that isn't given takes the record's default and is not in `model_fields_set`. `also` says more about a
    field, by name. The command raises OptionError for a value that its record refuses.
    """
    spread: dict[str, type[Record]] = {}
    parameters: list[inspect.Parameter] = []
    for parameter in inspect.signature(command).parameters.values():
        kind, only = _record_of(parameter.annotation)
        if kind is not None:
            spread[parameter.name] = kind
            for key, field in fields_of(kind).items():
                if only and key not in only:
                    continue
                parameters.append(_parameter(f"{parameter.name}{_STEP}{key}", key, field, also or {}))
        else:
            parameters.append(parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY))

    @wraps(command)
    def call(**given: Any) -> Any:
        records: dict[str, Any] = {}
        for name, kind in spread.items():
            prefix = name + _STEP
            values = {
                key.removeprefix(prefix): given.pop(key) for key in list(given) if key.startswith(prefix)
            }
            records[name] = record_from(
                kind, {key: value for key, value in values.items() if value is not None}
            )
        return command(**given, **records)

    call.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # typer reads its options here
    call.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return call


def _record_of(annotation: Any) -> tuple[type[Record] | None, tuple[str, ...]]:
    """The record that a parameter is, and the fields that are taken of it; no names: all."""
    kind, *marks = get_args(annotation) if get_origin(annotation) is Annotated else (annotation,)
    if not (isinstance(kind, type) and issubclass(kind, Record)):
        return None, ()
    return kind, next((mark.names for mark in marks if isinstance(mark, Only)), ())


def fields_of(kind: type[Record], prefix: str = "") -> dict[str, FieldInfo]:
    """The fields that a command line can give, nested ones by their path."""
    found: dict[str, FieldInfo] = {}
    for key, field in kind.model_fields.items():
        nested = field.annotation
        if isinstance(nested, type) and issubclass(nested, Record):
            found |= fields_of(nested, f"{prefix}{key}{_STEP}")
        elif _option_type(nested) is not None and not _told(field, "hidden"):
            found[prefix + key] = field
    return found


def flag(key: str) -> str:
    """`screen__most_calls` as `--screen-most-calls`."""
    return "--" + key.replace(_STEP, "-").replace("_", "-")


def record_from(kind: type[R], given: Mapping[str, Any]) -> R:
    """The record from flat options. Raises OptionError that names the option and says what it should be."""
    nested: dict[str, Any] = {}
    for key, value in given.items():
        *path, last = key.split(_STEP)
        inner = nested
        for step in path:
            inner = inner.setdefault(step, {})
        inner[last] = value
    try:
        return kind.model_validate(_listed(kind, nested))
    except ValidationError as problem:
        first = problem.errors()[0]
        # A place inside a list or a choice is no option: it goes by the option's name.
        option = flag(_STEP.join(str(step) for step in first["loc"] if isinstance(step, str)))
        told = first["msg"].removeprefix("Value error, ")
        if first["type"] == "missing":
            raise OptionError(f"{option} is missing") from None
        inside = told.removeprefix("Input ") if told.startswith("Input ") else f": {told}"
        raise OptionError(f"{option}{'' if inside.startswith(':') else ' '}{inside}") from None


def _parameter(name: str, key: str, field: FieldInfo, also: Mapping[str, str]) -> inspect.Parameter:
    kind = list[str] | None if _told(field, "repeated") else _option_type(field.annotation)
    switch = bool in get_args(kind)
    written = flag(key)
    option = typer.Option(
        f"{written}/--no-{written[2:]}" if switch else written, help=_about(key, field, also), show_default=False
    )  # fmt: skip
    return inspect.Parameter(
        name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=Annotated[kind, option]
    )


def _told(field: FieldInfo, what: str) -> bool:
    """What a field says of itself to a command line: `repeated` (given once for each value) or `hidden`."""
    extra = field.json_schema_extra
    return isinstance(extra, dict) and bool(extra.get(what))


def _option_type(kind: Any) -> Any:
    """What typer makes of a field's type, or None where a command line has no word for it."""
    if get_origin(kind) in (Union, UnionType):
        kinds = [one for one in get_args(kind) if one is not type(None)]
        return _option_type(kinds[0]) if len(kinds) == 1 else None
    if get_origin(kind) is tuple:
        return str | None
    if kind in (int, float, str, bool, Path) or get_origin(kind) is Literal:
        return kind | None
    return None


def _about(key: str, field: FieldInfo, also: Mapping[str, str]) -> str:
    """The field's docstring, its range, and its default."""
    bounds = [
        f"{sign} {getattr(rule, name):g}"
        for rule in field.metadata
        for name, sign in _SIGNS.items()
        if getattr(rule, name, None) is not None
    ]
    notes = [", ".join(bounds)] if bounds else []
    default = field.get_default(call_default_factory=True)
    if field.is_required():
        notes.append("required")
    elif isinstance(default, bool):
        notes.append(f"default: {'on' if default else 'off'}")
    elif default not in (None, "", ()):
        notes.append(f"default: {','.join(map(str, default)) if isinstance(default, tuple) else default}")
    said = " ".join(filter(None, (" ".join((field.description or "").split()), also.get(key))))
    return f"{said} [{'; '.join(notes)}]".strip() if notes else said


def _listed(kind: type[Record], values: Mapping[str, Any]) -> dict[str, Any]:
    """Comma-separated text as the tuple that the field wants."""
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
