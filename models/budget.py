"""The budget of a run: calls, tokens and money, shared by the callers of all its agents."""

from collections.abc import Mapping
from dataclasses import dataclass

from ..errors import BudgetEnded, ModelError
from .protocol import BaseModel, Profile, Usage
from .records import Spent


@dataclass(frozen=True, slots=True)
class Amount:
    """What was spent, or may be: paid replies, tokens in and out together, dollars."""

    calls: int = 0
    tokens: int = 0
    usd: float = 0.0
    """Of the calls whose price is known."""
    unpriced: int = 0
    """Calls whose price is unknown: with any, `usd` is not the whole bill."""

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(
            self.calls + other.calls, self.tokens + other.tokens, self.usd + other.usd,
            self.unpriced + other.unpriced,
        )  # fmt: skip

    def __sub__(self, other: "Amount") -> "Amount":
        return Amount(
            self.calls - other.calls, self.tokens - other.tokens, self.usd - other.usd,
            self.unpriced - other.unpriced,
        )  # fmt: skip


NOTHING = Amount()


def price(profile: Profile, usage: Usage) -> float | None:
    """Dollars for one reply, by the profile's prices; None where they aren't known."""
    if not profile.priced:
        return None
    for_input = profile.usd_per_million_input or 0.0
    for_cached = profile.usd_per_million_cached
    cached = min(usage.cached_tokens, usage.input_tokens)
    return (
        (usage.input_tokens - cached) * for_input
        + cached * (for_input if for_cached is None else for_cached)
        + usage.output_tokens * (profile.usd_per_million_output or 0.0)
    ) / 1_000_000


def paid(spent: Mapping[str, Spent]) -> Amount:
    """What an earlier process of the same run has spent, from its calls: one reply for each not cached."""
    return Amount(
        sum(role.calls - role.cached for role in spent.values()),
        sum(role.input_tokens + role.output_tokens for role in spent.values()),
        sum(role.usd_known for role in spent.values()),
        sum(role.unpriced for role in spent.values()),
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

    def check_prices(self, model: BaseModel) -> None:
        """Raises ModelError where there is a limit in dollars and what this model costs isn't known."""
        if self.max_usd is not None and not model.profile.priced:
            raise ModelError(
                f"--max-usd can't be kept for {model.uri}, whose prices aren't known: state usd_per_million_input "
                "and usd_per_million_output for it in the models file (0 where it costs nothing), or limit "
                "--max-calls or --max-tokens instead"
            )

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
        """Calls that may still be made, without those held and those in flight; None: no limit."""
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
        money = "cost unknown" if self.spent.unpriced else f"${self.spent.usd:.2f}"
        return (
            f"the budget of {limit:,} {name}{held} is used up "
            f"({self.spent.calls:,} calls, {self.spent.tokens:,} tokens, {money} spent)"
        )
