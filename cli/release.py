"""`concord release`: a dataset to give away."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from ..errors import InputError
from .console import messages, output

app = typer.Typer(pretty_exceptions_enable=False, rich_markup_mode=None, add_completion=False)


class Found(StrEnum):
    """What a text can be searched for."""

    EMAIL = "email"
    PHONE = "phone"
    NAME = "name"


@app.command()
def release(
    data: Annotated[Path, typer.Argument(metavar="DATA", help="A CA-1 folder, or a JSON-lines file.")],
    out: Annotated[Path, typer.Option("--out", metavar="DIR", help="A new folder.")],
    licence: Annotated[str, typer.Option("--licence", metavar="SPDX", help="The licence, e.g. CC-BY-4.0.")],
    title: Annotated[str, typer.Option(help="The data set's name.")] = "Public input on model behaviour",
    consent: Annotated[
        Path | None, typer.Option("--consent", metavar="FILE", help="The words that participants agreed to.")
    ] = None,
    salt: Annotated[
        Path | None,
        typer.Option(
            "--salt", metavar="FILE",
            help="A secret of 16 bytes or more that ids are hashed with. The same salt gives the same ids in a later "
            "release. Default: this home's own, which never leaves it.",
        ),
    ] = None,
    k: Annotated[
        int, typer.Option("--k", min=1, help="People that must look alike by their demographics; 1 changes none.")
    ] = 5,
    prefer: Annotated[
        list[str] | None,
        typer.Option("--prefer", metavar="ATTRIBUTE", help="Show this attribute before others where not all can be."),
    ] = None,
    drop: Annotated[
        list[str] | None, typer.Option("--drop", metavar="ATTRIBUTE", help="Leave a demographic attribute out.")
    ] = None,
    free_text: Annotated[
        list[str] | None,
        typer.Option(
            "--free-text", metavar="ATTRIBUTE", help="An attribute in people's own words (long ones are seen as such anyway)."
        ),
    ] = None,
    mask: Annotated[
        list[Found] | None,
        typer.Option("--mask", help="Replace such finds in people's words (default: email and phone)."),
    ] = None,
    region: Annotated[
        list[str] | None,
        typer.Option("--region", metavar="CC", help="Countries whose phone numbers are read without a plus (default: US)."),
    ] = None,
    scan: Annotated[bool, typer.Option("--scan/--no-scan", help="Search texts for personal data.")] = True,
    keep_ids: Annotated[
        bool, typer.Option("--keep-conversation-ids", help="Don't hash conversations' ids.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON, finds included.")] = False,
) -> None:  # fmt: skip
    """Write data in CA-1's layout with hashed ids, k-anonymous demographics, searched texts, a data card and checksums.

    Read what it found before you give anything away: it knows e-mail addresses, phone numbers and common names, not stories.
    """
    from ..api.home import salt as home_salt
    from ..elicit.release import release as make
    from ..elicit.release_records import Terms
    from ..elicit.release_words import show_release
    from ..panel.importers.load import load

    terms = Terms(
        title=title, licence=licence, consent=_read(consent).decode("utf-8", "replace") if consent else "", k=k,
        prefer=tuple(prefer or ()), drop=tuple(drop or ()), free_text=tuple(free_text or ()), mask=tuple(each.value for each in mask) if mask else ("email", "phone"),
        search=("email", "phone", "name") if scan else (), regions=tuple(region or ("US",)),
        keep_conversation_ids=keep_ids,
    )  # fmt: skip
    made = make(
        load(data),
        out,
        terms,
        _read(salt) if salt else home_salt(),
        progress=lambda line: messages().print(line, soft_wrap=True),
    )
    if as_json:
        output().print_json(made.model_dump_json())
    else:
        show_release(output(), made, out)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as problem:
        raise InputError(f"{path} can't be read: {problem.strerror}") from None
