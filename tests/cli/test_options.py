"""Options read off a record: names, help, ranges and defaults stand in the record and nowhere else."""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import typer
from pydantic import Field, field_validator
from typer.testing import CliRunner

from concord.cli.options import Only, fields_of, flag, record_from, with_options
from concord.errors import OptionError
from concord.graph.options import Options
from concord.records import Record


class Screen(Record):
    most_calls: int = Field(24, ge=4, le=99)
    """Calls at the most."""


class Knobs(Record):
    rate: float = Field(0.5, gt=0, lt=1)
    """How fast."""
    block: Literal["world", "personal"] = "world"
    racing: bool = True
    names: tuple[str, ...] = ("a", "b")
    file: Path | None = None
    weights: Mapping[str, float] = {}
    screen: Screen = Screen()

    @field_validator("names")
    @classmethod
    def _few(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        if len(names) > 3:
            raise ValueError("give three at the most")
        return names


def invoke(*words: str, only: tuple[str, ...] = ()) -> tuple[Any, Any]:
    """The record that a command of these knobs gets, and what typer says."""
    got: list[Knobs] = []

    def command(*, knobs: Knobs, loud: Annotated[bool, typer.Option("--loud")] = False) -> None:
        """Do it."""
        got.append(knobs)

    if only:
        command.__annotations__["knobs"] = Annotated[Knobs, Only(*only)]
    app = typer.Typer(rich_markup_mode=None, add_completion=False)
    app.command()(with_options(command, also={"block": "World or personal."}))
    result = CliRunner().invoke(app, list(words), env={"COLUMNS": "200"})
    return (got[0] if got else None), result


def test_what_is_not_given_takes_the_records_default() -> None:
    knobs, _ = invoke()
    assert knobs == Knobs()
    assert not knobs.model_fields_set


def test_every_kind_of_field_can_be_given() -> None:
    knobs, _ = invoke(
        "--rate", "0.25", "--block", "personal", "--no-racing", "--names", "x, y", "--file", "f.toml",
        "--screen-most-calls", "9",
    )  # fmt: skip
    assert knobs == Knobs(
        rate=0.25, block="personal", racing=False, names=("x", "y"), file=Path("f.toml"), screen=Screen(most_calls=9)
    )  # fmt: skip


def test_help_tells_docstring_range_and_default() -> None:
    _, result = invoke("--help")
    assert "How fast. [> 0, < 1; default: 0.5]" in result.output
    assert "Calls at the most. [≥ 4, ≤ 99; default: 24]" in result.output
    assert "World or personal. [default: world]" in result.output
    assert "--racing / --no-racing" in result.output
    assert "[default: a,b]" in result.output
    assert "weights" not in result.output, "a command line has no word for a mapping"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"rate": 2.0}, "--rate should be less than 1"),
        ({"screen__most_calls": 3}, "--screen-most-calls should be greater than or equal to 4"),
        ({"names": "a,b,c,d"}, "--names: give three at the most"),
    ],
)
def test_a_value_that_the_record_refuses_is_one_sentence(given: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        record_from(Knobs, given)


def test_a_command_may_take_some_fields_only() -> None:
    _, result = invoke("--help", only=("rate", "screen__most_calls"))
    assert "--rate" in result.output
    assert "--screen-most-calls" in result.output
    assert "--block" not in result.output


def test_every_option_of_a_run_has_words() -> None:
    silent = [flag(key) for key, field in fields_of(Options).items() if not (field.description or "").strip()]
    assert not silent, f"Options says nothing about {', '.join(silent)}"


def test_run_takes_every_option_that_a_command_line_has_a_word_for(concord: Any) -> None:
    told = concord("run", "--help").out
    for key in fields_of(Options):
        assert f"{flag(key)} " in told or f"{flag(key)}\n" in told, key
