"""`concord spec`: look at specs."""

from pathlib import Path
from typing import Annotated, Literal

import typer

from .console import messages, output

app = typer.Typer(
    help="Look at specs: their sections, and what changed.", no_args_is_help=True,
    pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False,
)  # fmt: skip

Form = Literal["redline", "patch", "html", "json"]


@app.command("show")
def spec_show(
    path: Annotated[
        Path,
        typer.Argument(
            metavar="SPEC", help="A behaviour spec in Markdown; with --overlay, a run's folder or id."
        ),
    ],
    overlay: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="Print the common text of a run joined with the overlay of this group."
        ),
    ] = None,
    section: Annotated[str | None, typer.Option(help="Print the text of the section with this id.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """The sections of a spec: ids, authority, titles, words, labelled examples."""
    from ..review.outline import show_outline, show_problems, show_section
    from ..spec import outline, problems, read_spec

    if overlay is not None:
        from .overlay import overlay_text

        spec = overlay_text(str(path), overlay)
        if section is None and not as_json:
            output().put(spec.text)
            return
    else:
        spec = read_spec(path)
    if section is None:
        show_outline(output(), outline(spec), as_json=as_json)
        show_problems(messages(), problems(spec))
    else:
        show_section(output(), spec, section, as_json=as_json)
        show_problems(messages(), [each for each in problems(spec) if each.section == section])


@app.command("diff")
def spec_diff(
    before: Annotated[Path, typer.Argument(metavar="BEFORE", help="The older spec.")],
    after: Annotated[Path, typer.Argument(metavar="AFTER", help="The newer spec.")],
    form: Annotated[Form, typer.Option("--format", help="How to show it.")] = "redline",
) -> None:
    """What changed between two specs, section by section; as a page (html); or as a patch.

    A patch names the BEFORE file. Apply it in that file's folder: `patch -p1 < FILE` or `git apply FILE`.
    """
    from ..review.printing import show_json
    from ..review.redlines import page, show_comparison
    from ..spec import compare, read_spec, unified_patch

    old, new = read_spec(before), read_spec(after)
    if form == "patch":
        patch = unified_patch(old.text, new.text, before.name)
        output().put(patch)
        if patch:
            messages().print(
                f"to apply it, in the folder of {before.name}: patch -p1 < FILE, or git apply FILE"
            )
        return
    comparison = compare(old, new)
    if form == "html":
        output().put(page(comparison, f"{before.name} → {after.name}"))
    elif form == "json":
        show_json(output(), comparison.model_dump(mode="json"))
    elif old.text == new.text:
        messages().print("the two specs are the same")
    else:
        show_comparison(output(), comparison)
