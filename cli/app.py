"""The `concord` command: its groups, and what becomes of each kind of error."""

import io
import os
import re
import sys
from typing import Annotated

import typer
from rich.console import Console

from .. import __version__
from ..errors import BudgetEnded, CallFailed, InputError

app = typer.Typer(
    name="concord",
    help="Revises a behaviour spec until it agrees with the people it is for, on evidence.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)

BAD_INPUT = 2
FAILED_OUTSIDE = 1
INTERRUPTED = 130

# Typer carries its own click in newer versions; the errors of both are reached through the one it exports.
UsageError: type[typer.BadParameter] = typer.BadParameter.__mro__[1]
_INVALID = re.compile(
    r"Invalid value for '?(?P<option>[^']+?)'?: (?:Value error, )?(?P<problem>.*)", re.DOTALL
)


def output() -> Console:
    """Where results go. Text from data never becomes markup, a picture or a colour."""
    return _console(sys.stdout.isatty(), stderr=False)


def messages() -> Console:
    """Where progress and complaints go."""
    return _console(sys.stderr.isatty(), stderr=True)


def _console(terminal: bool, *, stderr: bool) -> Console:
    # A file or a pipe has no width: nothing is wrapped or cut there, unless COLUMNS says so.
    width = None if terminal or "COLUMNS" in os.environ else 1000
    return Console(
        stderr=stderr, markup=False, highlight=False, emoji=False, soft_wrap=not terminal, width=width
    )


def _version(wanted: bool) -> None:
    if wanted:
        output().print(f"concord {__version__}")
        raise typer.Exit


@app.callback()
def _concord(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 a failure outside, 2 bad input, 130 interrupted."""
    # Each module adds its commands to `app`, in the order in which --help lists them.
    from . import run, look, review, report, export, compare, spec, data, models, evals  # noqa: F401, I001

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A dash or a name that the terminal's encoding lacks must not end a run.
            stream.reconfigure(errors="backslashreplace")
    try:
        code = app(prog_name="concord", standalone_mode=False)
        if code == INTERRUPTED:
            raise KeyboardInterrupt
    except UsageError as problem:
        code = _misused(problem)
    except InputError as problem:
        code = _complain(problem, BAD_INPUT)
    except (CallFailed, BudgetEnded) as problem:
        code = _complain(problem, FAILED_OUTSIDE)
    except (KeyboardInterrupt, typer.Abort):
        code = _complain("interrupted", INTERRUPTED)
    except BrokenPipeError:
        sys.stderr.close()
        code = FAILED_OUTSIDE
    except OSError as problem:
        where = f"{problem.filename}: " if problem.filename else ""
        code = _complain(f"{where}{(problem.strerror or str(problem)).lower()}", FAILED_OUTSIDE)
    sys.exit(code if isinstance(code, int) else 0)


def _complain(problem: object, code: int) -> int:
    """One line on stderr, whatever the data that is quoted in it holds."""
    from ..spec.visible import visible

    messages().print(f"concord: {' '.join(visible(str(problem)).split())}")
    return code


def _misused(problem: typer.BadParameter) -> int:
    """A wrong option or command, said in one sentence; no command at all gets the help."""
    told = problem.format_message()
    path = problem.ctx.command_path if problem.ctx else "concord"
    if type(problem).__name__ == "NoArgsIsHelpError":
        typer.echo(told, err=True)
        return BAD_INPUT
    told = told.rstrip(".")
    if invalid := _INVALID.fullmatch(told):
        found = invalid["problem"]
        told = invalid["option"] + (
            found.removeprefix("Input") if found.startswith("Input ") else f": {found}"
        )
    else:
        told = told[:1].lower() + told[1:]
    return _complain(f"{told}; `{path} --help` tells more", BAD_INPUT)
