"""The data card: what a stranger must know before using the data, as a hub's README with figures beside it."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined

from ..panel.anonymity import ABSENT
from ..panel.inspect import inspect_panel
from ..panel.records import Panel
from ..records import Record
from .release_records import Released, Terms

CARD, FIGURES = "README.md", "figures"
_ROWS = 30


class Row(Record):
    """People who gave one value."""

    value: str
    people: int
    share: float


class Table(Record):
    """One demographic attribute over all participants."""

    attribute: str
    rows: tuple[Row, ...]
    figure: str
    """The figure's path inside the release."""


def write_card(
    folder: Path, panel: Panel, attributes: Sequence[str], terms: Terms, made: Released
) -> tuple[Table, ...]:
    """Write README.md and a bar chart an attribute into `folder`; gives the tables that they show."""
    tables = tuple(table(panel, name, number) for number, name in enumerate(attributes, 1))
    (folder / FIGURES).mkdir(exist_ok=True)
    for each in tables:
        picture = (
            _environment(escape=True)
            .get_template("bars.svg.jinja")
            .render(table=each, rows=each.rows[:_ROWS])
        )
        (folder / each.figure).write_text(picture, encoding="utf-8", errors="replace")
    finds = Counter((find.kind, find.by, find.masked) for find in made.finds)
    card = (
        _environment(escape=False)
        .get_template("card.md.jinja")
        .render(
            panel=panel, terms=terms, made=made, tables=tables, shape=inspect_panel(panel, examples=0), rows=_ROWS,
            finds=[
                {"kind": kind, "by": by, "masked": hidden, "count": count}
                for (kind, by, hidden), count in sorted(finds.items())
            ],
        )
    )  # fmt: skip
    (folder / CARD).write_text(card, encoding="utf-8", errors="replace")
    return tables


def table(panel: Panel, attribute: str, number: int) -> Table:
    """How many people gave which value, most first. `number` makes the figure's name: values and attributes are data,
    never a path."""
    counts = Counter(one.demographics.get(attribute, ABSENT) for one in panel.participants.values())
    total = max(1, counts.total())
    return Table(
        attribute=attribute,
        rows=tuple(
            Row(value=value, people=people, share=people / total)
            for value, people in sorted(counts.items(), key=lambda each: (-each[1], each[0]))
        ),
        figure=f"{FIGURES}/demographics-{number}.svg",
    )


def _environment(*, escape: bool) -> Environment:
    made = Environment(
        loader=PackageLoader("concord.elicit", "templates"), autoescape=escape, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
    )  # fmt: skip
    made.filters["cell"] = cell
    made.filters["quoted"] = quoted
    return made


def cell(text: str) -> str:
    """Data inside a Markdown table or sentence: one line, no markup of its own."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return "".join(f"\\{letter}" if letter in "\\`*_[]<>|#!" else letter for letter in line)


def quoted(text: str) -> str:
    """Data inside YAML: a double-quoted scalar on one line (JSON's strings are YAML's)."""
    import json

    return json.dumps(" ".join(text.split()))
