"""A person's answers to a run's questions: filed beforehand or given when asked, and what each of them means."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Literal, get_args

from pydantic import JsonValue, ValidationError

from ..errors import OptionError, RunError
from ..graph.run_records import RunRecords
from ..records import Record

Choice = Literal["adopt", "defer", "set_aside", "stop"]
CHOICES: tuple[Choice, ...] = get_args(Choice)
MEANINGS: dict[str, str] = {
    "adopt": "takes the edit into the spec now",
    "defer": "not now: the edit may be proposed and tested again in a later round",
    "set_aside": "never: the edit is dropped for the rest of this run",
    "stop": "ends the run here: this edit and those that still wait are not adopted",
    "pause": "decides nothing: the run waits, and can be taken up again later",
}
"""What each answer does, in words for the one who is asked."""

_ASKED, _FILED = "asked", "filed"
"""Notes of a run: the question it waits on, and the answer that somebody filed for it."""


class Answer(Record):
    """One answer to the question whether a proposal is adopted."""

    proposal: str
    decision: Choice
    name: str
    """Who decided."""
    note: str = ""
    """Why."""


class Question(Record):
    """What a paused run waits on."""

    proposal: str
    intent: str
    reason: str = ""
    """What the trial found, a sentence."""

    @classmethod
    def of(cls, asked: Mapping[str, JsonValue]) -> "Question":
        return cls(**{name: str(asked.get(name) or "") for name in cls.model_fields})


class Unanswered(Exception):
    """Nobody is there to answer, or the one who is asked wants the run to wait."""

    def __init__(self, question: Question) -> None:
        super().__init__(question.proposal)
        self.question = question


Person = Callable[[Question], Awaitable[Answer | None]]
"""Asks a person; None: let the run wait."""


class Answering:
    """Answers the loop (graph.launch.Approver): with what was filed, else by asking, else by letting it wait."""

    def __init__(self, store: RunRecords, person: Person | None = None) -> None:
        self.store = store
        self.person = person

    async def __call__(self, asked: Mapping[str, JsonValue]) -> dict[str, str]:
        """Raises Unanswered, after writing down what is asked."""
        question = Question.of(asked)
        answer = take_filed(self.store, question.proposal)
        if answer is None and self.person is not None:
            answer = await self.person(question)
        if answer is None:
            note_question(self.store, question)
            raise Unanswered(question)
        note_question(self.store, None)
        return {"proposal": question.proposal, **answer.model_dump(include={"decision", "name", "note"})}


def note_question(store: RunRecords, question: Question | None) -> None:
    """Write down what the run waits on; None: on nothing."""
    store.put_note(_ASKED, question.model_dump(mode="json") if question else None)
    store.flush()


def waiting_question(store: RunRecords) -> Question | None:
    """What a run waits on; None where it waits on nobody."""
    note = store.note(_ASKED)
    return Question.model_validate(note) if note else None


def file_answer(store: RunRecords, answer: Answer) -> None:
    """Keep an answer until the run is taken up again; a later one for the same question replaces it.

    Raises RunError where the run asks nothing, or asks about another proposal.
    """
    question = waiting_question(store)
    if question is None:
        raise RunError("the run waits for no decision: only a run that paused before an adoption does")
    if answer.proposal != question.proposal:
        raise RunError(
            f"the run waits for a decision on {question.proposal}, not on {answer.proposal}: one question at a time"
        )
    store.put_note(_FILED, answer.model_dump(mode="json"))
    store.flush()


def filed_answer(store: RunRecords) -> Answer | None:
    """The answer that was filed and not yet taken; a note that holds none counts as none."""
    try:
        note = store.note(_FILED)
        return Answer.model_validate(note) if note else None
    except ValidationError:
        return None


def take_filed(store: RunRecords, proposal: str) -> Answer | None:
    """The filed answer to the question about `proposal`, taken once: it answers no later question."""
    answer = filed_answer(store)
    if answer is None or answer.proposal != proposal:
        return None
    store.put_note(_FILED, None)
    store.flush()
    return answer


def checked_answer(proposal: str, decision: str, name: str, note: str) -> Answer:
    """An answer from plain words. Raises OptionError for a decision there isn't, a missing name or reason."""
    if decision not in CHOICES:
        known = "; ".join(f"{choice} {MEANINGS[choice]}" for choice in CHOICES)
        raise OptionError(f"a decision is one of {', '.join(CHOICES)}, not {decision!r} ({known})")
    for what, text, why in (("name", name, "who decides"), ("note", note, "a reason")):
        if not text.strip():
            raise OptionError(f"the {what} is empty: give {why}")
    return Answer(proposal=proposal, decision=decision, name=name.strip(), note=note.strip())
