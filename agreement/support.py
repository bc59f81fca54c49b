"""What the people who take a side make of a proposal: the share in support, and the outcome."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal

from scipy.stats import beta

from ..errors import OptionError
from ..records import Record

Stance = Literal["support", "refute", "mixed", "silent"]
"""mixed: reasons on both sides; it takes no side, and is told apart from having said nothing of it."""
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


class Voice(Support):
    """Everybody's, with the outcome and what the groups say."""

    outcome: Outcome
    groups: Mapping[str, Mapping[str, Support]] = {}
    """Demographic key to its values; only values of which `min_group` people take a side."""
    hidden_groups: int = 0
    """Values not shown for being smaller."""


def weigh(
    stances: Mapping[str, Stance],
    demographics: Mapping[str, Mapping[str, str]] | None = None,
    *,
    min_voices: int = 5,
    min_group: int = 5,
) -> Voice:
    """Weigh one stance a participant (by id); `demographics` by the same ids.

    pass: at least `min_voices` take a side and the lower bound is over 1/2; refuted: the upper bound is under
    1/2; silent: anything else. Raises OptionError for a minimum below 1.
    """
    if min_voices < 1 or min_group < 1:
        raise OptionError("min_voices and min_group must be 1 or more")
    everybody = Support.of(stances.values())
    outcome: Outcome = "silent"
    if everybody.low is not None and everybody.low > 0.5 and everybody.sides >= min_voices:
        outcome = "pass"
    elif everybody.high is not None and everybody.high < 0.5:
        outcome = "refuted"
    told: dict[str, dict[str, list[Stance]]] = defaultdict(lambda: defaultdict(list))
    for participant, stance in sorted(stances.items()):
        for key, value in (demographics or {}).get(participant, {}).items():
            told[key][value].append(stance)
    weighed = {
        key: {value: Support.of(each) for value, each in sorted(by.items())} for key, by in told.items()
    }
    shown = {
        key: {value: each for value, each in by.items() if each.sides >= min_group}
        for key, by in weighed.items()
    }
    return Voice(
        **everybody.model_dump(),
        outcome=outcome,
        groups={key: by for key, by in shown.items() if by},
        hidden_groups=sum(map(len, weighed.values())) - sum(map(len, shown.values())),
    )


def clopper_pearson(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """The exact binomial interval (Clopper & Pearson 1934): whatever the truth, each side errs at most
    (1 - level) / 2. A share decides an adoption here, and among a handful of voices Wilson's interval errs more
    often than it says.

    Raises OptionError for no trials, or more successes than trials.
    """
    if not 0 <= successes <= trials or trials < 1:
        raise OptionError(f"{successes} of {trials} is no share")
    tail = (1 - level) / 2
    low = float(beta.ppf(tail, successes, trials - successes + 1)) if successes else 0.0
    high = float(beta.ppf(1 - tail, successes + 1, trials - successes)) if successes < trials else 1.0
    return low, high
