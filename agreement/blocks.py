"""Agreement with a panel of any size, block by block, from rankings that are stored.

The same figures as `People` gives for a panel in memory. What is held at a time: one block, the rankings, and two numbers a
figure for each participant. Blocks may be worked out in other processes; they are added up in their order.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from functools import lru_cache, partial

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError, OptionError
from ..panel.columns import NONE, Block, Blocks, places_in, renumbered
from ..panel.groups import is_narrow
from ..panel.records import Lens
from ..panel.splits import FoldSplitter
from ..records import Record
from .consensus import another_person, others_consensus
from .groups import Groups, Worst
from .intervals import Estimate
from .measures import Places, Values, places_of
from .people import CHANGE, UNIT, People
from .reliability import Coincidences, coincidences_of
from .tally import BlockSums, Tally

_SIGNED = ("gain", "tau_b")
_WAITING = 8
"""Blocks under way beyond the one that is added next: what is finished early waits in memory."""


class StoredAgreement(Record):
    """Figures of stored rankings on the conversations that they rank, by the names that `Agreement` has."""

    notice: str
    block: str
    conversations: int
    """Ranked, and looked at."""
    unknown: int
    """Rankings of conversations that the data doesn't hold."""
    tied: int
    """Conversations on which the ranker tied every response."""
    level: Estimate
    micro: Estimate
    before: Estimate | None
    """Agreement of the rankings to compare with; None where none were given, as is `gain`."""
    gain: Estimate | None
    top_choice: Estimate
    tau_b: Estimate
    flagged_first: Estimate
    leave_one_out: Estimate
    one_person: Estimate
    longest: Estimate
    alpha: float | None
    groups: tuple[Groups, ...] = ()


@dataclass(frozen=True, slots=True)
class Look:
    """What is looked at, and what is told. It pickles."""

    rankings: Mapping[str, str]
    """Conversation id to ranking."""
    before: Mapping[str, str] | None = None
    lens: Lens = field(default_factory=Lens)
    """Its weights and its group count; `people` and `split_seed` are the splitter's here."""
    splitter: FoldSplitter | None = None
    """Leaves out the sealed conversations and the participants' reserve; None: nothing is left out."""
    groups: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Counted:
    """What came of one block."""

    first: str
    last: str
    """Ids of its first and last conversation."""
    participants: tuple[str, ...]
    found: int
    """Rankings that there are for its conversations, the sealed ones included."""
    conversations: int
    tied: int
    sums: Mapping[str, BlockSums]
    by_group: Mapping[tuple[str, str], BlockSums]
    """By demographic key and value."""
    unknown: Mapping[str, tuple[str, ...]]
    """Demographic key to the participants of whom it isn't known."""
    coincidences: Coincidences


def stored_agreement(
    blocks: Blocks, look: Look, *, executor: Executor | None = None, min_group: int = 5
) -> StoredAgreement:
    """Agreement of stored rankings with the people, by `look`.

    Raises DataError where no ranking belongs to a conversation that may be looked at, a ranking doesn't fit its
    conversation, or the file's blocks are in disorder; OptionError for a demographic key that nobody has, and for a lens
    of fewer people than `min_group`.
    """
    adding = _Adding(look)
    for counted in _counted(blocks, look, executor):
        adding.add(counted)
    return adding.told(blocks.notice, min_group)


def _counted(blocks: Blocks, look: Look, executor: Executor | None) -> Iterator[Counted]:
    """The blocks in their order; with an executor some are worked out ahead."""
    tasks = (partial(count, blocks.block, index, look) for index in range(len(blocks)))
    if executor is None:
        yield from (task() for task in tasks)
        return
    waiting: deque[Future[Counted]] = deque()
    for task in tasks:
        waiting.append(executor.submit(task))
        if len(waiting) > _WAITING:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def count(read: Callable[[int], Block], index: int, look: Look) -> Counted:
    """One block's part of every figure."""
    block = read(index)
    after, missing = _placed(block, look.rankings)
    before = None
    if look.before is not None:
        before, none = _placed(block, look.before)
        missing |= none
    found = len(block.conversations) - int(missing.sum())
    if look.splitter is not None:
        missing |= np.array([look.splitter.seals(group) for group in block.groups], dtype=bool)
    people, rows = _people(block, look, ~missing)
    after, before = after[rows], None if before is None else before[rows]
    values = dict(_figures(people, after, before, [block.lengths[row] for row in rows.tolist()]))
    heard = np.flatnonzero(np.bincount(people.clusters.conversation))
    return Counted(
        first=block.conversations[0],
        last=block.conversations[-1],
        participants=people.participants,
        found=found,
        conversations=int(heard.size),
        tied=int((after[heard] <= 0).all(axis=1).sum()),
        sums={name: _sums(people, name, each) for name, each in values.items()},
        by_group=dict(_by_group(people, values["level"], look.groups)),
        unknown={
            key: tuple(name for name in people.participants if key not in people.demographics.get(name, {}))
            for key in look.groups
        },
        coincidences=coincidences_of(people),
    )


