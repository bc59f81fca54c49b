"""One person's ranking blocks, read from the fields of either layout."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ...errors import DataError
from ...records import content_id
from ..ranking import Ranking
from ..records import (
    Assessment,
    BlockName,
    Conversation,
    Judgement,
    Participant,
    Problem,
    RubricItem,
    Unacceptable,
)
from .lines import Fields, Place, objects_of, text_of

_SENTENCE = re.compile(r"\s*(.*?)\s+is\s+unacceptable\s*\.?\s*", re.IGNORECASE | re.DOTALL)


@dataclass(slots=True)
class Reading:
    """What has been read so far: the panel in the making."""

    conversations: dict[str, Conversation] = field(default_factory=dict)
    participants: dict[str, Participant] = field(default_factory=dict)
    assessments: list[Assessment] = field(default_factory=list)
    rubrics: list[RubricItem] = field(default_factory=list)
    notices: dict[str, None] = field(default_factory=dict)
    first_seen: dict[str, Place] = field(default_factory=dict)
    """Participant id to the first line that names them."""
    cells: dict[tuple[str, str], int] = field(default_factory=dict)
    """Assessments so far of one person on one conversation."""
    rankings: dict[tuple[str, tuple[str, ...]], Ranking] = field(default_factory=dict)
    """Parsed once: a panel has few different rankings."""

    def hold(self, conversation: Conversation, place: Place, *, repeats: bool = False) -> bool:
        """Add a conversation; `repeats`: it is in the nature of the layout that it comes again.

        False where its id already stands for another one: the newcomer is dropped.
        """
        known = self.conversations.setdefault(conversation.id, conversation)
        if known is conversation:
            return True
        if known == conversation:
            if not repeats:
                place.note(
                    "duplicate_conversation", conversation.id, "the conversation came before; taken as one"
                )
            return True
        message = "the id already stands for a conversation of other content; give each its own"
        place.note("conflicting_conversation", conversation.id, message, dropped=True)
        return False

    def assess(
        self,
        conversation: Conversation,
        participant: str,
        blocks: dict[BlockName, Judgement | None],
        unacceptable: Unacceptable | None,
        opinions: tuple[str, str, str],
        place: Place,
    ) -> None:
        """Add one assessment, if anything usable is left of it; `opinions` are importance,
        representativeness and subjectivity.
        """
        self.first_seen.setdefault(participant, place)
        if unacceptable is None and not any(blocks.values()):
            if not blocks:
                message = f"an assessment of conversation {conversation.id} holds no ranking"
                place.note("no_evidence", participant, message, dropped=True)
            return
        cell = (conversation.id, participant)
        ordinal = self.cells.get(cell, 0)
        self.cells[cell] = ordinal + 1
        if ordinal:
            message = f"assessment {ordinal + 1} of conversation {conversation.id} by the same person"
            place.note("duplicate_cell", participant, message)
        self.assessments.append(
            Assessment(
                id=content_id("assessment", *cell, ordinal),
                conversation=conversation.id,
                participant=participant,
                world=blocks.get("world"),
                personal=blocks.get("personal"),
                unacceptable=unacceptable,
                importance=opinions[0],
                representativeness=opinions[1],
                subjectivity=opinions[2],
            )
        )

    def compare(self, told: Mapping[str, int], participant: str, place: Place) -> None:
        """Note what a participant's own list of assessments (conversation id to how many) has beyond those read."""
        for conversation, times in told.items():
            if conversation not in self.conversations:
                message = f"{times} of the assessments: no comparison is called {conversation or '(no id)'}"
                place.note("unknown_conversation", participant, message, dropped=True)
            elif (conversation, participant) not in self.cells:
                message = f"an assessment of {conversation} that the comparisons don't hold"
                place.note("unlisted_assessment", participant, message, dropped=True)

    def judge(
        self,
        block: BlockName,
        ranking: object,
        rationale: object,
        labels: tuple[str, ...],
        who: str,
        place: Place,
    ) -> Judgement | None:
        """A ranking with its rationale; None, with a note, where it doesn't rank the responses `labels`."""
        if not isinstance(ranking, str) or not ranking.strip():
            place.note("unparsable_ranking", who, f"the {block} block holds no ranking", dropped=True)
            return None
        try:
            order = self._parse(ranking, labels)
        except DataError as problem:
            place.note(_kind_of(ranking, labels), who, f"{block} {problem}", dropped=True)
            return None
        reason = text_of(rationale, place, who)
        if order.ties_all:
            place.note("tie_all", who, f"the {block} ranking {order} ties all responses")
        if not reason.strip():
            place.note("empty_rationale", who, f"the {block} ranking has no rationale")
        return Judgement(ranking=order, rationale=reason)

    def _parse(self, text: str, labels: tuple[str, ...]) -> Ranking:
        if (text, labels) not in self.rankings:
            self.rankings[text, labels] = Ranking.parse(text, labels)
        return self.rankings[text, labels]


def flagged(blocks: list[Fields], labels: Iterable[str], who: str, place: Place) -> Unacceptable | None:
    """The `unacceptable` block: sentences such as "A is unacceptable", or bare labels. None: never asked."""
    if not blocks:
        return None
    rating = blocks[0].get("rating")
    sentences = [rating] if isinstance(rating, str) else rating if isinstance(rating, list) else []
    found: list[str] = []
    for sentence in sentences:
        text = text_of(sentence, place, who)
        match = _SENTENCE.fullmatch(text)
        label = match.group(1) if match else text.strip()
        if label in labels:
            found.append(label)
        else:
            place.note("unknown_label", who, f"the flag {text[:80]!r} names no response here", dropped=True)
    rationale = text_of(blocks[0].get("rationale"), place, who)
    return Unacceptable(labels=tuple(dict.fromkeys(found)), rationale=rationale)


def block_of(blocks: Fields, name: str, who: str, place: Place) -> list[Fields]:
    """One of the ranking blocks: at most one entry, whatever was given; [] where the person was never asked."""
    entries = objects_of(blocks.get(name), place, who)
    if len(entries) > 1:
        message = f"the {name} block has {len(entries)} entries; the first counts"
        place.note("extra_block", who, message, dropped=True)
    return entries[:1]


def opinions(fields: Fields, place: Place, who: str) -> tuple[str, str, str]:
    """Importance, representativeness and subjectivity, NFKC: the release writes words in mathematical bold."""
    first, second, third = (
        unicodedata.normalize("NFKC", text_of(fields.get(name), place, who)).strip()
        for name in ("importance", "representativeness", "subjectivity")
    )
    return first, second, third


def demographics(value: object, place: Place, who: str) -> dict[str, str]:
    """Keys with something said: empty and null ones are left out."""
    if not isinstance(value, dict):
        return {}
    told = {text_of(key, place, who): text_of(each, place, who).strip() for key, each in value.items()}
    return {key: each for key, each in told.items() if each}


def first_sentence(problems: list[Problem]) -> str:
    """The first problem that cost something, as one sentence; empty where there is none."""
    lost = next((problem for problem in problems if problem.dropped), None)
    return f"{lost.file}:{lost.line}: {lost.message}" if lost else ""


def _kind_of(ranking: str, labels: tuple[str, ...]) -> str:
    """What keeps `ranking` from being one of `labels`."""
    try:
        named = set(Ranking.parse(ranking).labels)
    except DataError:
        return "unparsable_ranking"
    return "unknown_label" if named - set(labels) else "missing_label"
