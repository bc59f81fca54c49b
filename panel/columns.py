"""A panel in columns: what statistics need of people's rankings, at about 20 bytes an assessment, without the texts.

Columns are coded: each holds its different texts once, and a number an assessment. They come in blocks of whole
conversations, so that a figure can be worked out block by block in bounded memory.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from .ranking import Ranking
from .records import BlockName

Codes = NDArray[np.int32]
NONE = -1
"""The code where nothing was said; the place of a response that isn't there."""
ROWS = 65_536
"""Assessments of one block, and more where a single conversation has more."""


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """Texts by code: `values[codes[row]]`, nothing where the code is -1."""

    values: tuple[str, ...]
    codes: Codes
    """(N)"""

    def pick(self, rows: slice) -> "Column":
        """Some rows, with the values that they use."""
        used, codes = renumbered(self.codes[rows] + 1)
        gap = int(bool(used.size) and used[0] == 0)
        return Column(tuple(self.values[code - 1] for code in used[gap:].tolist()), codes - np.int32(gap))


def renumbered(codes: Codes) -> tuple[NDArray[np.intp], Codes]:
    """The values of `codes` (0 and up) that occur, ascending, and each code's number among them: `np.unique` with its
    inverse, without a sort."""
    used = np.flatnonzero(np.bincount(codes))
    number = np.zeros(int(used[-1]) + 1 if used.size else 0, dtype=np.int32)
    number[used] = np.arange(used.size, dtype=np.int32)
    return used, number[codes]


@dataclass(frozen=True, slots=True, eq=False)
class Block:
    """C whole conversations of at most M responses, with everything that P people said of them in N assessments."""

    conversations: tuple[str, ...]
    """Ids, in their order."""
    groups: tuple[str, ...]
    """(C): `splits.prompt_group`, which draws the split."""
    labels: tuple[str, ...]
    """(C): the responses' labels, joined by `=`."""
    lengths: tuple[str, ...]
    """(C): the responses' lengths in characters in the order of the labels, joined by `=`; empty: unknown."""
    participants: tuple[str, ...]
    demographics: tuple[str, ...]
    """(P): JSON objects; empty: unknown."""
    conversation: Codes
    """(N): ascending."""
    participant: Codes
    world: Column
    personal: Column
    unacceptable: Column
    """Flagged labels joined by `=`; empty: asked, flagged none; no value: never asked."""

    def __len__(self) -> int:
        return len(self.conversation)

    @property
    def width(self) -> int:
        """M."""
        return max((label.count("=") + 1 for label in set(self.labels)), default=2)

    def places(self, block: BlockName) -> NDArray[np.int16]:
        """(N, M): each person's places, -1 where there is no such response, or no ranking at all.

        Raises DataError for a ranking of other labels than its conversation has.
        """
        column = self.world if block == "world" else self.personal
        return self._rows(column, _places)

    def flags(self) -> NDArray[np.int16]:
        """(N, M): 1 flagged unacceptable, 0 not; -1 throughout where never asked, and where there is no response."""
        return self._rows(self.unacceptable, _flags)

    def _rows(self, column: Column, row_of: "RowOf") -> NDArray[np.int16]:
        sets = {labels: number for number, labels in enumerate(dict.fromkeys(self.labels))}
        which = np.array([sets[labels] for labels in self.labels], dtype=np.int64)
        said = np.flatnonzero(column.codes != NONE)
        pairs = which[self.conversation[said]] * max(1, len(column.values)) + column.codes[said]
        few = len(sets) * len(column.values) < 1 << 22
        used, index = renumbered(pairs) if few else np.unique(pairs, return_inverse=True)
        names = list(sets)
        table = np.full((len(used), self.width), NONE, dtype=np.int16)
        for number, pair in enumerate(used.tolist()):
            labels, text = divmod(pair, max(1, len(column.values)))
            row = row_of(names[labels], column.values[text])
            table[number, : len(row)] = row
        found = np.full((len(self), self.width), NONE, dtype=np.int16)
        found[said] = table[index]
        return found


class RowOf(Protocol):
    def __call__(self, labels: str, text: str, /) -> tuple[int, ...]: ...


@lru_cache(maxsize=65_536)
def _places(labels: str, text: str) -> tuple[int, ...]:
    order = tuple(labels.split("="))
    where = Ranking.parse(text, order).places
    return tuple(where[label] for label in order)


@lru_cache(maxsize=65_536)
def _flags(labels: str, text: str) -> tuple[int, ...]:
    flagged = set(text.split("=")) if text else set()
    return tuple(int(label in flagged) for label in labels.split("="))


