"""The layout of the collective-alignment release: comparisons.jsonl and annotators.jsonl."""

from collections import Counter
from collections.abc import Iterator

from ..records import BlockName, Conversation, Judgement, Message, Participant, Response
from .evidence import Reading, block_of, demographics, flagged, opinions
from .lines import Fields, Place, objects_of, text_of

BLOCKS: tuple[BlockName, ...] = ("world", "personal")
MOST_RESPONSES = 32
"""Beyond it nobody ranks by hand, and pairs grow with the square."""


def read_comparison(fields: Fields, reading: Reading, place: Place) -> None:
    """One line of comparisons.jsonl: a prompt, its responses and every assessment of it."""
    id_ = text_of(fields.get("prompt_id"), place, "").strip()
    prompt = fields.get("prompt")
    messages = messages_of(prompt.get("messages") if isinstance(prompt, dict) else None, place, id_)
    responses = tuple(
        Response(
            label=text_of(each.get("response_index"), place, id_).strip(),
            messages=messages_of(each.get("messages"), place, id_),
            origin=text_of(each.get("origin"), place, id_),
        )
        for each in objects_of(fields.get("responses"), place, id_)
    )
    conversation = conversation_of(id_, messages, responses, place)
    if conversation is None or not reading.hold(conversation, place):
        return
    metadata = fields.get("metadata")
    for each in objects_of(metadata.get("assessments") if isinstance(metadata, dict) else None, place, id_):
        _assessment(each, conversation, reading, place)


def read_annotators(lines: Iterator[tuple[Place, Fields]], reading: Reading) -> None:
    """All lines of annotators.jsonl: demographics. Its assessments repeat those of the comparisons; those
    that don't (of prompts that were left out of the release) are noted.
    """
    for place, fields in lines:
        who = text_of(fields.get("annotator_id"), place, "").strip()
        if not who:
            place.note("no_participant", "", "the line has no annotator_id", dropped=True)
            continue
        if who in reading.participants:
            place.note(
                "duplicate_participant", who, "the participant stands in the file before", dropped=True
            )
            continue
        reading.participants[who] = Participant(
            id=who, demographics=demographics(fields.get("demographics"), place, who)
        )
        if who in reading.first_seen:
            reading.first_seen[who] = place
        else:
            place.note("no_assessments", who, "the comparisons hold nothing by the participant", dropped=True)
        told = Counter(
            text_of(each.get("conversation_id"), place, who)
            for each in objects_of(fields.get("assessments"), place, who)
        )
        reading.compare(told, who, place)


def conversation_of(
    id: str, messages: tuple[Message, ...], responses: tuple[Response, ...], place: Place
) -> Conversation | None:
    """A conversation whose responses can be ranked; None, with a note, otherwise."""
    labels = [response.label for response in responses]
    if not id:
        wrong = "it has no id"
    elif not messages:
        wrong = "it has no prompt"
    elif len(responses) < 2:
        wrong = "it has fewer than two responses"
    elif len(responses) > MOST_RESPONSES:
        wrong = f"it has {len(responses)} responses, more than {MOST_RESPONSES}"
    elif len(set(labels)) != len(labels):
        wrong = "two responses have one label"
    elif not all(labels) or any(mark in label for label in labels for mark in ">="):
        wrong = "a response's label is empty or holds '>' or '='"
    else:
        return Conversation(id=id, messages=messages, responses=responses)
    place.note("unusable_conversation", id, f"the conversation can't be used: {wrong}", dropped=True)
    return None


def messages_of(value: object, place: Place, subject: str) -> tuple[Message, ...]:
    """Messages as {role, content}; a bare text is one message of the user."""
    if isinstance(value, str):
        return (Message(role="user", content=text_of(value, place, subject)),) if value.strip() else ()
    return tuple(
        Message(
            role=text_of(each.get("role"), place, subject),
            content=text_of(each.get("content"), place, subject),
        )
        for each in objects_of(value, place, subject)
    )


def _assessment(fields: Fields, conversation: Conversation, reading: Reading, place: Place) -> None:
    who = text_of(fields.get("annotator_id"), place, conversation.id).strip()
    if not who:
        place.note("no_participant", conversation.id, "an assessment has no annotator_id", dropped=True)
        return
    blocks = fields.get("ranking_blocks")
    if not isinstance(blocks, dict):
        blocks = {}
    judgements: dict[BlockName, Judgement | None] = {
        name: reading.judge(
            name, entry.get("ranking"), entry.get("rationale"), conversation.labels, who, place
        )
        for name in BLOCKS
        for entry in block_of(blocks, name, who, place)
    }
    flags = flagged(block_of(blocks, "unacceptable", who, place), conversation.labels, who, place)
    reading.assess(conversation, who, judgements, flags, opinions(fields, place, who), place)
