"""grouping: which groups of people may have overlays of their own beside the common text."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from ...agreement.clusters import find_clusters, nearest
from ...agreement.people import People
from ...errors import OptionError
from ...panel.records import Panel
from ..options import Options

CLUSTERS = "clusters"
Grouped = Mapping[str, frozenset[str]]
"""Name of a group to its participants. No participant is in two."""


class GroupingPolicy(Protocol):
    def groups(self, panel: Panel, heard: People, everybody: People) -> Grouped:
        """The groups of the panel's people, those held in reserve included.

        `heard` are the people that the run may look at, on the open conversations; `everybody` adds the reserve,
        which may be sorted but forms no group. Raises InputError where there are fewer than two groups.
        """
        ...


@dataclass(frozen=True, slots=True)
class ByAttribute:
    """People of one value of an attribute make a group; values with fewer than `least` people who are heard don't."""

    attribute: str
    least: int

    def groups(self, panel: Panel, heard: People, everybody: People) -> Grouped:  # noqa: ARG002
        found: dict[str, set[str]] = {}
        for name, one in panel.participants.items():
            if (value := one.demographics.get(self.attribute)) is not None:
                found.setdefault(value, set()).add(name)
        if not found:
            known = sorted({key for one in panel.participants.values() for key in one.demographics})
            has = f"the data has {', '.join(known)}" if known else "the data tells nothing of who people are"
            raise OptionError(f"nobody has the attribute {self.attribute!r} to make groups of; {has}")
        voices = {heard.participants[row] for row in set(heard.clusters.participant.tolist())}
        large = {value: names for value, names in found.items() if len(names & voices) >= self.least}
        if len(large) < 2:
            raise OptionError(
                f"{self.attribute} gives {len(large)} groups of {self.least} people or more who ranked open conversations: "
                "several defaults take two at least"
            )
        ordered = sorted(large, key=lambda value: (-len(large[value]), value))
        return {value: frozenset(large[value]) for value in ordered}


@dataclass(frozen=True, slots=True)
class FromRankings:
    """Groups that people's rankings show, where two halves of the conversations show the same ones."""

    least: int
    seed: int

    def groups(self, panel: Panel, heard: People, everybody: People) -> Grouped:  # noqa: ARG002
        found = find_clusters(heard, least=self.least, seed=self.seed)
        members = [set(group) for group in found.members]
        for name, cluster in nearest(everybody, found).items():
            members[cluster].add(name)
        return {f"cluster {number}": frozenset(group) for number, group in enumerate(members, start=1)}


def grouping(options: Options) -> GroupingPolicy | None:
    """What the options name; None for one text for everybody."""
    if not options.per_group:
        return None
    if options.per_group == CLUSTERS:
        return FromRankings(least=options.min_group, seed=options.split_seed)
    return ByAttribute(options.per_group, least=options.min_group)