def places_in(labels: str, ranking: str) -> tuple[int, ...]:
    """The place of each of `labels` (joined by `=`) in a ranking. Raises DataError where they don't fit."""
    return _places(labels, ranking)


class Blocks(Protocol):
    """A panel that is read block by block. It pickles: a block may be read in another process."""

    @property
    def notice(self) -> str: ...

    @property
    def assessments(self) -> int: ...

    def __len__(self) -> int:
        """How many blocks there are."""
        ...

    def block(self, index: int, /) -> Block: ...


@dataclass(frozen=True, slots=True, eq=False)
class Columns:
    """A whole panel in memory, sorted by conversation."""

    notice: str
    conversations: Sequence[str]
    groups: Sequence[str]
    labels: Sequence[str]
    lengths: Sequence[str]
    participants: Sequence[str]
    demographics: Sequence[str]
    conversation: Codes
    participant: Codes
    world: Column
    personal: Column
    unacceptable: Column
    problems: Mapping[str, int]
    """Kind to how often it came."""
    cuts: tuple[int, ...]
    """Where blocks begin, and the end."""

    @property
    def assessments(self) -> int:
        return len(self.conversation)

    def __len__(self) -> int:
        return len(self.cuts) - 1

    def block(self, index: int, /) -> Block:
        rows = slice(self.cuts[index], self.cuts[index + 1])
        first, last = int(self.conversation[rows.start]), int(self.conversation[rows.stop - 1]) + 1
        used, participant = renumbered(self.participant[rows])
        return Block(
            conversations=tuple(self.conversations[first:last]),
            groups=tuple(self.groups[first:last]),
            labels=tuple(self.labels[first:last]),
            lengths=tuple(self.lengths[first:last]),
            participants=tuple(self.participants[each] for each in used.tolist()),
            demographics=tuple(self.demographics[each] for each in used.tolist()),
            conversation=self.conversation[rows] - np.int32(first),
            participant=participant,
            world=self.world.pick(rows),
            personal=self.personal.pick(rows),
            unacceptable=self.unacceptable.pick(rows),
        )

    def every(self) -> Iterator[Block]:
        """The blocks in their order."""
        return (self.block(index) for index in range(len(self)))


def cuts_of(conversation: Codes, rows: int = ROWS) -> tuple[int, ...]:
    """Where blocks of about `rows` assessments begin, and the end; no conversation is cut in two."""
    if not len(conversation):
        return (0,)
    starts = np.flatnonzero(np.diff(conversation, prepend=-1))
    cuts = [0]
    while (wanted := cuts[-1] + rows) < len(conversation):
        at = int(np.searchsorted(starts, wanted, side="right")) - 1
        cut = int(starts[at])
        if cut <= cuts[-1]:  # one conversation larger than a block
            if at + 1 >= len(starts):
                break
            cut = int(starts[at + 1])
        cuts.append(cut)
    return (*cuts, len(conversation))


def sorted_columns(
    *,
    notice: str,
    conversations: Sequence[str],
    groups: Sequence[str],
    labels: Sequence[str],
    lengths: Sequence[str],
    participants: Sequence[str],
    demographics: Sequence[str],
    conversation: Codes,
    participant: Codes,
    world: Column,
    personal: Column,
    unacceptable: Column,
    problems: Mapping[str, int] | None = None,
    rows: int = ROWS,
) -> Columns:
    """Columns in any order, sorted by the conversations' ids. Raises DataError for no assessment at all."""
    if not len(conversation):
        raise DataError("there is no assessment to put into columns")
    used = np.unique(conversation).tolist()
    order = sorted(used, key=lambda each: conversations[each])
    rank = np.zeros(len(conversations), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    ranked = rank[conversation]
    by_rank = np.argsort(ranked, kind="stable")
    ranked = ranked[by_rank]
    return Columns(
        notice=notice,
        conversations=[conversations[each] for each in order],
        groups=[groups[each] for each in order],
        labels=[labels[each] for each in order],
        lengths=[lengths[each] for each in order],
        participants=participants,
        demographics=demographics,
        conversation=ranked,
        participant=participant[by_rank],
        world=Column(world.values, world.codes[by_rank]),
        personal=Column(personal.values, personal.codes[by_rank]),
        unacceptable=Column(unacceptable.values, unacceptable.codes[by_rank]),
        problems=dict(problems or {}),
        cuts=cuts_of(ranked, rows),
    )
