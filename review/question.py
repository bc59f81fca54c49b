"""What a reviewer is shown before an adoption: the edit against the text as it stands, its evidence, its flags."""

from rich.console import Console
from rich.text import Text

from ..graph.question import Question
from ..spec import visible
from .printing import indented
from .report import effect_line
from .words import ORIGINS


def show_question(console: Console, question: Question) -> None:
    """Print one accepted edit, and what each answer does."""
    console.print()
    console.print(
        Text(
            f"To decide, {question.number} of {question.of}: {question.proposal}: {question.intent}",
            style="bold",
        )
    )
    origin = ORIGINS.get(question.origin, question.origin)
    indented(console, f"{question.label or 'no label'}, {question.kind.replace('_', ' ')}, from the {origin}")
    if question.overlays:
        names = " and ".join(visible(name) for name in question.overlays)
        indented(console, f"for the overlay of {names}: the common text stays as it is")
    if question.needs_person:
        indented(console, "the section's authority leaves this change to a person")
    if question.reason:
        indented(console, f"trial: {question.reason}")
    if question.effect:
        indented(console, effect_line(question.effect))
    if voice := question.support:
        indented(
            console,
            f"people's words: {voice.support} support, {voice.refute} refute, {voice.silent} silent ({voice.outcome})",
        )
    for sentence in (*question.conflicts, *question.refuting):
        console.print(Text(f"  ! {visible(sentence)}", style="yellow"))
    for flag in question.flags:
        console.print(Text(f"  ! {flag.sentence}", style="yellow"))
    console.print()
    console.print(question.redline.rstrip())
    show_answers(console, question)


def show_answers(console: Console, question: Question) -> None:
    """Print what each answer does."""
    console.print()
    for word, meaning in question.answers.items():
        console.print(f"  {word:10}  {meaning}")
