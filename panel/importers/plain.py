"""The plain layout, for people with data of their own: one assessment a line."""

from collections.abc import Iterator
from itertools import count, product
from string import ascii_uppercase

from ...records import content_id
from ..records import Message, Participant, Response
from .ca1 import conversation_of, messages_of
from .evidence import Reading, demographics, flagged, opinions
from .lines import Fields, Place, objects_of, text_of


def read_assessment(fields: Fields, reading: Reading, place: Place) -> None:
    """One line:

    - `prompt`: a text, a list of {role, content}, or {"messages": that list}
    - `responses`: a list of texts (labelled A, B, ...), {label: text}, or a list of {label, text}
    - `ranking`: e.g. "B>A=C"; `rationale`: why
    - `participant`: an id
    - where wanted: `id` (of the conversation; else made from its content), `demographics`, `unacceptable` (labels),
      `importance`, `representativeness`, `subjectivity`, `notice`
    """
    prompt = fields.get("prompt")
    given = text_of(fields.get("id"), place, "").strip()
    messages = messages_of(prompt.get("messages") if isinstance(prompt, dict) else prompt, place, given)
    responses = _responses(fields.get("responses"), place, given)
    id_ = given or content_id("conversation", messages, sorted(responses, key=lambda one: one.label))
    conversation = conversation_of(id_, messages, responses, place)
    if conversation is None:
        return
    who = text_of(fields.get("participant"), place, id_).strip()
    if not who:
        place.note("no_participant", id_, "the assessment has no participant", dropped=True)
        return
    if not reading.hold(conversation, place, repeats=True):
        return
    told = demographics(fields.get("demographics"), place, who)
    if who not in reading.participants or (told and not reading.participants[who].demographics):
        reading.participants[who] = Participant(id=who, demographics=told)
    labels = conversation.labels
    world = reading.judge("world", fields.get("ranking"), fields.get("rationale"), labels, who, place)
    flags = None
    if fields.get("unacceptable") is not None:
        flags = flagged([{"rating": fields["unacceptable"]}], labels, who, place)
    reading.assess(conversation, who, {"world": world}, flags, opinions(fields, place, who), place)


def _responses(value: object, place: Place, subject: str) -> tuple[Response, ...]:
    if isinstance(value, dict):
        pairs: list[tuple[object, object]] = list(value.items())
    elif isinstance(value, list) and value and all(isinstance(each, dict) for each in value):
        pairs = [(each.get("label"), each.get("text")) for each in objects_of(value, place, subject)]
    else:
        pairs = list(zip(_letters(), value if isinstance(value, list) else [], strict=False))
    return tuple(
        Response(
            label=text_of(label, place, subject).strip(),
            messages=(Message(role="assistant", content=text_of(text, place, subject)),),
        )
        for label, text in pairs
    )


def _letters() -> Iterator[str]:
    """A, B, ..., Z, AA, AB, ..."""
    for length in count(1):
        yield from map("".join, product(ascii_uppercase, repeat=length))
