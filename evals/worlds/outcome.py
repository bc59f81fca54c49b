"""What one method came to in one world: the same record for the loop and for its rivals."""

from collections.abc import Mapping, Sequence
from itertools import pairwise

from ...records import Record
from ..synthetic.truth import Truth


class Reported(Record):
    """A gain in points with its 95 % interval, as a method told it."""

    estimate: float | None = None
    low: float | None = None
    high: float | None = None

    def covers(self, truth: float) -> bool | None:
        return None if self.low is None or self.high is None else self.low <= truth <= self.high


class Outcome(Record):
    """One text of one method. Gains are in points of agreement, on new people and new conversations, over the
    reader's noise, harm anywhere counted. Calls are replies paid for, of all agents."""

    method: str
    gain: float
    share: float
    """Of the true spec's gain."""
    adopted: int
    false: int
    """Adopted edits that did no good: their step moved the true agreement by 0 or less."""
    held: int
    """Planted places where the text asks for what people want, out of `planted`."""
    planted: int
    calls: int = 0
    trial_calls: int = 0
    tokens: int = 0
    told: Reported = Reported()
    seconds: float = 0.0
    extra: Mapping[str, float] = {}

    @property
    def false_share(self) -> float:
        """Of the adopted edits; 0 where none was adopted."""
        return self.false / self.adopted if self.adopted else 0.0


def outcome(
    method: str, truth: Truth, texts: Sequence[str], *, calls: int = 0, trial_calls: int = 0, tokens: int = 0,
    told: Reported | None = None, seconds: float = 0.0, extra: Mapping[str, float] | None = None,
) -> Outcome:  # fmt: skip
    """`texts`: the original and the text after each adoption."""
    steps = [truth.step(before, after) for before, after in pairwise(texts)]
    return Outcome(
        method=method,
        gain=truth.gain(texts[-1]),
        share=truth.share(texts[-1]),
        adopted=len(steps),
        false=sum(step <= 0 for step in steps),
        held=len(truth.held(texts[-1])),
        planted=len(truth.world.gaps),
        calls=calls,
        trial_calls=trial_calls,
        tokens=tokens,
        told=told or Reported(),
        seconds=seconds,
        extra=extra or {},
    )
