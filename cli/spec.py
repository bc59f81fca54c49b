"""`concord spec`: look at specs."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from .console import messages, output

app = typer.Typer(
    help="Look at specs: their sections, and what changed.", no_args_is_help=True,
    pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False,
)  # fmt: skip

Form = Literal["redline", "patch", "html"]


@app.command("show")
def spec_show(
    path: Annotated[Path, typer.Argument(metavar="SPEC", help="A behaviour spec in Markdown.")],
    section: Annotated[str | None, typer.Option(help="Print the text of the section with this id.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The sections of a spec: ids, authority, titles, words, labelled examples."""
    from ..review.outline import show_outline, show_section
    from ..spec import outline, read_spec

    spec = read_spec(path)
    if section is None:
        show_outline(output(), outline(spec), as_json=as_json)
    else:
        show_section(output(), spec, section, as_json=as_json)


@app.command("diff")
def spec_diff(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="The older spec.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="The newer spec.")],
    form: Annotated[Form, typer.Option("--format", help="How to show it.")] = "redline",
) -> None:
    """What changed between two specs: a word-level redline, a patch for `patch -p1`, or an HTML page."""
    from ..review.redlines import page, show_redline
    from ..spec import read_spec, redline, unified_patch

    old, new = read_spec(before), read_spec(after)
    if form == "patch":
        output().put(unified_patch(old.text, new.text, after.name))
        return
    hunks = redline(old.text, new.text)
    if form == "html":
        output().put(page(hunks, f"{before.name} → {after.name}"))
    elif not hunks:
        messages().print("the two specs are the same")
    else:
        show_redline(output(), hunks)
