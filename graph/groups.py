"""The groups of a run: their people, how they score, what they wrote, and the overlays that they have."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..agreement.people import People
from ..errors import DataError
from ..spec import Spec, apply
from ..trials.two_way import can_pass
from .justifications import Justifications
from .run_records import RunRecords
from .scoring import PeopleScores
from .texts import Texts


@dataclass(frozen=True)
class RunGroup:
    """One group of people, with an overlay of its own beside the common text."""

    name: str
    members: frozenset[str]
    """Participant ids, those held in reserve included."""
    scores_of: PeopleScores
    """Of its people who are heard, on the open conversations."""
    justifications: Justifications
    tested: bool = True
    """Whether it has people enough to show anything at its share of alpha and q."""

    @property
    def people(self) -> int:
        """Those who are heard."""
        return len(set(self.scores_of.people.clusters.participant.tolist()))


Overlays = Mapping[str, Sequence[str]]
"""Group to the proposals in its overlay, in the order of adoption."""


def joined(texts: Texts, records: RunRecords, common: str, proposals: Sequence[str]) -> Spec:
    """The common text with an overlay's proposals on it. Raises EditError where one doesn't apply."""
    spec = texts.spec(common)
    for id_ in proposals:
        spec = apply(spec, records.proposals.get(id_).edits)
    return spec


def tested_groups(sizes: Mapping[str, int], *, level: float) -> frozenset[str]:
    """The groups that have people enough to pass a test, where `level` is split over those that are tested.

    The largest first, as many as can all pass. Raises DataError where not even one can.
    """
    ordered = sorted(sizes, key=lambda name: (-sizes[name], name))
    for count in range(len(ordered), 0, -1):
        if all(can_pass(sizes[name], level=level / count) for name in ordered[:count]):
            return frozenset(ordered[:count])
    raise DataError(
        f"the largest group, {ordered[0]}, has {sizes[ordered[0]]} people: too few to show at the level {level:.2g} what "
        "only they want; ask more people, or declare fewer trials"
    )


def within(people: People, members: frozenset[str]) -> PeopleScores:
    return PeopleScores(people.of(members))
