"""Participant data read in a stream into columns: no text is kept, so that the size of a panel hardly matters."""

import hashlib
from array import array
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from ...errors import DataError
from ...records import canonical_json
from ..columns import NONE, Codes, Column, Columns, sorted_columns
from ..ranking import Ranking
from ..records import BlockName, Conversation, Judgement, Unacceptable
from ..splits import prompt_group
from .evidence import Reading
from .lines import CountedNotes, Place
from .load import nothing, read_into


def stream(path: Path | str) -> Columns:
    """Read participant data of any layout that `load` reads into columns.

    Memory: the columns, about 20 bytes an assessment, 400 bytes a conversation and 300 a participant (ids, split,
    demographics). Problems are counted by kind. Raises DataError as `load`.
    """
    notes, reading = CountedNotes(), ColumnReading()
    read = read_into(Path(path), reading, notes)
    if not reading.count:
        raise DataError(nothing(read, notes))
    return reading.columns(notes.counts)


class Texts:
    """A column in the making."""

    def __init__(self) -> None:
        self.known: dict[str, int] = {}
        self.codes = array("i")

    def add(self, text: str | None) -> None:
        self.codes.append(NONE if text is None else self.known.setdefault(text, len(self.known)))

    def column(self) -> Column:
        return Column(tuple(self.known), codes_of(self.codes))


def codes_of(codes: "array[int]") -> Codes:
    return np.frombuffer(codes, dtype=np.int32) if len(codes) else np.empty(0, dtype=np.int32)


class ColumnReading(Reading):
    """Takes in what the importers read, and lets go of it at once."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, int] = {}
        self._prints: list[bytes] = []
        """Of each conversation, a fingerprint that tells it from another of the same id."""
        self._groups: list[str] = []
        self._labels: list[str] = []
        self._lengths: list[str] = []
        self._conversation, self._participant = array("i"), Texts()
        self._said: dict[BlockName, Texts] = {"world": Texts(), "personal": Texts()}
        self._flagged = Texts()
        self._bare: dict[Ranking, Judgement] = {}

    @property
    def count(self) -> int:
        return len(self._conversation)

    def hold(self, conversation: Conversation, place: Place, *, repeats: bool = False) -> bool:
        told = [
            [(each.role, each.content) for each in conversation.messages],
            [
                (one.label, one.origin, [(each.role, each.content) for each in one.messages])
                for one in conversation.responses
            ],
        ]
        print_ = hashlib.blake2b(canonical_json(told), digest_size=16).digest()
        row = self._rows.setdefault(conversation.id, len(self._rows))
        if row == len(self._prints):
            self._prints.append(print_)
            self._groups.append(prompt_group(conversation))
            self._labels.append("=".join(conversation.labels))
            self._lengths.append("=".join(str(len(each.text)) for each in conversation.responses))
            return True
        if self._prints[row] == print_:
            if not repeats:
                place.note(
                    "duplicate_conversation", conversation.id, "the conversation came before; taken as one"
                )
            return True
        message = "the id already stands for a conversation of other content; give each its own"
        place.note("conflicting_conversation", conversation.id, message, dropped=True)
        return False

    def judge(
        self, block: BlockName, ranking: object, _rationale: object, labels: tuple[str, ...], who: str, place: Place
    ) -> Judgement | None:  # fmt: skip
        # What is written is not kept, so nobody is told where nothing was written.
        told = super().judge(block, ranking, "not read", labels, who, place)
        return None if told is None else self._bare.setdefault(told.ranking, told)

    def assess(
        self,
        conversation: Conversation,
        participant: str,
        blocks: dict[BlockName, Judgement | None],
        unacceptable: Unacceptable | None,
        opinions: tuple[str, str, str],  # noqa: ARG002  # no figure rests on them
        place: Place,
    ) -> None:
        self.first_seen.setdefault(participant, place)
        if unacceptable is None and not any(blocks.values()):
            if not blocks:
                message = f"an assessment of conversation {conversation.id} holds no ranking"
                place.note("no_evidence", participant, message, dropped=True)
            return
        self._conversation.append(self._rows[conversation.id])
        self._participant.add(participant)
        for name, texts in self._said.items():
            judgement = blocks.get(name)
            texts.add(None if judgement is None else str(judgement.ranking))
        self._flagged.add(None if unacceptable is None else "=".join(unacceptable.labels))

    def compare(self, told: Mapping[str, int], participant: str, place: Place) -> None:
        """Which cells were read isn't kept."""

    def columns(self, problems: Mapping[str, int]) -> Columns:
        """What was read, sorted by conversation."""
        people = self._participant.column()
        told = [self.participants.get(name) for name in people.values]
        return sorted_columns(
            notice=" ".join(self.notices),
            conversations=list(self._rows),
            groups=self._groups,
            labels=self._labels,
            lengths=self._lengths,
            participants=people.values,
            demographics=[
                canonical_json(dict(one.demographics)).decode("utf-8") if one and one.demographics else ""
                for one in told
            ],
            conversation=codes_of(self._conversation),
            participant=people.codes,
            world=self._said["world"].column(),
            personal=self._said["personal"].column(),
            unacceptable=self._flagged.column(),
            problems=problems,
        )
