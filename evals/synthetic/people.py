"""People as arrays: who judges what, how coarsely, and how much a ranker agrees with them.

A person's score of a response is what people share (sd 1), plus the person's taste, plus an error of their own;
scores that lie close are tied. The defaults are CA-1's. Worlds draw their people with it, and so do the
experiments on intervals, whose panels have no texts at all.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...agreement.measures import Places, Values, pair_signs, places_of
from ...agreement.people import People
from ...panel.ranking import Ranking
from ...panel.records import Assessment, Conversation, Judgement, Message, Panel, Participant, Response
from ...records import Record, content_id

Ints = NDArray[np.intp]

NOTICE = "Simulated panel: the rankings are drawn at random, nobody gave them."


class PanelShape(Record):
    """Size and noise of a simulated panel."""

    conversations: int = Field(1078, ge=2)
    participants: int = Field(1012, ge=1)
    assessments: int = Field(18_384, ge=2)
    """All together; they are spread evenly over the conversations, and 2 to 39 a participant at the defaults."""
    everyone: int = Field(1, ge=0)
    """Conversations that every participant judges."""
    duplicates: int = Field(111, ge=0)
    """Further assessments of a cell that has one."""
    responses: int = Field(4, ge=2, le=26)
    shared: float = Field(1.0, ge=0)
    """Sd of what people share about a response."""
    taste: float = Field(0.4, ge=0)
    """Sd of the participants' taste."""
    closeness: float = Field(0.26, ge=0)
    """Median gap below which a person ties two neighbours."""
    unevenness: float = Field(0.68, ge=0)
    """Sd of the logarithm of that gap, over assessments."""
    regulars: int = Field(0, ge=0)
    """People who judge `regular_share` of all conversations, whatever the others do."""
    regular_share: float = Field(0.9, ge=0, le=1)


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedPanel:
    """N assessments of C conversations with M responses by P participants, the duplicates last."""

    conversation: Ints
    participant: Ints
    places: Places
    """(N, M)"""
    quality: Values
    """(C, M): what people share about a response; the order they lean to."""
    participants: int

    @property
    def conversation_ids(self) -> tuple[str, ...]:
        return tuple(f"c{row}" for row in range(len(self.quality)))

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple("ABCDEFGHIJKLMNOPQRSTUVWXYZ"[: self.quality.shape[1]])

    def people(self) -> People:
        """The panel as compiled arrays, without records: for panels of any size."""
        return People.of_arrays(
            conversations=self.conversation_ids,
            labels=(self.labels,) * len(self.quality),
            participants=tuple(f"p{column}" for column in range(self.participants)),
            conversation=self.conversation,
            participant=self.participant,
            places=self.places,
        )

    def records(self) -> Panel:
        """The panel as records, marked synthetic."""
        labels = self.labels
        responses = tuple(
            Response(label=label, messages=(Message(role="assistant", content=f"answer {label}"),))
            for label in labels
        )
        return Panel(
            conversations={
                id_: Conversation(
                    id=id_, messages=(Message(role="user", content=f"question {id_}"),), responses=responses
                )
                for id_ in self.conversation_ids
            },
            participants={f"p{column}": Participant(id=f"p{column}") for column in range(self.participants)},
            assessments=tuple(
                Assessment(
                    id=content_id("assessment", row),
                    conversation=f"c{self.conversation[row]}",
                    participant=f"p{self.participant[row]}",
                    world=Judgement(ranking=ranking),
                )
                for row, ranking in enumerate(rankings_of(self.places, labels))
            ),
            notice=NOTICE,
        )


def simulate_panel(shape: PanelShape, seed: int) -> SimulatedPanel:
    """Draw a panel: new conversations, new people, new judgements."""
    rng = np.random.default_rng(seed)
    conversation, participant = tasks(shape, rng)
    quality = rng.normal(0, shape.shared, (shape.conversations, shape.responses))
    appeal = rng.normal(0, 1, quality.shape)
    taste = rng.normal(0, shape.taste, shape.participants)
    scores = quality[conversation] + taste[participant, None] * appeal[conversation]
    places = judged(scores, rng, noise=1.0, closeness=shape.closeness, unevenness=shape.unevenness)
    return SimulatedPanel(conversation, participant, places, quality, shape.participants)


def judged(
    scores: Values, rng: np.random.Generator, *, noise: float, closeness: float, unevenness: float
) -> Places:
    """(N, M) what each person thinks of each response to places (N, M), with error and ties."""
    told = scores + noise * rng.normal(size=scores.shape)
    return places_of(told, closeness * np.exp(rng.normal(0, unevenness, len(scores))))


def placed(levels: NDArray[np.int64]) -> Places:
    """(n, M) levels, of which higher is better and equal is tied, as places, best first from 0."""
    order = levels.max(axis=1, keepdims=True) - levels
    return np.asarray(np.minimum(order, np.iinfo(np.int16).max), dtype=np.int16)


