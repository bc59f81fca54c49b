"""`concord data`: look at participant data."""

from pathlib import Path
from typing import Annotated

import typer

from .console import output

app = typer.Typer(
    help="Look at participant data.", no_args_is_help=True,
    pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False,
)  # fmt: skip


@app.callback()
def _data() -> None:
    """Look at participant data."""


@app.command("inspect")
def data_inspect(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="A CA-1 folder, or a JSON-lines file.")],
    examples: Annotated[int, typer.Option(min=0, help="Problems shown of each kind.")] = 3,
    split_seed: Annotated[int, typer.Option(help="Draws the splits whose sizes are told.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Counts, vocabularies and every kind of problem in participant data, with examples."""
    from ..agreement.carefulness import careless
    from ..panel.importers.load import load
    from ..panel.inspect import inspect_panel
    from ..panel.splits import FoldSplitter
    from ..review.inspection import show_inspection

    panel = load(path)
    found = inspect_panel(panel, examples=examples, splitter=FoldSplitter(split_seed))
    show_inspection(output(), found, careless(panel), as_json=as_json)
