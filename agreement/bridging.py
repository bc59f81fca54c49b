"""Bridging: whether people of every group support a proposal, not only most people.

After the group-aware consensus of Polis (Small, Bjorkegren, Erkkilä, Shaw and Megill 2021, "Polis: Scaling
Deliberation by Mapping High Dimensional Opinion Spaces", section on group informed consensus): a group's share
is estimated as (support + 1) / (sides + 2), and the consensus is the product over groups.
"""

from collections.abc import Iterable
from typing import Literal

from ..errors import OptionError
from ..records import Record
from .support import Support, SupportShare

Side = Literal["supports", "divided", "refutes"]


class GroupVoice(Record):
    """What one group of people makes of a proposal."""

    value: str
    """Of the attribute."""
    support: Support
    side: Side
    """By the share among those who take a side: over, at or under one half."""
    firm: bool
    """Whether the group's 95 % interval leaves one half out."""

    @classmethod
    def of(cls, value: str, support: Support) -> "GroupVoice":
        """Raises ValueError for a group in which nobody takes a side."""
        if support.low is None or support.high is None:
            raise ValueError(f"nobody of {value!r} takes a side")
        balance = support.support - support.refute
        side: Side = "supports" if balance > 0 else "refutes" if balance < 0 else "divided"
        return cls(value=value, support=support, side=side, firm=support.low > 0.5 or support.high < 0.5)


class Bridge(Record):
    """Whether support bridges the groups of one attribute."""

    attribute: str
    holds: bool
    """Whether there is a group large enough to show, and every such group supports."""
    groups: tuple[GroupVoice, ...]
    """Those of which `min_group` people or more take a side, in alphabetical order. Smaller ones have no say."""
    consensus: float | None
    """Product over groups of (support + 1) / (sides + 2); None without groups."""

    @property
    def against(self) -> tuple[str, ...]:
        """The groups that refute."""
        return tuple(each.value for each in self.groups if each.side == "refutes")

    @property
    def split(self) -> bool:
        """Whether most of all people in these groups support, and one group or more refutes."""
        support = sum(each.support.support for each in self.groups)
        refute = sum(each.support.refute for each in self.groups)
        return support > refute and bool(self.against)

    @property
    def told(self) -> str:
        """One sentence for a reader."""
        if not self.groups:
            return f"No group of {self.attribute} is large enough to tell whether support bridges them."
        if self.holds:
            return f"Every one of {len(self.groups)} groups of {self.attribute} supports it."
        worst = min(self.groups, key=lambda each: (each.support.share or 0.0, each.value))
        told = "refutes it" if worst.side == "refutes" else "is divided"
        most = "Most support it, but " if self.split else ""
        sentence = (
            f"{most}{self.attribute} {worst.value} {told}"
            f" ({worst.support.support} for, {worst.support.refute} against)."
        )
        return sentence[0].upper() + sentence[1:]


def bridge(voice: SupportShare, attribute: str) -> Bridge:
    """Weigh a proposal by the groups of `attribute`, as `weigh` shows them.

    A group is asked for more support than opposition, no more: of five people (`min_group`) not even all of
    them would give an interval that leaves one half out.
    """
    shown = voice.groups.get(attribute, {})
    groups = tuple(GroupVoice.of(value, support) for value, support in sorted(shown.items()))
    consensus = None
    if groups:
        consensus = 1.0
        for each in groups:
            consensus *= (each.support.support + 1) / (each.support.sides + 2)
    return Bridge(
        attribute=attribute,
        holds=bool(groups) and all(each.side == "supports" for each in groups),
        groups=groups,
        consensus=consensus,
    )


def refuting_groups(voice: SupportShare) -> tuple[tuple[str, GroupVoice], ...]:
    """(attribute, group) of every shown group that firmly refutes what most people support.

    Firmly, since many attributes are looked at: a share that merely falls short of one half is chance.
    """
    if voice.support <= voice.refute:
        return ()
    return tuple(
        (attribute, group)
        for attribute, by in sorted(voice.groups.items())
        for value, support in sorted(by.items())
        if (group := GroupVoice.of(value, support)).side == "refutes" and group.firm
    )


def refuted_by(voice: SupportShare) -> tuple[str, ...]:
    """`refuting_groups` in words, a sentence each."""
    return tuple(
        f"most support it, and {attribute} {group.value} refutes it ({group.support.support} for,"
        f" {group.support.refute} against)"
        for attribute, group in refuting_groups(voice)
    )


def check_attribute(attribute: str, known: Iterable[str]) -> None:
    """Raises OptionError where nobody in the data has such an attribute."""
    names = sorted(set(known))
    if attribute not in names:
        told = f"the data has {', '.join(names)}" if names else "the data tells nothing of who people are"
        raise OptionError(f"nobody has the attribute {attribute!r} to bridge over; {told}")
