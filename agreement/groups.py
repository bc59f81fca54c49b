"""Agreement by demographic group, and with the group that is served worst."""

from collections.abc import Mapping

import numpy as np

from ..errors import OptionError
from ..records import Record
from .intervals import Estimate, bootstrap
from .measures import Values
from .people import People, Rankings


class Worst(Record):
    """The shown group with the lowest agreement."""

    group: str
    estimate: Estimate
    """Its own level, as if it had been named beforehand."""
    low: float | None
    """Of the lowest level, whichever group has it: 2.5 and 97.5 percentile of a bootstrap. A minimum over
    groups is low partly by chance, and this interval shares that leaning. None with fewer than two conversations, and
    for figures worked out block by block."""
    high: float | None


class Groups(Record):
    """One demographic key: level by value, in the order of size."""

    key: str
    levels: Mapping[str, Estimate]
    hidden: int
    """Values held by fewer than `min_group` participants with a say, not shown."""
    unknown: int
    """Participants of whom the key isn't known."""
    worst: Worst | None
    """None where fewer than two groups are shown."""


def by_group(
    people: People, rankings: Rankings, key: str, *, min_group: int = 5, resamples: int = 1000, seed: int = 0
) -> Groups:
    """Agreement of `rankings` with the people of each value of a demographic `key`.

    Raises OptionError where no participant has such a key.
    """
    members: dict[str, set[str]] = {}
    for name in people.participants:
        if (value := people.demographics.get(name, {}).get(key)) is not None:
            members.setdefault(value, set()).add(name)
    if not members:
        raise OptionError(f"no participant has a demographic key {key!r}")
    levels = {value: people.of(names).level(rankings) for value, names in members.items()}
    shown = {value: level for value, level in levels.items() if level.participants >= min_group}
    shown = dict(sorted(shown.items(), key=lambda pair: (-pair[1].participants, pair[0])))
    return Groups(
        key=key,
        levels=shown,
        hidden=len(levels) - len(shown),
        unknown=len(people.participants) - sum(map(len, members.values())),
        worst=_worst(people, rankings, {value: members[value] for value in shown}, shown, resamples, seed),
    )


def _worst(
    people: People,
    rankings: Rankings,
    members: Mapping[str, set[str]],
    levels: Mapping[str, Estimate],
    resamples: int,
    seed: int,
) -> Worst | None:
    known = {value: level.estimate for value, level in levels.items() if level.estimate is not None}
    if len(known) < 2:
        return None
    group = min(known, key=lambda value: (known[value], value))
    values = people.agreements(people.placed(rankings))
    drawn = np.stack([_drawn(people, values, members[value], resamples, seed) for value in known])
    if levels[group].low is None:
        return Worst(group=group, estimate=levels[group], low=None, high=None)
    low, high = np.nanpercentile(np.nanmin(drawn, axis=0), [2.5, 97.5])
    return Worst(group=group, estimate=levels[group], low=float(low), high=float(high))


def _drawn(people: People, values: Values, members: set[str], resamples: int, seed: int) -> Values:
    """Bootstrapped levels of one group. Groups share no people, so each is drawn for itself."""
    inside = np.array([name in members for name in people.participants])[people.clusters.participant]
    known = inside & ~np.isnan(values)
    return np.asarray(
        bootstrap([values[known]], people.clusters.pick(known), resamples=resamples, seed=seed)[0]
    )
