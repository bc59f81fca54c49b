"""What a sent form becomes: an answer to save, and where the person goes from there."""

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import JsonValue

from ..answers import Answer, answer_id
from ..records import Status
from ..steps.protocol import Asked, Form, Step
from .site import StudySite, Visitor

_LONGEST = 86_400.0


@dataclass(frozen=True, slots=True)
class Taken:
    """Answers, what the step still lacks, and what the study's state makes of it."""

    answers: tuple[Answer, ...]
    """The step's own first; where a prompt is skipped, the item's other steps too."""
    missing: str
    status: Status


def asked_at(site: StudySite, visitor: Visitor, place: int) -> Asked:
    """One step of a person, with what stands for it. Reads the store."""
    step = visitor.walk.steps[place]
    standing = visitor.standing.get(step.id)
    given: Mapping[str, JsonValue] = {}
    if standing is not None:
        given = site.store.answer(standing.answer).value
    return Asked(visitor.walk.study, step, visitor.walk.seat, visitor.walk.items.get(step.item), given)


def take(site: StudySite, visitor: Visitor, place: int, form: Form, *, submitted: bool) -> Taken:
    """Read a form for a step. Reads the store, and keeps nothing yet.

    What is saved on the way to a step that was submitted before counts as complete where it says all that is needed.
    """
    step = visitor.walk.steps[place]
    asked = Asked(visitor.walk.study, step, visitor.walk.seat, visitor.walk.items.get(step.item), {})
    told = visitor.walk.kind(step).read(asked, form)
    standing = visitor.standing.get(step.id)
    complete = not told.missing and (submitted or (standing is not None and standing.complete))
    mark = f"{form.text('mark', 64)} {form.text('count', 16)}"
    status = site.store.status
    now = site.clock()

    def answer(to: Step, value: Mapping[str, JsonValue], seconds: float | None) -> Answer:
        return Answer(
            id=answer_id(visitor.participant, to.id, mark, value, complete=complete),
            participant=visitor.participant, step=to.id, kind=to.kind, item=to.item, value=value, complete=complete,
            counts=not told.skipped, late=status == "closed", at=now, seconds=seconds,
        )  # fmt: skip

    others = [each for each in visitor.walk.steps if each.item == step.item and each != step]
    return Taken(
        answers=(
            answer(step, told.value, _since(form, now)),
            *(answer(each, {"skipped": True}, None) for each in (others if told.skipped else ())),
        ),
        missing=told.missing,
        status=status,
    )


def _since(form: Form, now: float) -> float | None:
    try:
        shown = float(form.text("shown", 20))
    except ValueError:
        return None
    return round(now - shown, 3) if 0 <= now - shown <= _LONGEST else None
