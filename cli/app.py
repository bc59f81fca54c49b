"""The `concord` command: what becomes of each kind of error, and its exit codes."""

import io
import re
import sys
from typing import Annotated

import typer

from .. import __version__
from ..errors import BudgetEnded, CallFailed, InputError
from .commands import add_all
from .exits import BAD_INPUT, FAILED_OUTSIDE, INTERRUPTED, TABLE

app = typer.Typer(
    name="concord",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    add_completion=False,
)

# Typer carries its own click in newer versions; the errors of both are reached through the one it exports.
UsageError: type[typer.BadParameter] = typer.BadParameter.__mro__[1]
_INVALID = re.compile(
    r"Invalid value for '?(?P<option>[^']+?)'?: (?:Value error, )?(?P<problem>.*)", re.DOTALL
)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"concord {__version__}")
        raise typer.Exit


@app.callback(
    help="Revises a behaviour spec until it agrees with the people it is for, on evidence.",
    epilog="\b\nExit codes:\n" + "\n".join(f"  {code:3}  {told}" for code, told in TABLE.items()),
)
def _concord(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


add_all(app)


def main() -> None:
    """Run the command line, and exit with one of the codes of `exits.TABLE`."""
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
    from .console import messages

    messages().print(f"concord: {' '.join(str(problem).split())}")
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
