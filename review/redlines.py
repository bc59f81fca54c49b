"""Redlines for a reader: on a terminal in colour, in a file with marks, or as a page of its own."""

import html

from rich.console import Console
from rich.padding import Padding

from ..spec import REDLINE_CSS, Hunk, to_html, to_plain, to_terminal

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
.redline {{ border-left: 3px solid #d0d0d0; padding-left: 1rem; margin: 1.5rem 0; }}
{css}</style>
</head>
<body>
<h1>{title}</h1>
{body}
</body>
</html>
"""


def show_redline(console: Console, hunks: tuple[Hunk, ...], *, indent: int = 0) -> None:
    """Print a redline: colours on a terminal, `[-out-]{+in+}` where there are none."""
    if console.is_terminal and console.color_system and not console.no_color:
        text = to_terminal(hunks)
        text.rstrip()
        console.print(Padding(text, (0, 0, 0, indent)) if indent else text)
    else:
        lines = to_plain(hunks).rstrip("\n").split("\n")
        console.print("\n".join(" " * indent + line if line else line for line in lines), soft_wrap=True)


def page(hunks: tuple[Hunk, ...], title: str) -> str:
    """A whole HTML page, everything from the texts escaped; it runs no script and fetches nothing."""
    body = to_html(hunks) if hunks else "<p>The two specs are the same.</p>"
    return _PAGE.format(title=html.escape(title), css=REDLINE_CSS, body=body)
