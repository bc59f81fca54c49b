"""The one place through which everything printed goes: text from data moves nothing but the cursor."""

import os
import sys
from collections.abc import Iterable
from typing import TextIO, cast

from rich.console import Console, ConsoleOptions, RenderableType
from rich.segment import Segment

from ..spec import visible, write_text


class Terminal(Console):
    """A console that obeys nothing in what it is given to print.

    Control characters, escape codes (OSC 8 and 52 among them), bidirectional and other unseen characters come out
    spelled, in tables and bars too; markup and picture names stay as they are. Only rich's own styles pass.
    """

    def __init__(self, *, stderr: bool = False, file: TextIO | None = None, width: int | None = None) -> None:
        stream = file or (sys.stderr if stderr else sys.stdout)
        terminal = stream.isatty()
        if width is None and not terminal and "COLUMNS" not in os.environ:
            width = 1000  # a file or a pipe has no width: nothing is wrapped or cut there
        super().__init__(
            stderr=stderr, file=file, markup=False, highlight=False, emoji=False, soft_wrap=not terminal, width=width
        )  # fmt: skip

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            if segment.control or segment.text.isalnum():
                yield segment
            else:
                yield Segment(visible(segment.text), segment.style)

    def put(self, text: str) -> None:
        """Write a finished document (a patch, a page) without wrapping: to a terminal with what nobody sees spelled
        out, to a file or a pipe byte for byte, for the program that reads it.
        """
        write_text(text, cast(TextIO, self.file))
