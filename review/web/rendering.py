"""Templates: everything that a page prints is made visible and escaped, unless it was made for a page."""

from datetime import UTC, datetime
from pathlib import Path
from time import time
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from ...graph.records import Figure
from ...spec import visible
from .. import plots
from ..reading import words
from ..redlining import rendered

TEMPLATES = Path(__file__).parent / "templates"
STATIC = Path(__file__).parent / "static"


def environment(*folders: Path) -> Environment:
    """Jinja with autoescape; hidden characters are spelled out in every value, so that none can hide or turn text.

    Templates are looked for in `folders`, then among those of the review.
    """
    env = Environment(
        loader=FileSystemLoader([*folders, TEMPLATES]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: visible(value) if type(value) is str else value,
    )
    env.filters.update(
        points=points, percent=percent, interval=interval, number=number, share=share, usd=usd, seconds=seconds,
        ago=ago, plural=plural, query=query, part=part, dash=dash,
    )  # fmt: skip
    env.globals.update(
        words=words, plots=plots, redline_html=lambda hunks: Markup(rendered(hunks)), ranking=ranking_words
    )
    return env


def points(value: float | None, *, sign: bool = False) -> str:
    """A fraction as percentage points, one decimal; a dash where there is none."""
    if value is None:
        return "–"
    return f"{100 * value:+.1f}" if sign else f"{100 * value:.1f}"


def percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.0f} %"


def interval(figure: Figure, *, sign: bool = False) -> str:
    if figure.low is None or figure.high is None:
        return "no interval"
    return f"{points(figure.low, sign=sign)} to {points(figure.high, sign=sign)}"


def share(part: int, whole: int) -> str:
    return "–" if not whole else f"{100 * part / whole:.0f} %"


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:,.0f}"


def usd(value: float | None) -> str:
    """Dollars; None: the price of a call is unknown."""
    if value is None:
        return "price unknown"
    return f"${value:,.2f}" if value >= 1 or value == 0 else f"${value:.4f}"


def seconds(value: float | None) -> str:
    """A length of time as people say it."""
    if value is None:
        return "–"
    if value < 1:
        return f"{1000 * value:.0f} ms"
    if value < 90:
        return f"{value:.1f} s"
    if value < 5400:
        return f"{value / 60:.0f} min"
    return f"{value / 3600:.1f} h"


def ago(when: float) -> str:
    """How long ago a time (seconds since 1970) was; a date beyond a day."""
    past = max(0.0, time() - when)
    if past > 86_400:
        return datetime.fromtimestamp(when, UTC).strftime("%Y-%m-%d %H:%M UTC")
    return f"{seconds(past) if past >= 1 else 'a moment'} ago"


def plural(count: int, one: str, many: str = "") -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def query(values: dict[str, object]) -> str:
    """Arguments of an address, the empty ones left out."""
    given = {name: value for name, value in values.items() if value not in ("", None, False)}
    return "?" + urlencode(given) if given else "?"


def part(value: str) -> str:
    """A text as one part of an address."""
    return quote(value, safe="")


def dash(value: str) -> str:
    return value or "–"


def ranking_words(ranking: str) -> str:
    """`B>A=C` with blanks, as people read it."""
    return ranking.replace(">", " > ").replace("=", " = ")
