"""The option that names a shared store, as every command that reads or writes runs takes it."""

from typing import Annotated

import typer

from ..store.address import VARIABLE

Store = Annotated[
    str | None,
    typer.Option(
        "--store",
        metavar="URL",
        help=f"A shared store, postgresql://USER@HOST/DATABASE (default: ${VARIABLE}, else files here).",
    ),
]
