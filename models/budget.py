"""The budget of a run: calls, tokens and money, shared by the callers of all its agents."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import BudgetEnded
from .protocol import Profile, Usage
from .records import Spent


@dataclass(frozen=True, slots=True)
class Amount:
    """What was spent, or may be: paid replies, tokens in and out together, dollars."""

    calls: int = 0
    tokens: int = 0
    usd: float = 0.0

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.calls + other.calls, self.tokens + other.tokens, self.usd + other.usd)

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(self.calls - other.calls, self.tokens - other.tokens, self.usd - other.usd)


NOTHING = Amount()


def price(profile: Profile, usage: Usage) -> float:
    """Dollars for one reply, by the profile's prices."""
    fresh = max(0, usage.input_tokens - usage.cached_tokens)
    return (
        fresh * profile.usd_per_million_input
        + usage.cached_tokens * profile.usd_per_million_cached
        + usage.output_tokens * profile.usd_per_million_output
    ) / 1_000_000


def paid(spent: Mapping[str, Spent]) -> Amount:
    """What an earlier process of the same run has spent, from its calls: one reply for each not cached."""
    return Amount(
        sum(role.calls - role.cached for role in spent.values()),
        sum(role.input_tokens + role.output_tokens for role in spent.values()),
        sum(role.usd for role in spent.values()),
    )


class Budget:
    """Limits on replies paid for, tokens and dollars; None: no limit.

    A call reserves what it is expected to take before it is sent, and settles for what it took. Answers from
    the cache cost nothing. `hold` keeps something back, so that the last step of a run is always affordable.
    """

    def __init__(
        self, max_calls: int | None = None, max_tokens: int | None = None, max_usd: float | None = None
    ) -> None:
        self.max_calls = max_calls
        self.max_tokens = max_tokens
        self.max_usd = max_usd
        self.spent = NOTHING
        self._reserved = NOTHING
        self._held = NOTHING

    def hold(self, calls: int, tokens: int = 0, usd: float = 0.0) -> None:
        """Keep this much in reserve; what was held before is let go."""
        self._held = Amount(calls, tokens, usd)

    def release(self) -> None:
        """Let go of what was held."""
        self._held = NOTHING

    def charge(self, amount: Amount) -> None:
        """Count what an earlier process of the same run has spent: `budget.charge(paid(calls.spent()))`."""
        self.spent += amount

    @property
    def calls_left(self) -> int | None:
        """Calls that may still be made, without those held and those on their way; None: no limit."""
        if self.max_calls is None:
            return None
        return max(0, self.max_calls - (self.spent + self._reserved + self._held).calls)

    def reserve(self, expected: Amount) -> None:
        """Raises BudgetEnded, saying which limit, when `expected` doesn't fit any more."""
        after = self.spent + self._reserved + self._held + expected
        for name, limit, wanted in (
            ("calls", self.max_calls, after.calls),
            ("tokens", self.max_tokens, after.tokens),
            ("dollars", self.max_usd, after.usd),
        ):
            if limit is not None and wanted > limit:
                raise BudgetEnded(self._ended(name, limit))
        self._reserved += expected

    def settle(self, expected: Amount, took: Amount) -> None:
        """Give back what was reserved, count what it took."""
        self._reserved -= expected
        self.spent += took

    def _ended(self, name: str, limit: float) -> str:
        held = ", less what is held back for the end of the run" if self._held != NOTHING else ""
        return (
            f"the budget of {limit:,} {name}{held} is used up "
            f"({self.spent.calls:,} calls, {self.spent.tokens:,} tokens, ${self.spent.usd:.2f} spent)"
        )
