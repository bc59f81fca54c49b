"""What the people who take a side make of a proposal: the share in support, and the outcome."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

from ..errors import OptionError
from ..records import Record
from .prediction import Corrected, corrected_support, surviving_lean
from .stances import Stance, clopper_pearson

Outcome = Literal["pass", "refuted", "silent"]


class Support(Record):
    """Counts of people, and the share in support among those who take a side, with its 95 % interval."""

    support: int
    refute: int
    silent: int
    mixed: int = 0
    """People with reasons on both sides: they take no side."""
    share: float | None
    """None where nobody takes a side; `low` and `high` likewise."""
    low: float | None
    high: float | None

    @property
    def sides(self) -> int:
        return self.support + self.refute

    @classmethod
    def of(cls, stances: Iterable[Stance]) -> "Support":
        told = Counter(stances)
        support, sides = told["support"], told["support"] + told["refute"]
        low, high = clopper_pearson(support, sides) if sides else (None, None)
        return cls(
            support=support,
            refute=told["refute"],
            silent=told["silent"],
            mixed=told["mixed"],
            share=support / sides if sides else None,
            low=low,
            high=high,
        )


class SupportShare(Support):
    """Everybody's, with the outcome and what the groups say."""

    outcome: Outcome
    corrected: Corrected | None = None
    """The share corrected by labels, where there are enough; the outcome goes by it."""
    survives_lean: float | None = None
    """Without labels: the share of silent people wrongly counted as support that a pass would survive."""
    groups: Mapping[str, Mapping[str, Support]] = {}
    """Demographic key to its values; only values of which `min_group` people take a side."""
    hidden_groups: int = 0
    """Values not shown for being smaller."""


def weigh(
    stances: Mapping[str, Stance],
    demographics: Mapping[str, Mapping[str, str]] | None = None,
    *,
    labels: Mapping[str, Stance] | None = None,
    heard: Mapping[str, Stance] | None = None,
    min_group: int = 5,
) -> SupportShare:
    """Weigh one stance a participant (by id), asked once of all of them; `demographics` by the same ids.

    pass: the lower bound of the share in support is over 1/2; refuted: its upper bound is under 1/2; silent: anything
    else. `labels` and `heard` (without it `stances`) as in `corrected_by`.
    The exact interval needs six of six to pass, so no least number of votes has to be set. Asking a few first and all
    of them where those lean to support would be two looks at 2.5 % each.
    Raises OptionError for a `min_group` below 1.
    """
    if min_group < 1:
        raise OptionError("min_group must be 1 or more")
    everybody = Support.of(stances.values())
    by_key: dict[str, dict[str, list[Stance]]] = defaultdict(lambda: defaultdict(list))
    for participant, stance in sorted(stances.items()):
        for key, value in (demographics or {}).get(participant, {}).items():
            by_key[key][value].append(stance)
    weighed = {
        key: {value: Support.of(each) for value, each in sorted(by.items())} for key, by in by_key.items()
    }
    shown = {
        key: {value: each for value, each in by.items() if each.sides >= min_group}
        for key, by in weighed.items()
    }
    share = SupportShare(
        **everybody.model_dump(),
        outcome="silent",
        groups={key: by for key, by in shown.items() if by},
        hidden_groups=sum(map(len, weighed.values())) - sum(map(len, shown.values())),
    )
    return corrected_by(share, heard or stances, labels or {})


def corrected_by(
    share: SupportShare, heard: Mapping[str, Stance], labels: Mapping[str, Stance]
) -> SupportShare:
    """The share with what labels say of it, and the outcome that comes of that.

    `labels` are true stances of some of the people, drawn at random, `heard` the validator's on the same justifications and
    on those of the others. Where there are enough labels (`prediction.LEAST_LABELS`) the bounds are the corrected ones,
    whichever way the validator errs.
    """
    corrected = corrected_support(heard, labels) if labels else None
    low, high = (corrected.low, corrected.high) if corrected else (share.low, share.high)
    outcome: Outcome = "silent"
    if low is not None and low > 0.5:
        outcome = "pass"
    elif high is not None and high < 0.5:
        outcome = "refuted"
    lean = None if corrected else surviving_lean(share.support, share.refute, share.silent)
    return share.model_copy(update={"corrected": corrected, "outcome": outcome, "survives_lean": lean})
