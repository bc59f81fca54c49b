"""How results are printed: figures, plain tables, notices and JSON."""

import json
import re
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from ..spec import visible

if TYPE_CHECKING:  # what is printed without figures comes up without the statistics
    from ..graph.records import Figure

_UNSEEN = re.compile(
    "[\x7f-\x9f\xad\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f\ud800-\udfff]"
)


def points(value: float | None, *, sign: bool = False) -> str:
    """A fraction in points, or a dash where it is undefined."""
    return "–" if value is None else f"{100 * value:{'+' if sign else ''}.1f}"


def interval(figure: "Figure", *, sign: bool = False) -> str:
    """The 95 % interval in points, or a dash where it is undefined."""
    if figure.low is None or figure.high is None:
        return "–"
    return f"{points(figure.low, sign=sign)} to {points(figure.high, sign=sign)}"


def money(usd: float | None, digits: int = 2) -> str:
    """`$1.25`, or `unknown` where a price isn't known: never nothing for something."""
    return "unknown" if usd is None else f"${usd:,.{digits}f}"


def count(number: int, word: str) -> str:
    """`1 round`, `1,200 rounds`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def table(*columns: str) -> Table:
    """A table without lines: the first column to the left, figures to the right; nothing is cut off."""
    made = Table(box=None, show_edge=False, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for place, column in enumerate(columns):
        made.add_column(column, justify="right" if place else "left", overflow="fold")
    return made


def indented(console: Console, text: str, *, by: int = 2) -> None:
    """Print one paragraph, every line of it indented; where nothing wraps it stays one line."""
    if console.is_terminal:
        console.print(Padding(Text(text), (0, 0, 0, by), expand=False))
    else:
        console.print(" " * by + text)


def show_notice(console: Console, notice: str) -> None:
    """What every output must say of the data and the base models."""
    if notice:
        console.print(Text(f"Note: {visible(notice)}", style="yellow"))


def show_json(console: Console, value: Any) -> None:
    """Print a JSON value. Characters that nobody sees are escaped, as JSON allows, so a terminal obeys none."""
    text = json.dumps(value, indent=2, ensure_ascii=False)
    console.file.write(_UNSEEN.sub(_escaped, text) + "\n")


def _escaped(match: re.Match[str]) -> str:
    """`\\u202e`, as a pair of surrogates beyond the first plane."""
    return json.dumps(match.group())[1:-1]
