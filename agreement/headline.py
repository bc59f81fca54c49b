"""Which gain to headline: the one that is unbiased for people who had no say in the edits.

The people whose rankings chose the edits are pleased by them more than others would be: by 1 to 5 points with 12 to 60
people. New conversations don't help, for the same people rank them. The reserve's people chose nothing.
"""

from collections.abc import Collection
from typing import Literal

from ..records import Record
from .intervals import FEW, Estimate
from .people import People, Rankings

PLENTY = 12
LARGEST_RESERVE = 0.5


class Headline(Record):
    """The gain to put first, and the two that it was chosen from."""

    gain: Estimate
    rests_on: Literal["reserve", "choosers"]
    reserve: Estimate | None
    """Of the people set aside from the start; None where none of them ranked any of these conversations."""
    choosers: Estimate
    """Of the people whose rankings chose the edits: favours the edited text."""
    note: str
    """One sentence that must stand beside the gain."""


def headline(people: People, reserved: Collection[str], before: Rankings, after: Rankings) -> Headline:
    """The gain of `after` over `before` on sealed conversations, for new people.

    `people` holds everybody who ranked them, `reserved` the ids of those set aside. The reserve is put first where it
    has five effective people or more; else the choosers stand in, and the note says which way they err.
    """
    aside = set(reserved)
    choosers = people.of([name for name in people.participants if name not in aside]).gain(before, after)
    found = people.of([name for name in people.participants if name in aside]).gain(before, after)
    reserve = None if found.estimate is None else found
    if reserve is not None and (reserve.effective_people >= FEW or choosers.estimate is None):
        note = (
            f"By {reserve.participants} people who had no say in the edits, on conversations not seen before."
        )
        return Headline(gain=reserve, rests_on="reserve", reserve=reserve, choosers=choosers, note=note)
    note = (
        f"By {choosers.participants} people whose rankings chose the edits: for other people it is likely less "
        "(by 1 to 5 points with 12 to 60 people). Too few people were set aside to tell."
    )
    return Headline(gain=choosers, rests_on="choosers", reserve=reserve, choosers=choosers, note=note)


def reserve_share(participants: int, *, usual: float = 0.2) -> float:
    """The share of people to set aside: `usual`, and more of a small panel, so that about 12 of them tell the gain."""
    return min(max(usual, PLENTY / max(participants, 1)), LARGEST_RESERVE)
