"""`concord runs`: the runs that there are."""

from typing import Annotated

import typer

from ..api.home import home
from ..api.listing import listed
from ..review.printing import points, show_json, table
from .console import output
from .storing import Store

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)


@app.command()
def runs(
    store: Store = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The runs under the home ($CONCORD_HOME, else `runs` here), the oldest first, and how each stands."""
    found = listed(home(), store)
    if as_json:
        show_json(output(), [row.model_dump(mode="json") for row in found])
        return
    if not found:
        output().print(f"{home()} holds no run: start one with `concord run`")
        return
    shown = table("run", "launched", "stands", "rounds", "adopted", "gain", "calls", "waits for")
    for row in found:
        shown.add_row(
            row.id, row.launched, row.stands, _shown(row.rounds), _shown(row.adopted), points(row.gain, sign=True),
            _shown(row.calls), row.waits,
        )  # fmt: skip
    output().print(shown)


def _shown(number: int | None) -> str:
    return "–" if number is None else f"{number:,}"