def _people(block: Block, look: Look, wanted: NDArray[np.bool_]) -> tuple[People, NDArray[np.intp]]:
    """The people of a block who are looked at, on the conversations `wanted`; and the rows of these."""
    places = block.places(look.lens.block)
    rows = (
        (places != NONE).any(axis=1) & _counting(block, look)[block.participant] & wanted[block.conversation]
    )
    conversations = np.flatnonzero(wanted)
    number = np.cumsum(wanted) - 1
    used, participant = renumbered(block.participant[rows])
    names = tuple(block.participants[each] for each in used.tolist())
    people = People.of_arrays(
        conversations=tuple(block.conversations[row] for row in conversations.tolist()),
        labels=tuple(_labels(block.labels[row]) for row in conversations.tolist()),
        participants=names,
        conversation=number[block.conversation[rows]].astype(np.intp),
        participant=participant.astype(np.intp),
        places=places[rows],
        flags=block.flags()[rows].astype(np.int8),
        weights=np.array([look.lens.weights.get(name, 1.0) for name in names], dtype=np.float64),
        demographics={
            name: _demographics(block.demographics[each])
            for name, each in zip(names, used.tolist(), strict=True)
        }
        if look.groups
        else None,
    )
    return people, conversations


def _counting(block: Block, look: Look) -> NDArray[np.bool_]:
    """(P): who of a block is looked at."""
    counting = np.ones(len(block.participants), dtype=bool)
    if look.splitter is not None:
        reserve = _reserve(look.splitter)
        counting = ~np.array([reserve[name] for name in block.participants], dtype=bool)
    if look.lens.participants is not None:
        listed = set(look.lens.participants)
        counting &= np.array([name in listed for name in block.participants], dtype=bool)
    if wanted := look.lens.group:
        told = map(_demographics, block.demographics)
        counting &= np.array(
            [all(about.get(key) in values for key, values in wanted.items()) for about in told], dtype=bool
        )
    return counting


class _Reserve(dict[str, bool]):
    """Participant to whether they are held in reserve: found out once each."""

    def __init__(self, splitter: FoldSplitter) -> None:
        super().__init__()
        self._splitter = splitter

    def __missing__(self, participant: str) -> bool:
        self[participant] = held = self._splitter.reserved(participant)
        return held


@lru_cache(maxsize=1)
def _reserve(splitter: FoldSplitter) -> _Reserve:
    return _Reserve(splitter)


@lru_cache(maxsize=1 << 16)
def _labels(text: str) -> tuple[str, ...]:
    return tuple(text.split("="))


@lru_cache(maxsize=1 << 16)
def _demographics(text: str) -> Mapping[str, str]:
    try:
        told = json.loads(text) if text else {}
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise DataError(f"the demographics {text[:80]!r} in the packed data are no JSON object")
    return {str(key): str(value) for key, value in told.items()}


def _placed(block: Block, rankings: Mapping[str, str]) -> tuple[Places, NDArray[np.bool_]]:
    """Rankings as places (C, M), -1 where there is none; and where there is none (C)."""
    places = np.full((len(block.conversations), block.width), NONE, dtype=np.int16)
    missing = np.ones(len(block.conversations), dtype=bool)
    for row, (name, labels) in enumerate(zip(block.conversations, block.labels, strict=True)):
        if (ranking := rankings.get(name)) is not None:
            try:
                where = places_in(labels, ranking)
            except DataError as problem:
                raise DataError(f"conversation {name}: {problem}") from None
            places[row, : len(where)] = where
            missing[row] = False
    return places, missing


def _figures(
    people: People, after: Places, before: Places | None, lengths: Iterable[str]
) -> Iterator[tuple[str, Values]]:
    """Each figure's values (N) by name."""
    level = people.agreements(after)
    yield "level", level
    yield "micro", level
    yield "top_choice", people.top_choices(after)
    yield "tau_b", people.taus(after)
    yield "flagged_first", people.flagged_firsts(after)
    yield "leave_one_out", others_consensus(people)
    yield "one_person", another_person(people)
    yield "longest", people.agreements(_by_length(lengths, after.shape))
    if before is not None:
        old = people.agreements(before)
        yield "before", old
        yield "gain", level - old


