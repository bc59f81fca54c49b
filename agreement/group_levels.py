"""Groups of people beside each other: levels with their noise in common, pooled partially, and against the others."""

from collections.abc import Collection, Mapping
from math import sqrt

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri
from scipy.stats import t as student

from ..records import Record
from .intervals import Clusters, Estimate, Spread, estimate, part, two_way
from .measures import Values
from .people import People, Rankings
from .pooling import Pooled, pooled


class GroupLevel(Record):
    """How far a text agrees with one group of people."""

    group: str
    level: Estimate
    """As if it stood alone."""
    pooled: Estimate
    """Drawn towards the other groups as far as its noise says."""
    lowest: float
    """The chance that it is the lowest of all."""
    against_others: Estimate
    """Its level minus that of everybody else, on the conversations that both ranked: hard conversations don't count
    against a group. The interval is at 95 % over all groups together (Bonferroni)."""

    @property
    def served_worse(self) -> bool:
        """Whether that interval lies below 0."""
        return self.against_others.high is not None and self.against_others.high < 0.0


class GroupLevels(Record):
    """All groups of one attribute, the worst served first."""

    groups: tuple[GroupLevel, ...]
    mean: float | None
    """What groups come to in the mean; None where they could not be pooled."""
    spread: float | None
    """The sd of their true levels."""
    p_value: float | None
    """Of H0: all groups agree with the text alike."""


def group_levels(
    people: People, rankings: Rankings, members: Mapping[str, Collection[str]], *, seed: int = 0
) -> GroupLevels:
    """Agreement of `rankings` with each group (name to participants; no one in two)."""
    values = people.agreements(people.placed(rankings))
    inside = {
        name: np.array([each in names for each in people.participants])[people.clusters.participant]
        for name, names in ((name, set(names)) for name, names in members.items())
    }
    levels = {name: people.of(members[name]).level(rankings) for name in members}
    known = [name for name in members if levels[name].low is not None]
    together = (
        _pooled(people, values, {name: inside[name] for name in known}, seed) if len(known) > 1 else None
    )
    found = [
        GroupLevel(
            group=name,
            level=levels[name],
            pooled=_drawn_in(levels[name], together, name),
            lowest=together.groups[name].lowest if together and name in together.groups else 0.0,
            against_others=against_others(people, values, inside[name], level=1.0 - 0.05 / len(members)),
        )
        for name in members
    ]
    found.sort(key=lambda each: (each.pooled.estimate is None, each.pooled.estimate, each.group))
    return GroupLevels(
        groups=tuple(found),
        mean=together.mean if together else None,
        spread=together.spread if together else None,
        p_value=together.p_value if together else None,
    )


def against_others(
    people: People, values: Values, inside: NDArray[np.bool_], *, level: float = 0.95
) -> Estimate:
    """The mean over conversations of a group's agreement minus the others', where both have any.

    Each side counts half and the others with the sign turned, all taken from the centre of both: so every cell's
    expectation is half the difference, and two-way cluster variance applies (`intervals.two_way`).
    """
    known = ~np.isnan(values)
    conversation = people.clusters.conversation
    sides = [known & inside, known & ~inside]
    both = np.logical_and.reduce(
        [np.bincount(conversation[side], minlength=len(people.conversations)) > 0 for side in sides]
    )
    kept = known & both[conversation]
    if not kept.any():
        return Estimate(estimate=None)
    clusters = people.clusters.pick(kept)
    sign = np.where(inside[kept], 1.0, -1.0)
    voice = clusters.weight / np.bincount(clusters.cell)[clusters.cell]
    share = np.zeros(len(voice))
    for way in (1.0, -1.0):
        side = sign == way
        total = np.bincount(clusters.conversation[side], voice[side], int(clusters.conversation.max()) + 1)
        share[side] = voice[side] / total[clusters.conversation[side]]
    share /= 2 * int(both.sum())
    centre = float(share @ values[kept])
    found = estimate(sign * (values[kept] - centre), share, clusters, bounds=(-0.5, 0.5), level=level)
    return found.model_copy(
        update={
            name: None if (value := getattr(found, name)) is None else 2.0 * value
            for name in ("estimate", "low", "high")
        }
    )


def _drawn_in(level: Estimate, together: Pooled | None, name: str) -> Estimate:
    if together is None or name not in together.groups:
        return level
    group = together.groups[name]
    return level.model_copy(
        update={"estimate": group.estimate, "low": max(0.0, group.low), "high": min(1.0, group.high)}
    )


def _pooled(people: People, values: Values, inside: Mapping[str, NDArray[np.bool_]], seed: int) -> Pooled:
    """Groups share conversations, so their means move together: the covariance is that of the conversations' influence
    on each, with the part of each group's own people on the diagonal. Standard errors of few degrees of freedom are widened
    to those of a normal with the same 95 % interval."""
    means: dict[str, float] = {}
    influences, own, widths = [], [], []
    for name, rows in inside.items():
        kept = rows & ~np.isnan(values)
        clusters = people.clusters.pick(kept)
        shares = clusters.macro_shares()
        spread = two_way(values[kept], shares, clusters)
        assert spread is not None
        means[name] = spread.mean
        influence, scale = _of_conversations(people, values[kept], shares, clusters, spread)
        influences.append(scale * influence)
        own.append(max(0.0, spread.variance - float((scale * influence) @ (scale * influence))))
        widths.append(float(student.ppf(0.975, spread.freedom)) / float(ndtri(0.975)))
    table = np.stack(influences)
    covariance = table @ table.T + np.diag(np.maximum(own, 1e-8))
    wide = np.array(widths)
    return pooled(means, covariance * np.outer(wide, wide), seed=seed)


def _of_conversations(
    people: People, values: Values, shares: Values, clusters: Clusters, spread: Spread
) -> tuple[Values, float]:
    """(C,) each conversation's influence on a group's mean, and what makes their squares sum to an unbiased variance."""
    influence = shares * (values - spread.mean)
    sums = np.bincount(clusters.conversation, influence, len(people.conversations)).astype(np.float64)
    squares = float(sums @ sums)
    found = part(influence, shares, clusters.conversation)
    return sums, sqrt(found.variance / squares) if found and squares > 0 else 1.0
