"""The people under a lens, compiled to arrays, and how far rankings agree with them."""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ..errors import DataError
from ..panel.ranking import Ranking
from ..panel.records import Assessment, Lens, Panel
from ..panel.splits import reserved
from . import measures as agreement
from .intervals import Clusters, Estimate, estimate
from .measures import ABSENT, Places, Signs, Values

Rankings = Mapping[str, Ranking]
UNIT, CHANGE = (0.0, 1.0), (-1.0, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Evidence of N assessments by P participants on C conversations of at most M responses.

    Rankings are given per conversation id; conversations without one are left out of a figure. Every mean is,
    unless said otherwise, over conversations, each the mean over its participants (by the lens's weights), each
    the mean of their own assessments there.
    """

    conversations: tuple[str, ...]
    labels: tuple[tuple[str, ...], ...]
    """Per conversation, the response of each column."""
    participants: tuple[str, ...]
    clusters: Clusters
    places: Places
    """(N, M)"""
    flags: NDArray[np.int8]
    """(N, M): 1 flagged unacceptable, 0 not; -1 throughout where never asked."""
    signs: Signs
    """(N, pairs)"""
    demographics: Mapping[str, Mapping[str, str]]
    """Participant id to demographics."""
    rows: Mapping[str, int]
    """Conversation id to its row."""

    @classmethod
    def compile(
        cls, panel: Panel, lens: Lens | None = None, conversations: Collection[str] | None = None
    ) -> "People":
        """What counts of `panel` under `lens`, on `conversations` (ids; None: all).

        Raises DataError where the lens leaves nobody of the whole panel, or a weight is negative.
        """
        lens = lens or Lens()
        assessments = [
            one
            for one in panel.assessments
            if one.judgement(lens.block) and _counts(one.participant, panel, lens)
        ]
        if not assessments:
            raise DataError(_nobody(panel, lens))
        wanted = panel.conversations.keys() if conversations is None else set(conversations)
        assessments = [one for one in assessments if one.conversation in wanted]
        names = tuple(dict.fromkeys(one.conversation for one in assessments))
        persons = tuple(dict.fromkeys(one.participant for one in assessments))
        labels = tuple(panel.conversations[name].labels for name in names)
        rows, columns = {name: i for i, name in enumerate(names)}, {name: i for i, name in enumerate(persons)}
        width = max((len(each) for each in labels), default=2)
        places = np.full((len(assessments), width), ABSENT, dtype=np.int16)
        flags = np.full((len(assessments), width), ABSENT, dtype=np.int8)
        for row, one in enumerate(assessments):
            judgement, order = one.judgement(lens.block), labels[rows[one.conversation]]
            assert judgement is not None
            places[row, : len(order)] = _row(judgement.ranking, order, one)
            if one.unacceptable is not None:
                flags[row, : len(order)] = [label in one.unacceptable.labels for label in order]
        return cls.of_arrays(
            conversations=names,
            labels=labels,
            participants=persons,
            conversation=np.array([rows[one.conversation] for one in assessments], dtype=np.intp),
            participant=np.array([columns[one.participant] for one in assessments], dtype=np.intp),
            places=places,
            flags=flags,
            weights=np.array([lens.weights.get(name, 1.0) for name in persons], dtype=np.float64),
            demographics={name: panel.participants[name].demographics for name in persons},
        )

    @classmethod
    def of_arrays(
        cls,
        *,
        conversations: tuple[str, ...],
        labels: tuple[tuple[str, ...], ...],
        participants: tuple[str, ...],
        conversation: NDArray[np.intp],
        participant: NDArray[np.intp],
        places: Places,
        flags: NDArray[np.int8] | None = None,
        weights: Values | None = None,
        demographics: Mapping[str, Mapping[str, str]] | None = None,
    ) -> "People":
        """From arrays as the fields describe them; `weights` is one a participant. Raises DataError for a negative one."""
        weight = np.ones(len(participants)) if weights is None else weights
        if not (np.isfinite(weight).all() and (weight >= 0).all()):
            raise DataError("a participant's weight must be a number of 0 or more")
        heard = weight[participant] > 0
        if not heard.all():
            conversation, participant, places = conversation[heard], participant[heard], places[heard]
            flags = None if flags is None else flags[heard]
        _, cell = np.unique(conversation * max(1, len(participants)) + participant, return_inverse=True)
        return cls(
            conversations=conversations,
            labels=labels,
            participants=participants,
            clusters=Clusters(conversation, participant, cell, weight[participant]),
            places=places,
            flags=np.full(places.shape, ABSENT, dtype=np.int8) if flags is None else flags,
            signs=agreement.pair_signs(places),
            demographics=demographics or {},
            rows={name: row for row, name in enumerate(conversations)},
        )

    def __len__(self) -> int:
        return len(self.places)

    def on(self, conversations: Collection[str]) -> "People":
        """The same people on some of the conversations only."""
        wanted = set(conversations)
        rows = np.array([name in wanted for name in self.conversations], dtype=bool)
        return self._pick(rows[self.clusters.conversation])

    def of(self, participants: Collection[str]) -> "People":
        """Some of the people."""
        wanted = set(participants)
        columns = np.array([name in wanted for name in self.participants], dtype=bool)
        return self._pick(columns[self.clusters.participant])

    def placed(self, rankings: Rankings) -> Places:
        """Rankings as places (C, M), -1 throughout where there is none.

        Raises DataError for a ranking of other labels than its conversation has.
        """
        places = np.full((len(self.conversations), self.places.shape[1]), ABSENT, dtype=np.int16)
        for name, ranking in rankings.items():
            if (row := self.rows.get(name)) is not None:
                order, where = self.labels[row], ranking.places
                if where.keys() != set(order):
                    raise DataError(
                        f"the ranking {ranking} of conversation {name} doesn't rank {', '.join(order)}"
                    )
                places[row, : len(order)] = [where[label] for label in order]
        return places

    def agreements(self, places: Places) -> Values:
        """Agreement of a ranker's places (C, M) with each assessment (N); NaN where undefined or not ranked."""
        return self._over(
            places, lambda mine, row: agreement.agreements(agreement.pair_signs(mine), self.signs[row])
        )

    def taus(self, places: Places) -> Values:
        """Kendall's tau-b with each assessment (N); NaN where either ties all, or not ranked."""
        return self._over(
            places, lambda mine, row: agreement.taus(agreement.pair_signs(mine), self.signs[row])
        )

    def top_choices(self, places: Places) -> Values:
        """The chance (N) that a response of the ranker's top tier lies in the person's; NaN where not ranked."""
        return self._over(places, lambda mine, row: agreement.top_shares(mine, self.places[row] == 0))

    def flagged_firsts(self, places: Places) -> Values:
        """The chance (N) that a response of the ranker's top tier was flagged; NaN where the person was not asked."""
        shares = self._over(places, lambda mine, row: agreement.top_shares(mine, self.flags[row] == 1))
        return np.asarray(np.where(self.asked, shares, np.nan))

    def conversation_agreement(self, rankings: Rankings) -> dict[str, float]:
        """Agreement by conversation id, where anybody there ranks anything strictly."""
        values = self.agreements(self.placed(rankings))
        known = ~np.isnan(values)
        inside = self.clusters.pick(known)
        shares = inside.macro_shares()
        sums = np.bincount(inside.conversation, shares * values[known], len(self.conversations))
        total = np.bincount(inside.conversation, shares, len(self.conversations))
        return {self.conversations[row]: float(sums[row] / total[row]) for row in np.flatnonzero(total)}

    def level(self, rankings: Rankings) -> Estimate:
        """Agreement of `rankings` with the people."""
        places = self.placed(rankings)
        return self.mean(self.agreements(places), within=self.ranked(places))

    def gain(self, before: Rankings, after: Rankings) -> Estimate:
        """Agreement of `after` minus that of `before`, paired: on the conversations that both rank."""
        old, new = self.placed(before), self.placed(after)
        within = self.ranked(old) & self.ranked(new)
        return self.mean(self.agreements(new) - self.agreements(old), bounds=CHANGE, within=within)

    def micro(self, rankings: Rankings) -> Estimate:
        """Agreement as a mean over assessments (by the lens's weights)."""
        places = self.placed(rankings)
        return self.mean(self.agreements(places), over="assessments", within=self.ranked(places))

    def top_choice(self, rankings: Rankings) -> Estimate:
        places = self.placed(rankings)
        return self.mean(self.top_choices(places), within=self.ranked(places))

    def tau_b(self, rankings: Rankings) -> Estimate:
        places = self.placed(rankings)
        return self.mean(self.taus(places), bounds=CHANGE, within=self.ranked(places))

    def flagged_first(self, rankings: Rankings) -> Estimate:
        """How often a response that a person flagged unacceptable comes first, over those who were asked."""
        places = self.placed(rankings)
        return self.mean(self.flagged_firsts(places), within=self.ranked(places) & self.asked)

    def by_section(self, rankings: Rankings, grades: Mapping[str, Collection[str]]) -> dict[str, Estimate]:
        """Level per section; `grades` holds, by section id, the conversations with relevance 5 to it."""
        return {section: self.on(names).level(rankings) for section, names in grades.items()}

    def ranked(self, places: Places) -> NDArray[np.bool_]:
        """(N): whether a ranker's places (C, M) rank the assessment's conversation."""
        return np.asarray((places != ABSENT).any(axis=1)[self.clusters.conversation])

    @property
    def asked(self) -> NDArray[np.bool_]:
        """(N): whether the person was asked for unacceptable responses."""
        return np.asarray((self.flags != ABSENT).any(axis=1))

    def mean(
        self,
        values: Values,
        *,
        bounds: tuple[float, float] = UNIT,
        over: Literal["conversations", "assessments"] = "conversations",
        within: NDArray[np.bool_] | None = None,
        level: float = 0.95,
    ) -> Estimate:
        """The mean of any figure per assessment (N, NaN where undefined), with its interval at `level`.

        What is undefined among the assessments `within` (N; None: all) is counted.
        """
        known = ~np.isnan(values)
        inside = self.clusters.pick(known)
        missing = ~known if within is None else ~known & within
        shares = np.empty(0)
        if inside.weight.size:
            shares = inside.macro_shares() if over == "conversations" else inside.micro_shares()
        return estimate(
            values[known], shares, inside, bounds=bounds, undefined=int(missing.sum()), level=level
        )

    def _over(self, places: Places, compare: Callable[[Places, NDArray[np.intp]], Values]) -> Values:
        """`compare` gets the ranker's places for those assessments (by row) that it ranks the conversation of."""
        rows = np.flatnonzero(self.ranked(places))
        values = np.full(len(self), np.nan)
        values[rows] = compare(places[self.clusters.conversation[rows]], rows)
        return values

    def _pick(self, chosen: NDArray[np.bool_]) -> "People":
        return replace(
            self,
            clusters=self.clusters.pick(chosen),
            places=self.places[chosen],
            flags=self.flags[chosen],
            signs=self.signs[chosen],
        )


def _counts(participant: str, panel: Panel, lens: Lens) -> bool:
    demographics = panel.participants[participant].demographics
    if lens.participants is not None and participant not in _listed(lens):
        return False
    if any(demographics.get(key) not in values for key, values in lens.group.items()):
        return False
    return lens.people == "all" or reserved(participant, lens.split_seed) == (lens.people == "reserved")


@lru_cache(maxsize=8)
def _set_of(participants: tuple[str, ...]) -> frozenset[str]:
    return frozenset(participants)


def _listed(lens: Lens) -> frozenset[str]:
    return _set_of(lens.participants or ())


def _nobody(panel: Panel, lens: Lens) -> str:
    for key, values in lens.group.items():
        known = sorted(
            {one.demographics[key] for one in panel.participants.values() if key in one.demographics}
        )
        if not set(known) & set(values):
            has = f"values: {', '.join(known)}" if known else "no participant has that key"
            return f"no participant has {key} = {' or '.join(values)} ({has})"
    return f"no assessment has a {lens.block} ranking by the {lens.people} participants of the chosen groups"


def _row(ranking: Ranking, order: tuple[str, ...], one: Assessment) -> list[int]:
    where = ranking.places
    if len(where) != len(order) or not all(label in where for label in order):
        raise DataError(f"assessment {one.id}: the ranking {ranking} doesn't rank {', '.join(order)}")
    return [where[label] for label in order]
