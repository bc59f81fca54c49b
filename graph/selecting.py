"""select: which training conversations the proposers see this round.

The policy is a Protocol; the shipped one goes where the gap between ranker and people is largest and best
supported, spread over themes, and steps back from what was tried in vain or is explained already.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from ..records import Record
from .likeness import Likeness


class Gap(Record):
    """How far the ranker is from the people on one training conversation."""

    conversation: str
    theme: str
    """Its most relevant section; empty when no section is relevant."""
    gap: float
    """Agreement that the best single ranking would have, minus the ranker's; 0 to 1."""
    voices: int
    """People behind it."""
    explained: bool = False
    """Whether an adopted edit touches it already."""


class Selection(Record):
    """Conversation ids for the proposers: one batch a call, one single a call."""

    batches: tuple[tuple[str, ...], ...] = ()
    singles: tuple[str, ...] = ()


class Selector(Protocol):
    def select(
        self, gaps: Sequence[Gap], fruitless: Mapping[str, int], *, batches: int, size: int, singles: int
    ) -> Selection:
        """`fruitless`: theme to the rounds in which it was shown and nothing came of it."""
        ...


class LargestGap:
    """Themes by summed, shrunken gap; in a theme, the conversations most like its worst one."""

    def __init__(self, likeness: Likeness) -> None:
        """`likeness` over the training conversations' prompts and justifications."""
        self.likeness = likeness

    def select(
        self, gaps: Sequence[Gap], fruitless: Mapping[str, int], *, batches: int, size: int, singles: int
    ) -> Selection:
        themes: dict[str, list[Gap]] = {}
        for gap in gaps:
            if gap.gap > 0:
                themes.setdefault(gap.theme, []).append(gap)
        groups = [group for name, found in themes.items() for group in self._groups(name, found, size)]
        groups.sort(key=lambda group: (-_pull(group, fruitless), group[0].conversation))
        chosen = [group for group in groups if len(group) > 1][:batches]
        return Selection(
            batches=tuple(tuple(gap.conversation for gap in group) for group in chosen),
            singles=tuple(gap.conversation for gap in _spread(groups, fruitless, singles)),
        )

    def _groups(self, theme: str, gaps: list[Gap], size: int) -> list[list[Gap]]:
        """A theme cut into batches: around its worst conversation those most like it, and so on.

        A named theme gives at most three batches; the conversations without a section are themes by
        likeness alone, and there a batch takes in only what shares words with its first.
        """
        rest = sorted(gaps, key=lambda gap: (-_weight(gap), gap.conversation))
        groups: list[list[Gap]] = []
        while rest and len(groups) < 3 + (5 if not theme else 0):
            seed = rest.pop(0)
            near = {
                gap.conversation: self.likeness.between(seed.conversation, gap.conversation) for gap in rest
            }
            if theme:
                rest.sort(key=lambda gap: (-_weight(gap) * (0.5 + near[gap.conversation]), gap.conversation))
                taken = rest[: size - 1]
            else:
                rest.sort(key=lambda gap: (-near[gap.conversation], gap.conversation))
                taken = [gap for gap in rest[: size - 1] if near[gap.conversation] > 0.05]
            groups.append([seed, *taken])
            names = {gap.conversation for gap in taken}
            rest = sorted(
                (gap for gap in rest if gap.conversation not in names),
                key=lambda gap: (-_weight(gap), gap.conversation),
            )
        return groups


def _weight(gap: Gap) -> float:
    support = gap.voices / (gap.voices + 3)
    return gap.gap * support * (0.4 if gap.explained else 1.0)


def _pull(group: list[Gap], fruitless: Mapping[str, int]) -> float:
    mean = sum(_weight(gap) for gap in group) / len(group)
    return float(mean * len(group) ** 0.5 / (1 + fruitless.get(group[0].theme, 0)))


def _spread(groups: list[list[Gap]], fruitless: Mapping[str, int], most: int) -> list[Gap]:
    """The worst conversation of each group in turn; those of fruitless themes move to another case."""
    picked: list[Gap] = []
    for rank in range(max((len(group) for group in groups), default=0)):
        for group in groups:
            place = rank + fruitless.get(group[0].theme, 0)
            if place < len(group) and len(picked) < most and group[place] not in picked:
                picked.append(group[place])
    return picked
