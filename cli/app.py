"""The `concord` command: its groups, and what becomes of each kind of error."""

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


def output() -> Console:
    """Where results go. Text from data never becomes markup."""
    return Console(markup=False, highlight=False, soft_wrap=not sys.stdout.isatty())


def messages() -> Console:
    """Where progress and complaints go."""
    return Console(stderr=True, markup=False, highlight=False, soft_wrap=not sys.stderr.isatty())


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
    from . import evals, look, run  # noqa: F401 - each module adds its commands to `app`

    try:
        app()
    except InputError as problem:
        messages().print(f"concord: {problem}")
        sys.exit(BAD_INPUT)
    except (CallFailed, BudgetEnded) as problem:
        messages().print(f"concord: {problem}")
        sys.exit(FAILED_OUTSIDE)
    except KeyboardInterrupt:
        messages().print("concord: interrupted; what was answered is kept")
        sys.exit(130)
    except BrokenPipeError:
        sys.stderr.close()
        sys.exit(FAILED_OUTSIDE)
