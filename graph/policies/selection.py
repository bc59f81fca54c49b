"""selection: which conversations the proposers are shown this round.

The default goes where the gap between ranker and people is largest and best supported, spread over themes and
folds, and turns elsewhere from what was shown in vain or is explained by an adopted edit.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from ...records import Record, digest
from ..likeness import Likeness
from ..options import Options

AROUND_A_THEME = 3
"""Batches that one theme may give in a fold; conversations without a section give up to `WITHOUT_A_SECTION`."""
WITHOUT_A_SECTION = 8


class Gap(Record):
    """How far the ranker is from the people on one open conversation."""

    conversation: str
    fold: int
    theme: str
    """Its most relevant section; empty when no section is relevant."""
    gap: float
    """Agreement that the best single ranking would have, minus the ranker's; 0 to 1."""
    raters: int
    """People behind it."""
    explained: bool = False
    """Whether an adopted edit touches it already."""


class Selected(Record):
    """Conversation ids for the proposers: one batch a call, one single a call. A batch is of one fold."""

    batches: tuple[tuple[str, ...], ...] = ()
    singles: tuple[str, ...] = ()


class SelectionPolicy(Protocol):
    def select(
        self, gaps: Sequence[Gap], in_vain: Mapping[str, int], likeness: Likeness, *, round_: int, batches: int,
        size: int, singles: int,
    ) -> Selected:  # fmt: skip
        """At most `batches` batches of at most `size` conversations each of one fold, and `singles` singles.

        `in_vain`: theme to the rounds in which it was shown and nothing came of it. `likeness`: over the open
        conversations' prompts and justifications.
        """
        ...


class LargestGap:
    """Themes by summed, shrunken gap; in a theme, the conversations most like its worst one."""

    def select(
        self, gaps: Sequence[Gap], in_vain: Mapping[str, int], likeness: Likeness, *, round_: int, batches: int,  # noqa: ARG002
        size: int, singles: int,
    ) -> Selected:  # fmt: skip
        parts: dict[tuple[str, int], list[Gap]] = {}
        for gap in gaps:
            if gap.gap > 0:
                parts.setdefault((gap.theme, gap.fold), []).append(gap)
        groups = [
            group for (theme, _), found in parts.items() for group in _groups(theme, found, size, likeness)
        ]
        groups = _theme_by_theme(groups, in_vain)
        chosen = [group for group in groups if len(group) > 1][:batches]
        return Selected(
            batches=tuple(tuple(gap.conversation for gap in group) for group in chosen),
            singles=tuple(gap.conversation for gap in _spread(groups, in_vain, singles)),
        )


@dataclass(frozen=True, slots=True)
class RandomCases:
    """Conversations drawn by seed, whatever their gap: what the default is compared with."""

    seed: int = 0

    def select(
        self, gaps: Sequence[Gap], in_vain: Mapping[str, int], likeness: Likeness, *, round_: int, batches: int,  # noqa: ARG002
        size: int, singles: int,
    ) -> Selected:  # fmt: skip
        shuffled = sorted((gap for gap in gaps if gap.gap > 0), key=lambda gap: gap.conversation)
        random.Random(digest(["cases", self.seed, round_])).shuffle(shuffled)
        by_fold: dict[int, list[str]] = {}
        for gap in shuffled:
            by_fold.setdefault(gap.fold, []).append(gap.conversation)
        cut = [
            tuple(found[start : start + size])
            for found in by_fold.values()
            for start in range(0, len(found), size)
        ]
        return Selected(
            batches=tuple(batch for batch in cut if len(batch) > 1)[:batches],
            singles=tuple(gap.conversation for gap in shuffled)[:singles],
        )


SELECTIONS: dict[str, Callable[[Options], SelectionPolicy]] = {
    "largest-gap": lambda _: LargestGap(),
    "random": lambda options: RandomCases(options.seed),
}


def _groups(theme: str, gaps: list[Gap], size: int, likeness: Likeness) -> list[list[Gap]]:
    """One theme's conversations of one fold cut into batches: around the worst those most like it, and so on.

    Conversations without a section are themes by likeness alone: a batch takes in what shares words with its
    first.
    """
    rest = sorted(gaps, key=_worst_first)
    groups: list[list[Gap]] = []
    while rest and len(groups) < (AROUND_A_THEME if theme else WITHOUT_A_SECTION):
        first = rest.pop(0)
        near = {gap.conversation: likeness.between(first.conversation, gap.conversation) for gap in rest}
        if theme:
            rest.sort(key=lambda gap: (-_weight(gap) * (0.5 + near[gap.conversation]), gap.conversation))
            taken = rest[: size - 1]
        else:
            rest.sort(key=lambda gap: (-near[gap.conversation], gap.conversation))
            taken = [gap for gap in rest[: size - 1] if near[gap.conversation] > 0.05]
        groups.append([first, *taken])
        rest = sorted((gap for gap in rest if gap not in taken), key=_worst_first)
    return groups


def _theme_by_theme(groups: list[list[Gap]], in_vain: Mapping[str, int]) -> list[list[Gap]]:
    """By how much each group asks for a look; every further group of a theme counts half of the one before."""
    times: Counter[str] = Counter()
    weighed: list[tuple[float, str, list[Gap]]] = []
    for group in sorted(groups, key=lambda group: (-_pull(group, in_vain), group[0].conversation)):
        theme = group[0].theme
        weighed.append((-_pull(group, in_vain) / 2 ** times[theme], group[0].conversation, group))
        times[theme] += bool(theme)
    return [group for _, _, group in sorted(weighed, key=lambda each: each[:2])]


def _worst_first(gap: Gap) -> tuple[float, str]:
    return -_weight(gap), gap.conversation


def _weight(gap: Gap) -> float:
    return gap.gap * gap.raters / (gap.raters + 3) * (0.4 if gap.explained else 1.0)


def _pull(group: list[Gap], in_vain: Mapping[str, int]) -> float:
    mean = sum(_weight(gap) for gap in group) / len(group)
    return float(mean * len(group) ** 0.5 / (1 + in_vain.get(group[0].theme, 0)))


def _spread(groups: list[list[Gap]], in_vain: Mapping[str, int], most: int) -> list[Gap]:
    """The worst conversation of each group in turn; where a theme was shown in vain, the next one."""
    picked: list[Gap] = []
    for turn in range(max((len(group) for group in groups), default=0)):
        for group in groups:
            index = turn + in_vain.get(group[0].theme, 0)
            if index < len(group) and len(picked) < most and group[index] not in picked:
                picked.append(group[index])
    return picked
