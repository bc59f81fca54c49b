"""A person's answers to a run's questions: filed beforehand, or given when asked."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from pydantic import ValidationError

from ..errors import OptionError, RunError
from ..graph.question import ANSWERS, Answer, Question, read_answer
from ..graph.run_records import RunRecords

Person = Callable[[Question], Awaitable[Answer]]
"""Asks a person. An answer whose decision is `pause` lets the run wait."""
TO_FILE = tuple(word for word in ANSWERS if word != "pause")
"""The decisions that can be filed for a run that waits."""

_ASKED, _FILED = "asked", "filed"
"""Notes of a run: the question it waits on, and the answer that somebody filed for it."""


class Answering:
    """Answers the loop (graph.Approver): with what was filed or said before, else by asking, else by letting it wait."""

    def __init__(
        self,
        records: RunRecords,
        person: Person | None = None,
        said: Callable[[Question], Answer | None] = lambda _: None,
    ) -> None:
        """`said` knows answers that were given before the question came up."""
        self.records = records
        self.person = person
        self.said = said

    async def __call__(self, question: Question) -> Answer:
        """Writes down what is asked as long as it is not answered."""
        answer = filed_answer(self.records, question) or self.said(question)
        if answer is None and self.person is not None:
            answer = await self.person(question)
        if answer is None:
            answer = Answer(proposal=question.proposal, decision="pause")
        note_question(self.records, question if answer.decision == "pause" else None)
        return answer


def note_question(records: RunRecords, question: Question | None) -> None:
    """Write down what the run waits on; None: on nothing."""
    records.put_note(_ASKED, question.model_dump(mode="json") if question else None)
    records.flush()


def waiting_question(records: RunRecords) -> Question | None:
    """What a run waits on; None where it waits on nobody."""
    try:
        note = records.note(_ASKED)
        return Question.model_validate(note) if note else None
    except ValidationError:
        return None


def question_since(records: RunRecords) -> datetime | None:
    """When a run's question was written down, in UTC; None when that isn't known."""
    return records.note_changed(_ASKED)


def file_answer(records: RunRecords, answer: Answer) -> None:
    """Keep an answer until the run is taken up again; a later one for the same question replaces it.

    Raises RunError where the run asks nothing, or asks about another proposal.
    """
    question = waiting_question(records)
    if question is None:
        raise RunError("the run waits for no decision: only a run that paused before an adoption does")
    if answer.proposal != question.proposal:
        raise RunError(
            f"the run waits for a decision on {question.proposal}, not on {answer.proposal}: one question at a time"
        )
    records.put_note(_FILED, {"round": question.round, "answer": answer.model_dump(mode="json")})
    records.flush()


def filed_answer(records: RunRecords, question: Question) -> Answer | None:
    """The answer that was filed for this very question: of its proposal, in its round.

    It stays on file, so that a process that dies before the decision is on record loses nothing. No later question
    is of the same proposal and round: it answers this one alone.
    """
    note = records.note(_FILED)
    try:
        if not isinstance(note, dict) or note.get("round") != question.round:
            return None
        answer = Answer.model_validate(note.get("answer"))
    except ValidationError:
        return None
    return answer if answer.proposal == question.proposal else None


def checked_answer(proposal: str, decision: str, name: str, note: str) -> Answer:
    """An answer from plain words. Raises OptionError for a decision there isn't, a missing name or reason."""
    if decision not in TO_FILE:
        raise OptionError(f"a decision is one of {', '.join(TO_FILE)}, not {decision!r}")
    for what, text, why in (("name", name, "who decides"), ("note", note, "a reason")):
        if not text.strip():
            raise OptionError(f"the {what} is empty: give {why}")
    return read_answer(
        proposal, {"proposal": proposal, "decision": decision, "name": name.strip(), "note": note.strip()}
    )
