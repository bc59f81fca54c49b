"""What people say when they are asked directly: how right a validator was about them, and which behaviour they prefer."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Literal

from ..records import Record
from .stances import Stance, clopper_pearson
from .support import Support

Preference = Literal["new", "old", "neither"]


class Share(Record):
    """Some of so many people, with the exact 95 % interval (Clopper & Pearson 1934); None where there is nobody."""

    count: int
    of: int
    share: float | None
    low: float | None
    high: float | None

    @classmethod
    def of_counts(cls, count: int, of: int) -> "Share":
        low, high = clopper_pearson(count, of) if of else (None, None)
        return cls(count=count, of=of, share=count / of if of else None, low=low, high=high)


class Confusion(Record):
    """Verdicts on people's words beside what the same people voted. Counts are of people."""

    counts: Mapping[str, Mapping[str, int]]
    """Vote (support, refute, silent) to verdict (support, refute, mixed, silent) to people."""
    accuracy: Share
    """Verdicts that say what the person voted; a mixed verdict takes no side, as somebody without an opinion does."""
    recalls: Mapping[str, Share]
    """Vote to those of its people whose verdict says the same."""
    opposite: Share
    """Of those who took a side in both, those put on the other one."""

    @property
    def people(self) -> int:
        return self.accuracy.of


def confusion(verdicts: Mapping[str, Stance], votes: Mapping[str, Stance]) -> Confusion | None:
    """Over the people who are in both (by id); None where nobody is."""
    both = sorted(verdicts.keys() & votes.keys())
    if not both:
        return None
    told = Counter((votes[who], verdicts[who]) for who in both)
    sides: tuple[Stance, ...] = ("support", "refute", "silent")
    right = {vote: sum(n for (v, said), n in told.items() if v == vote and agrees(v, said)) for vote in sides}
    there = {vote: sum(n for (v, _), n in told.items() if v == vote) for vote in sides}
    crossed = told["support", "refute"] + told["refute", "support"]
    taken = crossed + told["support", "support"] + told["refute", "refute"]
    return Confusion(
        counts={
            vote: {said: told[vote, said] for said in ("support", "refute", "mixed", "silent") if told[vote, said]}
            for vote in sides
        },
        accuracy=Share.of_counts(sum(right.values()), len(both)),
        recalls={vote: Share.of_counts(right[vote], there[vote]) for vote in sides},
        opposite=Share.of_counts(crossed, taken),
    )  # fmt: skip


def agrees(vote: Stance, verdict: Stance) -> bool:
    """Whether a verdict says what the person voted; a mixed one takes no side."""
    return vote == verdict or (vote == "silent" and verdict == "mixed")


class Preferred(Record):
    """Which behaviour people prefer, in the conversations that they were shown."""

    people: Support
    """One person, one side: `support` are those who chose the new behaviour more often than the old one, `silent`
    those who chose both as often, or neither. The share is that of the new behaviour among people with a preference."""
    conversations: Mapping[str, Mapping[Preference, int]]
    """Conversation id to how many chose what there."""


def preferred(choices: Iterable[tuple[str, str, Preference]]) -> Preferred | None:
    """`choices`: (participant, conversation, choice), once each; None where nobody chose.

    People are the units, since one person's choices on two conversations go together.
    """
    balance: dict[str, int] = {}
    by: dict[str, Counter[Preference]] = {}
    for who, conversation, choice in choices:
        balance[who] = balance.get(who, 0) + (choice == "new") - (choice == "old")
        by.setdefault(conversation, Counter())[choice] += 1
    if not balance:
        return None
    return Preferred(
        people=Support.of(_side(value) for value in balance.values()),
        conversations={name: dict(sorted(counts.items())) for name, counts in sorted(by.items())},
    )


def _side(balance: int) -> Stance:
    return "support" if balance > 0 else "refute" if balance < 0 else "silent"
