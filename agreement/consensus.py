"""What the people of a conversation would say together, and what the others say of one of them.

Each assessment spreads one vote over the pairs that its person ranks strictly; a person's duplicates share
the person's weight. So the votes for a ranking, summed, are what agreement with it sums up to.
"""

import numpy as np
from numpy.typing import NDArray

from ..panel.ranking import Ranking
from .intervals import firsts
from .measures import Values, agreements, pair_signs, places_of
from .people import People

LARGEST = 12
"""Responses up to which the best ranking is searched exactly (2^12 subsets a conversation)."""


def best_rankings(people: People) -> dict[str, Ranking]:
    """The ranking of each conversation that agrees most with its people: no other weak order agrees more.

    Breaking a tie of two tiers one way or the other never costs agreement, so a strict order is among the best
    weak orders; the best strict one is found by dynamic programming over subsets (Held & Karp 1962 for the linear
    ordering problem). Left out: conversations of more than 12 responses, or whose people tie everything.
    """
    votes = _votes(people)
    margins = np.zeros((len(people.conversations), votes.shape[1]))
    np.add.at(margins, people.clusters.conversation, votes)
    judged = np.bincount(people.clusters.conversation, (people.signs != 0).any(axis=1), len(margins)) > 0
    sizes = np.array([len(labels) for labels in people.labels])
    found: dict[str, Ranking] = {}
    for size in np.unique(sizes[judged]).tolist():
        rows = np.flatnonzero(judged & (sizes == size))
        if size <= LARGEST:
            for row, order in zip(rows, _best_orders(_square(margins[rows], size)), strict=True):
                labels = people.labels[row]
                found[people.conversations[row]] = Ranking(tiers=tuple((labels[each],) for each in order))
    return found


def others_consensus(people: People) -> Values:
    """Agreement of the others' consensus with each assessment (N), the consensus being the order of the others'
    net wins: the votes for a response minus those against it (Borda's count for weak orders), equal counts tied.

    NaN where fewer than three people rank anything strictly, or this one ties all.
    """
    votes, cell = _votes(people), people.clusters.cell
    conversation = people.clusters.conversation
    own = np.zeros((int(cell.max(initial=-1)) + 1, votes.shape[1]))
    np.add.at(own, cell, votes)
    total = np.zeros((len(people.conversations), votes.shape[1]))
    np.add.at(total, conversation, votes)
    wins = _net_wins(total[conversation] - own[cell], people.places.shape[1])
    wins[people.places < 0] = np.nan
    raters = strict_raters(people)
    values = agreements(pair_signs(places_of(wins, 1e-9)), people.signs)
    return np.asarray(np.where(raters[conversation] >= 3, values, np.nan))


def another_person(people: People) -> Values:
    """Agreement of another person's ranking, drawn from the same conversation, with each assessment (N).

    NaN where nobody else ranked the conversation, or this one ties all.
    """
    conversation, cell, weight = people.clusters.conversation, people.clusters.cell, people.clusters.weight
    voice = weight / np.bincount(cell)[cell]
    said = people.signs * voice[:, None]
    own = np.zeros((int(cell.max(initial=-1)) + 1, said.shape[1]))
    np.add.at(own, cell, said)
    total = np.zeros((len(people.conversations), said.shape[1]))
    np.add.at(total, conversation, said)
    others = np.bincount(conversation, voice, len(total))[conversation] - weight
    alone = _voices(people, np.ones(len(people), dtype=bool))[conversation] < 2
    mean = (total[conversation] - own[cell]) / np.where(alone, np.nan, others)[:, None]
    return agreements(mean, people.signs)


def strict_raters(people: People) -> NDArray[np.intp]:
    """(C): participants who rank anything strictly."""
    return _voices(people, (people.signs != 0).any(axis=1))


def _votes(people: People) -> Values:
    """(N, pairs): each assessment's vote, over the pairs that its person ranks strictly."""
    strict = np.count_nonzero(people.signs, axis=1)
    cell = people.clusters.cell
    told = np.bincount(cell, strict > 0)[cell]
    with np.errstate(invalid="ignore", divide="ignore"):
        share = np.where(strict > 0, people.clusters.weight / (told * strict), 0.0)
    return np.asarray(people.signs * share[:, None])


def _voices(people: People, counted: NDArray[np.bool_]) -> NDArray[np.intp]:
    """(C): participants with an assessment that is `counted`."""
    first = firsts(people.clusters.cell[counted])
    return np.bincount(people.clusters.conversation[counted][first], minlength=len(people.conversations))


def _net_wins(votes: Values, width: int) -> Values:
    """(N, M) from pair votes (N, pairs)."""
    wins = np.zeros((len(votes), width))
    for column, (i, j) in enumerate(zip(*np.triu_indices(width, 1), strict=True)):
        wins[:, i] += votes[:, column]
        wins[:, j] -= votes[:, column]
    return wins


def _square(margins: Values, size: int) -> Values:
    """Pair votes (C, pairs) of the first `size` columns as (C, size, size): row before column."""
    width = int((1 + np.sqrt(1 + 8 * margins.shape[1])) / 2 + 0.5)
    square = np.zeros((len(margins), width, width))
    first, second = np.triu_indices(width, 1)
    square[:, first, second] = margins
    square[:, second, first] = -margins
    return square[:, :size, :size]


def _best_orders(margins: Values) -> NDArray[np.intp]:
    """(C, size): the order of columns with the largest sum of votes for what stands before what."""
    count, size, _ = margins.shape
    best = np.zeros((1 << size, count))
    last = np.zeros((1 << size, count), dtype=np.intp)
    for subset in range(1, 1 << size):
        members = [each for each in range(size) if subset >> each & 1]
        options = np.stack(
            [best[subset ^ (1 << each)] + margins[:, members, each].sum(axis=1) for each in members]
        )
        choice = options.argmax(axis=0)
        best[subset] = options[choice, np.arange(count)]
        last[subset] = np.array(members)[choice]
    orders = np.empty((count, size), dtype=np.intp)
    subsets = np.full(count, (1 << size) - 1)
    for place in reversed(range(size)):
        orders[:, place] = last[subsets, np.arange(count)]
        subsets ^= 1 << orders[:, place]
    return orders
