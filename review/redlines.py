"""Redlines and comparisons for a reader: on a terminal in colour, in a file with marks, or as a page of its own."""

import html

from rich.console import Console
from rich.padding import Padding

from ..spec import (
    COMPARISON_CSS,
    Comparison,
    Hunk,
    comparison_html,
    comparison_plain,
    comparison_terminal,
    to_plain,
    to_terminal,
    visible,
)

_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>
body {{ max-width: 50rem; margin: 2rem auto; padding: 0 1rem; font: 1rem/1.5 system-ui, sans-serif; }}
{css}</style>
</head>
<body>
<main>
<h1>{title}</h1>
{body}</main>
</body>
</html>
"""


def show_redline(console: Console, hunks: tuple[Hunk, ...], *, indent: int = 0) -> None:
    """Print a redline: colours on a terminal, `[-out-]{+in+}` where there are none."""
    if _coloured(console):
        text = to_terminal(hunks)
        text.rstrip()
        console.print(Padding(text, (0, 0, 0, indent)) if indent else text)
    else:
        lines = to_plain(hunks).rstrip("\n").split("\n")
        console.print("\n".join(" " * indent + line if line else line for line in lines), soft_wrap=True)


def show_comparison(console: Console, comparison: Comparison) -> None:
    """Print a comparison: colours on a terminal, `[-out-]{+in+}` where there are none."""
    if _coloured(console):
        console.print(comparison_terminal(comparison), end="")
    else:
        console.print(comparison_plain(comparison), end="", soft_wrap=True)


def page(comparison: Comparison, title: str) -> str:
    """A whole HTML page, everything from the texts escaped; it runs no script and fetches nothing."""
    return _PAGE.format(
        title=html.escape(visible(title)), css=COMPARISON_CSS, body=comparison_html(comparison)
    )


def _coloured(console: Console) -> bool:
    return bool(console.is_terminal and console.color_system and not console.no_color)
