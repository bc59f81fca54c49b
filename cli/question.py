"""The question before an adoption, asked at a terminal."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager

from rich.prompt import Prompt

from ..graph.question import Answer, Question
from ..review.question import show_answers, show_question
from ..review.terminal import Terminal
from .console import messages
from .progress import Display


class Reviewer:
    """Asks the person at the terminal (api.answers.Person)."""

    def __init__(self, display: Display) -> None:
        self.display = display
        self.name = ""

    async def __call__(self, question: Question) -> Answer:
        self.display.pause()
        try:
            with _interruptible():
                return self._ask(messages(), question)
        finally:
            self.display.go_on()

    def _ask(self, console: Terminal, question: Question) -> Answer:
        show_question(console, question)
        # No default: a decision is typed, never slipped into.
        while (word := Prompt.ask("Decision", choices=[*question.answers, "?"], console=console)) == "?":
            show_answers(console, question)
        if word == "pause":
            return Answer.model_validate({"proposal": question.proposal, "decision": word})
        note = ""
        while not note:
            note = Prompt.ask(
                "Why (others will read it)", default="", show_default=False, console=console
            ).strip()
        while not self.name:
            self.name = Prompt.ask("Your name", default="", show_default=False, console=console).strip()
        return Answer.model_validate(
            {"proposal": question.proposal, "decision": word, "name": self.name, "note": note}
        )


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end the waiting for a line: asyncio's own handler would only note it until the line is there."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
