"""What comes before the prompts: consent, and a few questions about the person."""

from collections.abc import Mapping
from typing import Any

from ...records import digest
from ..records import Item, Question, Study
from .protocol import Asked, Form, Given, Where

SHORT_TEXT = 200
LONG_TEXT = 4000


class Consent:
    """The consent text, and one button that agrees."""

    name = "consent"
    title = "your consent"
    template = "consent.html"
    where: Where = "opening"

    def takes(self, study: Study, item: Item | None, place: int) -> bool:  # noqa: ARG002
        return bool(study.consent.strip())

    def view(self, asked: Asked) -> Mapping[str, Any]:
        return {"paragraphs": paragraphs(asked.study.consent)}

    def read(self, asked: Asked, form: Form) -> Given:
        """The digest of the text that was agreed to goes with the answer."""
        if form.text("agree", 10) != "yes":
            return Given(
                {}, "Tick the box to say that you agree, or close this page: nothing is then kept of you."
            )
        return Given({"agreed": True, "text": digest(asked.study.consent)})


class About:
    """The study's own questions, none of which has to be answered."""

    name = "about"
    title = "about you"
    template = "about.html"
    where: Where = "opening"

    def takes(self, study: Study, item: Item | None, place: int) -> bool:  # noqa: ARG002
        return bool(study.about)

    def view(self, asked: Asked) -> Mapping[str, Any]:
        return {"questions": asked.study.about}

    def read(self, asked: Asked, form: Form) -> Given:
        return Given({"answers": answered(asked.study.about, form)})


def answered(questions: tuple[Question, ...], form: Form) -> dict[str, Any]:
    """Question id to what was chosen or written, those left out omitted. Fields are named `q-ID`."""
    found: dict[str, Any] = {}
    for question in questions:
        field = f"q-{question.id}"
        if question.choices:
            told = form.choice(field, question.choices)
        else:
            told = form.text(field, LONG_TEXT if question.long else SHORT_TEXT)
        if told:
            found[question.id] = told
    return found


def paragraphs(text: str) -> list[str]:
    """Parts of a text between blank lines."""
    return [part.strip() for part in text.replace("\r\n", "\n").split("\n\n") if part.strip()]
