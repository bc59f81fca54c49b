"""Direct votes in words: for terminals, reports and traces."""

from rich.console import Console

from ..agreement.direct import Share
from ..agreement.prediction import LEAST_LABELS
from ..agreement.support import SupportShare
from ..graph.vote_records import DirectFigures
from .printing import count, indented


def direct_lines(found: DirectFigures, support: SupportShare | None = None) -> list[str]:
    """What people said when they were asked, how right the validator was about them, and which behaviour they prefer.

    `support` is what is on record of the proposal: whether the votes correct it is told.
    """
    votes = found.votes
    lines = [
        f"people asked directly: {votes.support} for, {votes.refute} against, {votes.silent} without an opinion"
        + (f" ({_percent(votes.share, votes.low, votes.high)} for it)" if votes.share is not None else "")
    ]
    if found.confusion is not None:
        sides = ", ".join(
            f"{recall.count} of {recall.of} {name}"
            for name, recall in zip(
                ("for", "against", "without an opinion"), found.confusion.recalls.values(), strict=True
            )
        )
        lines.append(
            f"validator against {count(found.known, 'vote')} of the same people: right on {_share(found.confusion.accuracy)}"
            f" ({sides}); {found.confusion.opposite.count} of {found.confusion.opposite.of} with a side put on the other one"
        )
    if support is not None:
        lines.append(correction(found, support))
    if found.preferred is not None:
        people = found.preferred.people
        told = (
            f": {_percent(people.share, people.low, people.high)} of those with a preference"
            if people.share is not None
            else ""
        )
        lines.append(
            f"behaviour: {people.support} prefer the new one, {people.refute} the old one, {people.silent} neither{told}"
        )
    if found.first_chosen is not None:
        lines.append(
            f"the response shown first was chosen in {100 * found.first_chosen:.0f} % of the choices"
        )
    return lines


def correction(found: DirectFigures, support: SupportShare) -> str:
    """One sentence on what the votes do to the validator's share."""
    if (corrected := support.corrected) is not None:
        return (
            f"share in support corrected by {corrected.labels} labels: "
            f"{_percent(corrected.share, corrected.low, corrected.high)}, counted by the validator "
            f"{_percent(support.share, support.low, support.high)}"
        )
    if found.known < LEAST_LABELS:
        return (
            f"the validator's share is not corrected: {count(found.known, 'vote')} of people whose words it read, and "
            f"{LEAST_LABELS} are needed"
        )
    return "the validator's share is not corrected: none of these people takes a side"


def show_direct(console: Console, found: DirectFigures, support: SupportShare | None, title: str) -> None:
    """Print what votes on one proposal come to."""
    console.print(title, soft_wrap=True)
    for line in direct_lines(found, support):
        indented(console, line)


def _share(found: Share) -> str:
    if found.share is None:
        return "nobody"
    return f"{found.count} of {found.of} ({_percent(found.share, found.low, found.high)})"


def _percent(share: float | None, low: float | None, high: float | None) -> str:
    if share is None or low is None or high is None:
        return "–"
    return f"{100 * share:.0f} %, {100 * low:.0f} to {100 * high:.0f} %"
