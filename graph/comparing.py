"""The figures of the sealed test, from the rankings under each text."""

from collections.abc import Mapping
from typing import Literal

from ..agreement.people import People
from ..agreement.references import gap_closed, references
from ..errors import DataError
from ..panel.ranking import Ranking
from .overlays import OverlayTable, compared_overlays
from .records import Figure, rounded
from .scoring import PeopleScores
from .sealed import Opened, SealedSplit
from .sealed_records import SealedTest, TextFigures, UnseenPeople

BY_UNSEEN = "By people who had no say in the edits, on conversations not seen before."
BY_ALL = "By the people whose rankings chose the edits too: for other people it is likely less."
Arm = Literal["original", "proven", "likely", "no_spec"]
Table = Mapping[str, Ranking]
"""Conversation to ranking."""


def compared(
    split: SealedSplit, opened: Opened, tables: Mapping[Arm, Table], context: str,
    overlays: Mapping[str, OverlayTable] | None = None,
) -> SealedTest:  # fmt: skip
    """All texts on the conversations that were answered under the original.

    Where a revised text's call alone failed its conversation counts as the worst ranking, so that a text can't gain
    by not being answered.
    """
    everybody = split.people(opened, reserved=False)
    answered = [name for name in sorted(opened.conversations) if name in tables["original"]]
    people, scores = everybody.on(answered), PeopleScores(everybody)
    original = {name: tables["original"][name] for name in answered}
    proven, proven_failed = _filled(tables["proven"], answered, scores)
    likely, likely_failed = _filled(tables["likely"], answered, scores)
    no_spec = {name: tables["no_spec"][name] for name in answered if name in tables["no_spec"]}
    beside = references(people, {name: opened.conversations[name] for name in answered})
    unseen = _unseen(split, opened, original, proven, likely)
    return SealedTest(
        conversations=len(answered),
        context=context,
        original=Figure.of(people.level(original)),
        proven=_figures(people, original, proven, proven_failed),
        likely=_figures(people, original, likely, likely_failed),
        no_spec=Figure.of(people.on(no_spec).level(no_spec)),
        leave_one_out=Figure.of(beside.leave_one_out),
        longest=Figure.of(beside.longest),
        random=Figure.of(beside.random),
        one_person=Figure.of(beside.one_person),
        best_single=Figure.of(beside.best_single),
        gain=unseen.likely_gain if unseen else Figure.of(people.gain(original, likely)),
        gain_note=BY_UNSEEN if unseen else BY_ALL,
        unseen_people=unseen,
        failed=len(opened.conversations) - len(answered),
        overlays=compared_overlays(
            everybody.on(answered), likely, overlays or {}, split.reserved(everybody.participants)
        ),
    )


def _filled(table: Table, answered: list[str], scores: PeopleScores) -> tuple[dict[str, Ranking], int]:
    """The table with the worst ranking where there is none, and how many those are."""
    found = {name: table[name] for name in answered if name in table}
    missing = [name for name in answered if name not in table]
    for name in missing:
        if (worst := scores.worst_ranking(name)) is not None:
            found[name] = worst
    return found, len(missing)


def _figures(people: People, original: Table, revised: Table, failed: int) -> TextFigures:
    return TextFigures(
        agreement=Figure.of(people.level(revised)),
        gain=Figure.of(people.gain(original, revised)),
        gap_closed=rounded(gap_closed(people, original, revised).ratio),
        failed_as_worst=failed,
    )


def _unseen(
    split: SealedSplit, opened: Opened, original: Table, proven: Table, likely: Table
) -> UnseenPeople | None:
    try:
        people = split.people(opened, reserved=True).on(list(original))
    except DataError:
        return None
    if not len(people):
        return None
    return UnseenPeople(
        participants=len(people.participants),
        original=Figure.of(people.level(original)),
        proven=Figure.of(people.level(proven)),
        likely=Figure.of(people.level(likely)),
        proven_gain=Figure.of(people.gain(original, proven)),
        likely_gain=Figure.of(people.gain(original, likely)),
    )
