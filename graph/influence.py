"""Whose rankings an adoption hangs on: the trial decided again without each participant.

Worked out from the stored rankings of the adopted edit's trial: nothing is asked again. Everybody's part in the mean is
told (leave one out, the empirical influence of Efron and Tibshirani 1993, An Introduction to the Bootstrap, chapter
11); for those whose part is largest the trial's own test and the run's promise are asked again as well.
"""

from collections.abc import Sequence

from ..records import Record
from ..trials.outcomes import Label
from .context import RunContext
from .replay import Replay

MOST = 5
"""People told of each adopted edit."""
DECIDED = 12
"""People of whom it is worked out what the trial would have decided without them."""


class Person(Record):
    participant: str
    conversations: int
    """Of the trial, that this person ranked."""
    without: float
    """The mean difference, candidate minus current text, without this person; a fraction."""
    p_value: float
    """Of the trial without this person."""
    label: Label | None
    """What the edit would be without this person; None: neither proven nor likely."""


class Influence(Record):
    """One adopted edit: its trial with everybody, and without each of those who matter most."""

    proposal: str
    conversations: int
    """Of the trial, with rankings under both texts on record."""
    people: int
    difference: float
    p_value: float
    label: Label | None
    """With everybody."""
    exact: bool
    """Whether the trial as it was is met by the replay; otherwise p-values and labels are near to what they would be."""
    strongest: tuple[Person, ...]
    """Those without whom the difference would be smallest, the first the most."""
    turning: tuple[str, ...]
    """People each of whom, left out alone, would take the label away or make it a weaker one."""
    turned_by: int
    """How many of the strongest, left out together, leave the edit neither proven nor likely; 0: no number of them."""

    @property
    def told(self) -> str:
        """One sentence for a reader."""
        first = self.strongest[0]
        turned = (
            f"without the {self.turned_by} who matter most together it would be neither proven nor likely"
            if self.turned_by > 1
            else "without that one person it would be neither proven nor likely"
            if self.turned_by
            else "no number of people left out turns it"
        )
        return (
            f"{100 * self.difference:+.1f} points by {self.people} people; without {first.participant}, who matters most,"
            f" {100 * first.without:+.1f} (p {first.p_value:.2g}, {first.label or 'neither proven nor likely'}); {turned}."
        )


def influences(context: RunContext, *, most: int = MOST) -> tuple[Influence, ...]:
    """One for each adopted edit that had a trial, in the order of adoption."""
    found = []
    for decision in context.records.decisions.find(decision="adopted"):
        if (one := influence(context, decision.proposal, most=most)) is not None:
            found.append(one)
    return tuple(found)


def influence(context: RunContext, proposal: str, *, most: int = MOST) -> Influence | None:
    """None for a proposal without a trial, or whose rankings aren't on record."""
    trials = context.records.trials.find(proposal=proposal, stage="trial")
    replay = Replay.of(context, trials[-1]) if trials else None
    if replay is None or not replay.people:
        return None
    everybody = replay.decided()
    means = replay.means()
    strongest = sorted(means, key=lambda person: (means[person], person))
    without = {person: replay.decided({person}) for person in strongest[: max(most, DECIDED)]}
    return Influence(
        proposal=proposal,
        conversations=sum(pair.difference is not None for pair in replay.pairs),
        people=len(strongest),
        difference=replay.mean,
        p_value=everybody.p_value,
        label=everybody.label,
        exact=replay.exact,
        strongest=tuple(
            Person(
                participant=person, conversations=replay.conversations(person), without=means[person],
                p_value=without[person].p_value, label=without[person].label,
            )
            for person in strongest[:most]
        ),
        turning=tuple(
            person for person, found in without.items() if _rank(found.label) < _rank(everybody.label)
        ),
        turned_by=turned_by(replay, strongest) if everybody.label else 0,
    )  # fmt: skip


def turned_by(replay: Replay, strongest: Sequence[str]) -> int:
    """How many of the strongest, left out together, take the label away; 0: none of the numbers that were tried.

    Found by halving, since fewer of those who speak for an edit leave less evidence for it.
    """
    low, high = 0, len(strongest) - 1
    if high < 1 or replay.decided(set(strongest[:high])).label is not None:
        return 0
    while high - low > 1:
        middle = (low + high) // 2
        if replay.decided(set(strongest[:middle])).label is None:
            high = middle
        else:
            low = middle
    return high


def _rank(label: Label | None) -> int:
    return (None, "likely", "proven").index(label)
