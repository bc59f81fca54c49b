"""What the sealed test says of overlays: the group's gain over the common text, and whether it is more than noise."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from ..agreement.headline import headline
from ..agreement.people import CHANGE, People
from ..panel.ranking import Ranking
from .records import Figure
from .scoring import PeopleScores
from .sealed_records import OverlayFigures


@dataclass(frozen=True, slots=True)
class OverlayTable:
    """The rankings of the sealed conversations under one group's text."""

    table: Mapping[str, Ranking]
    members: frozenset[str]
    edits: int


def compared_overlays(
    people: People,
    common: Mapping[str, Ranking],
    overlays: Mapping[str, OverlayTable],
    reserved: Collection[str],
) -> tuple[OverlayFigures, ...]:
    """Each overlay beside the common text, on the conversations of `people`, by the people of its group.

    Where an overlay's call alone failed its conversation counts as the worst ranking. The gain is that of the group's
    reserved people where there are enough of them (`agreement.headline`).
    """
    return tuple(
        _figures(people, common, name, overlay, reserved, len(overlays)) for name, overlay in overlays.items()
    )


def _figures(
    people: People,
    common: Mapping[str, Ranking],
    name: str,
    overlay: OverlayTable,
    reserved: Collection[str],
    count: int,
) -> OverlayFigures:
    own = people.of(overlay.members)
    others = people.of([each for each in people.participants if each not in overlay.members])
    table = dict(overlay.table)
    missing = [item for item in common if item not in table]
    scores = PeopleScores(own)
    for item in missing:
        if (worst := scores.worst_ranking(item)) is not None:
            table[item] = worst
    head = headline(own, reserved, common, table)
    deciding = (
        own.of([each for each in people.participants if each in reserved])
        if head.rests_on == "reserve"
        else own.of([each for each in people.participants if each not in reserved])
    )
    return OverlayFigures(
        group=name,
        participants=len(set(own.clusters.participant.tolist())),
        edits=overlay.edits,
        common=Figure.of(own.level(common)),
        joined=Figure.of(own.level(table)),
        gain=Figure.of(head.gain),
        rests_on=head.rests_on,
        note=head.note,
        more_than_noise=_above_noise(deciding, common, table, count),
        others=Figure.of(others.gain(common, table)),
        failed_as_worst=len(missing),
    )


def _above_noise(
    people: People, before: Mapping[str, Ranking], after: Mapping[str, Ranking], count: int
) -> bool:
    """Whether the interval at 1 - 0.05 / count lies above 0."""
    old, new = people.placed(before), people.placed(after)
    found = people.mean(
        people.agreements(new) - people.agreements(old), bounds=CHANGE, level=1.0 - 0.05 / max(1, count)
    )
    return found.low is not None and found.low > 0.0