def simulate_ranker(quality: Values, *, error: float, seed: int, closeness: float = 0.1) -> Places:
    """Places (C, M) by a ranker that reads `quality` with an error of sd `error` and ties what it sees close."""
    rng = np.random.default_rng(seed)
    return places_of(quality + rng.normal(0, error, quality.shape), np.full(len(quality), closeness))


def rankings_of(places: Places, labels: tuple[str, ...]) -> list[Ranking]:
    """Rows of places as Rankings; equal rows share one record."""
    unique, index = np.unique(places, axis=0, return_inverse=True)
    known = [Ranking.from_scores({k: -float(v) for k, v in zip(labels, row, strict=True)}) for row in unique]
    return [known[which] for which in index.ravel()]


def pair_weights(conversation: Ints, participant: Ints, places: Places, conversations: int) -> Values:
    """(conversations, pairs): how agreement moves when a ranker puts the first of a pair higher instead of tying.

    Agreement of a ranker whose pair signs are s with the people of a conversation is ½ + ½ Σ s·w: the mean over
    its participants, a person's duplicates averaged first, over the pairs that the person ranks strictly. Rows
    of nan: nobody ranks anything strictly there.
    """
    sign = pair_signs(places).astype(float)
    strict = np.count_nonzero(sign, axis=1)
    where = np.flatnonzero(strict)
    width = int(participant.max()) + 1
    cells, member = np.unique(conversation[where] * width + participant[where], return_inverse=True)
    size = np.bincount(member, minlength=len(cells)).astype(float)
    mean = _sums(member, sign[where] / strict[where, None], len(cells)) / size[:, None]
    weights = _sums(cells // width, mean, conversations)
    people = np.bincount(cells // width, minlength=conversations).astype(float)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(weights / people[:, None])


def tasks(shape: PanelShape, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """Who judges what: (conversation, participant) of each assessment; a cell once, duplicates at the end."""
    common = min(shape.everyone, shape.conversations - 1)
    rest = shape.conversations - common
    slots = shape.assessments - shape.duplicates - common * shape.participants
    if not 0 < slots <= rest * shape.participants:
        raise ValueError(f"{shape.assessments} assessments don't fit {shape.conversations} conversations")
    each = common + np.arange(slots) % rest
    quota = np.clip(rng.normal(1.0, 0.4, shape.participants), 0.06, 2.1)
    if shape.regulars or slots > rest * shape.participants // 4:
        conversation, participant = _raced(
            shape, np.bincount(each, minlength=shape.conversations), quota, rng
        )
    else:
        conversation, participant = each, _shuffled(each, quota, rng)
    everyone = np.arange(shape.participants)
    conversation = np.concatenate([np.repeat(np.arange(common), shape.participants), conversation])
    participant = np.concatenate([np.tile(everyone, common), participant])
    twice = rng.integers(0, len(conversation), shape.duplicates)
    return (
        np.concatenate([conversation, conversation[twice]]).astype(np.intp),
        np.concatenate([participant, participant[twice]]).astype(np.intp),
    )


def _raced(shape: PanelShape, counts: Ints, quota: Values, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """For small or crowded panels: each conversation takes its people by a race that the keen are likelier to win
    (Gumbel's trick), the regulars before all others."""
    race = np.log(quota) + rng.gumbel(size=(shape.conversations, shape.participants))
    race[:, : shape.regulars] += 1e3 * (
        rng.random((shape.conversations, shape.regulars)) < shape.regular_share
    )
    rank = np.argsort(np.argsort(-race, axis=1), axis=1)
    conversation, participant = np.nonzero(rank < counts[:, None])
    return conversation, participant


def _shuffled(conversation: Ints, quota: Values, rng: np.random.Generator) -> Ints:
    """For panels of any size: everyone's tasks dealt at random, swapped until no cell comes twice."""
    slots = len(conversation)
    bounds = np.floor(np.cumsum(quota) / quota.sum() * slots + 0.5).astype(np.intp)
    participant = np.repeat(np.arange(len(quota)), np.diff(bounds, prepend=0))
    rng.shuffle(participant)
    while (again := _repeated(conversation, participant)).size:
        others = rng.integers(0, slots, again.size)
        for mine, other in zip(again, others, strict=True):
            participant[[mine, other]] = participant[[other, mine]]
    return np.asarray(participant, dtype=np.intp)


def _repeated(conversation: Ints, participant: Ints) -> Ints:
    """Rows whose cell stands in an earlier row."""
    cell = conversation * (int(participant.max()) + 1) + participant
    order = np.argsort(cell, kind="stable")
    return np.asarray(order[1:][np.diff(cell[order]) == 0], dtype=np.intp)


def _sums(group: Ints, values: Values, groups: int) -> Values:
    """(n, k) values summed by group to (groups, k)."""
    columns = [np.bincount(group, weights=column, minlength=groups) for column in values.T]
    return np.stack(columns, axis=1)
