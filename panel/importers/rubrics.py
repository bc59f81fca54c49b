"""The rubrics of the CoVal release: conversation_rubrics.jsonl, joined to the conversations by text.

A rubric's ids share nothing with those of the comparisons, and its messages have another shape.
"""

import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from math import isfinite

from ...records import content_id
from ..records import Conversation, Message, RubricItem
from .evidence import Reading
from .lines import Fields, Place, objects_of, text_of

FILE = "conversation_rubrics.jsonl"
MOST_POINTS = 10.0
_ASIDE = ("developer", "system", "platform")
"""Roles whose messages one of the two files may leave out."""

Prompt = tuple[str, ...]


def read_rubrics(lines: Iterator[tuple[Place, Fields]], reading: Reading) -> None:
    """All lines of the file, after the conversations were read. One line:

    - `conversation`: {id, messages: [{author: {role}, content: {parts: [text]}}]}; {role, content} is read too
    - `coval_full`: [{rubric_item_id, criterion, scores: [{annotator_id, score}]}], and `author` (a participant's
      id) where a participant wrote the criterion
    - `coval_core`: [{criterion}]: criteria distilled from the others, without scores

    A line belongs to every conversation with its prompt (case, blanks and Unicode form don't count); where none
    has it, to one with the same turns of user and assistant, or with the same id. What can't be used is noted.
    """
    join = _Join(reading.conversations.values())
    seen: dict[str, tuple[str, str]] = {}
    for place, fields in lines:
        given = fields.get("conversation")
        conversation: Fields = given if isinstance(given, dict) else {}
        id_ = text_of(conversation.get("id"), place, "").strip()
        found = join.find(id_, _messages(conversation.get("messages"), place, id_))
        if not found:
            place.note("unjoined_rubric", id_, "no conversation has the rubric's prompt", dropped=True)
            continue
        core = {_plain(text): text for text in _core(fields.get("coval_core"), place, id_)}
        items = list(_items(fields.get("coval_full"), place, id_, reading))
        told = {_plain(item.criterion) for item in items}
        for conversation_id in found:
            placed = [
                item.model_copy(update={"conversation": conversation_id, "core": _plain(item.criterion) in core})
                for item in items
            ] + [
                RubricItem(
                    id=content_id("rubric", conversation_id, text), conversation=conversation_id, criterion=text,
                    core=True,
                )
                for key, text in core.items()
                if key not in told
            ]  # fmt: skip
            for item in placed:
                what = (conversation_id, item.criterion)
                if seen.get(item.id, what) != what:
                    item = item.model_copy(update={"id": content_id("rubric", item.id, *what)})
                if item.id in seen:
                    message = f"the criterion {item.criterion[:60]!r} came before; the first counts"
                    place.note("duplicate_rubric_item", id_, message, dropped=True)
                    continue
                seen[item.id] = what
                reading.rubrics.append(item)


class _Join:
    """From a rubric's prompt to the conversations that have it."""

    def __init__(self, conversations: Iterable[Conversation]) -> None:
        self._ids: set[str] = set()
        self._whole: dict[Prompt, list[str]] = {}
        self._turns: dict[Prompt, list[str]] = {}
        for one in conversations:
            self._ids.add(one.id)
            self._whole.setdefault(_prompt(one.messages), []).append(one.id)
            self._turns.setdefault(_prompt(one.messages, turns=True), []).append(one.id)

    def find(self, id: str, messages: Sequence[Message]) -> list[str]:
        """The conversation of this id where it is among those with the prompt, else all of them."""
        for known, prompt in (
            (self._whole, _prompt(messages)),
            (self._turns, _prompt(messages, turns=True)),
        ):
            if prompt and (found := known.get(prompt)):
                return [id] if id in found else found
        return [id] if id in self._ids and not _prompt(messages) else []


def _prompt(messages: Sequence[Message], *, turns: bool = False) -> Prompt:
    """What counts of a prompt: its texts in order, those with words."""
    texts = [_plain(one.content) for one in messages if not (turns and one.role in _ASIDE)]
    return tuple(text for text in texts if text)


def _plain(text: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def _messages(value: object, place: Place, subject: str) -> list[Message]:
    found = []
    for each in objects_of(value, place, subject):
        author, content = each.get("author"), each.get("content")
        role = author.get("role") if isinstance(author, dict) else each.get("role")
        parts = content.get("parts") if isinstance(content, dict) else [content]
        texts = [
            text_of(part, place, subject)
            for part in (parts if isinstance(parts, list) else [parts])
            if part is not None
        ]
        found.append(Message(role=text_of(role, place, subject), content="\n".join(texts)))
    return found


def _items(value: object, place: Place, subject: str, reading: Reading) -> Iterator[RubricItem]:
    for number, each in enumerate(objects_of(value, place, subject)):
        criterion = text_of(each.get("criterion"), place, subject).strip()
        if not criterion:
            place.note("empty_criterion", subject, f"rubric item {number + 1} has no criterion", dropped=True)
            continue
        id_ = text_of(each.get("rubric_item_id"), place, subject).strip()
        author = text_of(each.get("author"), place, subject).strip()
        item = RubricItem(
            id=id_ or content_id("rubric", subject, criterion),
            conversation=subject,
            criterion=criterion,
            author=author,
            scores=_scores(each.get("scores"), place, id_ or subject),
        )
        for who in (author, *item.scores):
            if who:
                reading.first_seen.setdefault(who, place)
        yield item


def _scores(value: object, place: Place, subject: str) -> dict[str, float]:
    """Participant to points; of several scores by one person the mean counts."""
    given: dict[str, list[float]] = {}
    for each in objects_of(value, place, subject):
        who = text_of(each.get("annotator_id"), place, subject).strip()
        score = each.get("score")
        if not who:
            place.note("no_participant", subject, "a score has no annotator_id", dropped=True)
        elif isinstance(score, bool) or not isinstance(score, (int, float)) or not _in_range(score):
            message = f"the score {str(score)[:40]!r} is no number from -10 to 10"
            place.note("unusable_score", who, message, dropped=True)
        else:
            given.setdefault(who, []).append(float(score))
    for who, scores in given.items():
        if len(scores) > 1:
            place.note("duplicate_score", who, f"{len(scores)} scores for {subject}; their mean counts")
    return {who: sum(scores) / len(scores) for who, scores in given.items()}


def _in_range(score: int | float) -> bool:
    return (isinstance(score, int) or isfinite(score)) and -MOST_POINTS <= score <= MOST_POINTS


def _core(value: object, place: Place, subject: str) -> Iterator[str]:
    for each in objects_of(value, place, subject):
        if text := text_of(each.get("criterion"), place, subject).strip():
            yield text
        else:
            place.note("empty_criterion", subject, "a core criterion is empty", dropped=True)