def _by_length(lengths: Iterable[str], shape: tuple[int, ...]) -> Places:
    """Longer responses first; -1 throughout where lengths aren't known."""
    scores = np.full(shape, np.nan)
    for row, text in enumerate(lengths):
        if text:
            try:
                told = [float(each) for each in text.split("=")]
                scores[row, : len(told)] = told
            except ValueError:
                raise DataError(f"the lengths {text[:80]!r} in the packed data don't fit") from None
    return places_of(scores)


def _sums(people: People, name: str, values: Values) -> BlockSums:
    known = ~np.isnan(values)
    inside = people.clusters.pick(known)
    shares = inside.weight if name == "micro" or not inside.weight.size else inside.shares_within()
    missing = ~known & people.asked if name == "flagged_first" else ~known
    return BlockSums.of(values[known], shares, inside, len(people.participants), int(missing.sum()))


def _by_group(
    people: People, level: Values, keys: Iterable[str]
) -> Iterator[tuple[tuple[str, str], BlockSums]]:
    for key in keys:
        told = [people.demographics.get(name, {}).get(key) for name in people.participants]
        for value in sorted({each for each in told if each is not None}):
            inside = np.array([each == value for each in told], dtype=bool)[people.clusters.participant]
            known = inside & ~np.isnan(level)
            clusters = people.clusters.pick(known)
            shares = clusters.shares_within() if clusters.weight.size else clusters.weight
            yield (
                (key, value),
                BlockSums.of(
                    level[known], shares, clusters, len(people.participants), int((inside & ~known).sum())
                ),
            )


class _Adding:
    """The blocks added so far."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._last = ""
        self._numbers: dict[str, int] = {}
        self._tallies: dict[str, Tally] = {}
        self._groups: dict[str, dict[str, Tally]] = {key: {} for key in look.groups}
        self._unknown: dict[str, set[str]] = {key: set() for key in look.groups}
        self._coincidences = Coincidences(np.zeros(0), np.zeros((0, 0)))
        self._found = self._conversations = self._tied = 0

    def add(self, counted: Counted) -> None:
        if counted.first <= self._last and self._last:
            raise DataError(
                f"the packed data is in disorder at conversation {counted.first}: pack the data anew"
            )
        self._last = counted.last
        numbers = self._numbers
        people = np.array(
            [numbers.setdefault(name, len(numbers)) for name in counted.participants], dtype=np.intp
        )
        for name, sums in counted.sums.items():
            bounds = CHANGE if name in _SIGNED else UNIT
            self._tallies.setdefault(name, Tally(bounds)).add(sums, people)
        for (key, value), sums in counted.by_group.items():
            self._groups[key].setdefault(value, Tally()).add(sums, people)
        for key, names in counted.unknown.items():
            self._unknown[key].update(names)
        self._coincidences += counted.coincidences
        self._found += counted.found
        self._conversations += counted.conversations
        self._tied += counted.tied

    def told(self, notice: str, min_group: int) -> StoredAgreement:
        if not self._conversations:
            raise DataError(
                "no ranking belongs to a conversation that may be looked at: check that rankings and data have the "
                "same conversation ids (the sealed test split stays shut)"
            )
        figures = {name: tally.estimate() for name, tally in self._tallies.items()}
        if is_narrow(self._look.lens) and figures["level"].participants < min_group:
            raise OptionError(
                f"fewer than {min_group} participants of the group have a say here: they could be told apart"
            )
        before, gain = figures.pop("before", None), figures.pop("gain", None)
        wanted = set(self._look.rankings)
        if self._look.before is not None:
            wanted &= self._look.before.keys()
        return StoredAgreement(
            notice=notice,
            block=self._look.lens.block,
            conversations=self._conversations,
            unknown=len(wanted) - self._found,
            tied=self._tied,
            before=before,
            gain=gain,
            alpha=self._coincidences.alpha(),
            groups=tuple(self._group(key, min_group) for key in self._groups),
            **figures,
        )

    def _group(self, key: str, min_group: int) -> Groups:
        levels = {value: tally.estimate() for value, tally in self._groups[key].items()}
        if not levels:
            raise OptionError(f"no participant has a demographic key {key!r}")
        shown = {value: level for value, level in levels.items() if level.participants >= min_group}
        shown = dict(sorted(shown.items(), key=lambda pair: (-pair[1].participants, pair[0])))
        known = {value: level.estimate for value, level in shown.items() if level.estimate is not None}
        worst = min(known, key=lambda value: (known[value], value)) if len(known) > 1 else None
        return Groups(
            key=key,
            levels=shown,
            hidden=len(levels) - len(shown),
            unknown=len(self._unknown[key]),
            worst=None if worst is None else Worst(group=worst, estimate=shown[worst], low=None, high=None),
        )
