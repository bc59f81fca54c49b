"""References, so that an agreement means something; and the share of a gap that a gain closes."""

from collections.abc import Mapping

import numpy as np

from ..panel.ranking import Ranking
from ..panel.records import Conversation
from ..records import Record
from .consensus import another_person, best_rankings, others_consensus
from .intervals import Estimate, bootstrap
from .measures import Values
from .people import CHANGE, People, Rankings


class References(Record):
    """Agreements with the people of the same conversations. All lie within 0 and 1."""

    best_single: Estimate
    leave_one_out: Estimate
    one_person: Estimate
    longest: Estimate
    random: Estimate


class GapClosed(Record):
    """A gain as a share of what was to be gained: leave-one-out agreement minus agreement before, on the
    same conversations (three raters or more). It may exceed 1.
    """

    ratio: float | None
    """None unless the denominator's lower bound is above 0; `low` and `high` likewise."""
    low: float | None
    high: float | None
    gain: Estimate
    gap: Estimate


def references(people: People, conversations: Mapping[str, Conversation]) -> References:
    """The references that need no model, on the conversations of `people`."""
    return References(
        best_single=best_single(people),
        leave_one_out=leave_one_out(people),
        one_person=one_person(people),
        longest=longest_response(people, conversations),
        random=random_ranking(people),
    )


def best_single(people: People) -> Estimate:
    """The best single ranking of each conversation: an upper bound, fitted to the people it is measured on."""
    return people.level(best_rankings(people))


def leave_one_out(people: People) -> Estimate:
    """The consensus of the others, where three or more people rank (`consensus.others_consensus`)."""
    return people.mean(others_consensus(people))


def one_person(people: People) -> Estimate:
    """Another person's ranking of the same conversation."""
    return people.mean(another_person(people))


def random_ranking(people: People) -> Estimate:
    """A random order, in expectation: exactly one half wherever agreement is defined."""
    return people.mean(np.where((people.signs != 0).any(axis=1), 0.5, np.nan))


def longest_response(people: People, conversations: Mapping[str, Conversation]) -> Estimate:
    """The responses ordered by their length."""
    return people.level(by_length(conversations))


def by_length(conversations: Mapping[str, Conversation]) -> dict[str, Ranking]:
    """Longer responses first, by characters; equal lengths tie."""
    return {
        one.id: Ranking.from_scores({response.label: float(len(response.text)) for response in one.responses})
        for one in conversations.values()
    }


def gap_closed(
    people: People, before: Rankings, after: Rankings, *, resamples: int = 2000, seed: int = 0
) -> GapClosed:
    """How much of the way from `before` to the people's own consensus `after` has gone.

    The interval is the 2.5 to 97.5 percentile of the two-way bootstrap, on which gain and gap share their draws;
    the consensus stays as it was drawn from all.
    """
    old = people.agreements(people.placed(before))
    gain = people.agreements(people.placed(after)) - old
    gap = others_consensus(people) - old
    return closed(people, gain, gap, resamples=resamples, seed=seed)


def closed(people: People, gain: Values, gap: Values, *, resamples: int = 2000, seed: int = 0) -> GapClosed:
    """`gap_closed` for any gain and gap per assessment (N, NaN where undefined)."""
    both = ~np.isnan(gain) & ~np.isnan(gap)
    gain, gap = np.where(both, gain, np.nan), np.where(both, gap, np.nan)
    top, bottom = people.mean(gain, bounds=CHANGE), people.mean(gap, bounds=CHANGE)
    if top.estimate is None or bottom.estimate is None or bottom.low is None or bottom.low <= 0:
        return GapClosed(ratio=None, low=None, high=None, gain=top, gap=bottom)
    drawn = bootstrap([gain[both], gap[both]], people.clusters.pick(both), resamples=resamples, seed=seed)
    low, high = np.nanpercentile(drawn[0] / drawn[1], [2.5, 97.5])
    return GapClosed(
        ratio=top.estimate / bottom.estimate, low=float(low), high=float(high), gain=top, gap=bottom
    )
