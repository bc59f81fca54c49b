"""`concord data`: look at participant data, and pack it."""

from pathlib import Path
from typing import Annotated

import typer

from .console import output

app = typer.Typer(
    help="Look at participant data, and pack it.", no_args_is_help=True,
    pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False,
)  # fmt: skip


@app.callback()
def _data() -> None:
    """Look at participant data, and pack it."""


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


@app.command("pack")
def data_pack(
    path: Annotated[Path, typer.Argument(metavar="PATH", help="Participant data of any layout.")],
    out: Annotated[
        Path,
        typer.Option(
            "--out",
            metavar="FILE",
            help="A file that ends in .parquet (extra `arrow`) or .npz (numpy alone).",
        ),
    ],
) -> None:
    """Everybody's rankings in columns, in a file that `concord agreement --rankings` reads in seconds.

    The data is read in a stream. Texts are left out: prompts, responses, and what people wrote.
    """
    from ..panel.importers.streaming import stream
    from ..panel.packed import pack
    from ..review.printing import count
    from .console import messages

    columns = stream(path)
    pack(columns, out)
    for kind, number in sorted(columns.problems.items()):
        messages().print(f"{kind.replace('_', ' ')}: {number:,}")
    output().print(
        f"{count(columns.assessments, 'assessment')} of {count(len(columns.conversations), 'conversation')} by "
        f"{count(len(columns.participants), 'participant')}: {out}", soft_wrap=True,
    )  # fmt: skip
