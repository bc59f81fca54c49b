"""The question before an adoption, asked at a terminal."""

from rich.prompt import Prompt

from ..api.answers import CHOICES, MEANINGS, Answer, Choice, Question
from ..graph.run_records import RunRecords
from ..review.question import show_question
from ..review.terminal import Terminal
from .console import messages
from .progress import Display


class Reviewer:
    """Asks the person at the terminal (api.answers.Person)."""

    def __init__(self, display: Display, store: RunRecords) -> None:
        self.display = display
        self.store = store
        self.name = ""

    async def __call__(self, question: Question) -> Answer | None:
        self.display.pause()
        try:
            return self._ask(messages(), question)
        finally:
            self.display.go_on()

    def _ask(self, console: Terminal, question: Question) -> Answer | None:
        show_question(console, self.store, question.proposal)
        show_meanings(console)
        choice = "?"
        while choice == "?":
            # No default: a decision is typed, never slipped into.
            choice = Prompt.ask("Decision", choices=[*CHOICES, "pause", "?"], console=console)
            if choice == "?":
                show_meanings(console)
        if choice == "pause":
            return None
        note = Prompt.ask("Note (why)", default="", show_default=False, console=console)
        while not self.name:
            self.name = Prompt.ask("Your name", default="", show_default=False, console=console).strip()
        decision: Choice = next(known for known in CHOICES if known == choice)
        return Answer(proposal=question.proposal, decision=decision, name=self.name, note=note)


def show_meanings(console: Terminal) -> None:
    """Print what each answer does."""
    console.print()
    for choice, meaning in MEANINGS.items():
        console.print(f"  {choice:9}  {meaning}")
