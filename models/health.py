"""How a base model is doing: what was answered and what failed, role by role, and the commonest failure."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping

from ..records import Record
from .exchange import Exchange

_KINDS = 100
"""Different failures told apart; a server that words every one anew fills no memory."""
_SHOWN_RAW = 2000
_VARYING = re.compile(r"\d+|[0-9a-f]{8,}")


class RoleHealth(Record):
    """What became of the questions of one role so far. Answers out of the cache count as answered."""

    answered: int = 0
    failed: int = 0
    commonest: str = ""
    """The commonest failure, in one wording of it; empty when nothing failed."""
    commonest_count: int = 0
    raw: str = ""
    """One raw reply that failed so; empty where no reply came."""

    @property
    def failed_share(self) -> float:
        """Failed among all that were asked, 0 to 1; 0 when nothing was."""
        asked = self.answered + self.failed
        return self.failed / asked if asked else 0.0


class Health(Record):
    """A snapshot: the health of each role that was asked, and for how long the provider made everybody wait."""

    roles: Mapping[str, RoleHealth] = {}
    paused_for: float = 0.0
    """Seconds until something is sent again, because the provider asked for it."""

    @property
    def answered(self) -> int:
        return sum(role.answered for role in self.roles.values())

    @property
    def failed(self) -> int:
        return sum(role.failed for role in self.roles.values())

    def worst(self) -> tuple[str, RoleHealth] | None:
        """The role with the largest share of failures; None where nothing failed."""
        failing = [(name, role) for name, role in self.roles.items() if role.failed]
        return max(failing, key=lambda each: each[1].failed_share, default=None)


class HealthCounter:
    """Counts as answers and failures come."""

    def __init__(self) -> None:
        self._answered: Counter[str] = Counter()
        self._failures: dict[str, Counter[str]] = {}
        self._examples: dict[tuple[str, str], tuple[str, str]] = {}

    def answered(self, role: str) -> None:
        self._answered[role] += 1

    def failed(self, exchange: Exchange) -> None:
        role = exchange.request.role
        counts = self._failures.setdefault(role, Counter())
        kind = _VARYING.sub("#", exchange.failure)[:200]
        if kind not in counts and len(counts) >= _KINDS:
            kind = ""
        counts[kind] += 1
        known = self._examples.get((role, kind))
        if known is None or (exchange.raw and not known[1]):
            self._examples[role, kind] = (exchange.failure, exchange.raw[:_SHOWN_RAW])

    def snapshot(self, paused_for: float = 0.0) -> Health:
        names = sorted({*self._answered, *self._failures})
        return Health(roles={name: self._role(name) for name in names}, paused_for=paused_for)

    def _role(self, name: str) -> RoleHealth:
        counts = self._failures.get(name)
        if not counts:
            return RoleHealth(answered=self._answered[name])
        kind, count = counts.most_common(1)[0]
        failure, raw = self._examples[name, kind]
        return RoleHealth(
            answered=self._answered[name],
            failed=counts.total(),
            commonest=failure,
            commonest_count=count,
            raw=raw,
        )


def together(healths: Iterable[Health]) -> Health:
    """The health of several callers as one: counts added, the commonest failure of each role kept."""
    roles: dict[str, RoleHealth] = {}
    paused = 0.0
    for health in healths:
        paused = max(paused, health.paused_for)
        for name, role in health.roles.items():
            known = roles.get(name, RoleHealth())
            worse = role if role.commonest_count > known.commonest_count else known
            roles[name] = worse.model_copy(
                update={"answered": known.answered + role.answered, "failed": known.failed + role.failed}
            )
    return Health(roles=roles, paused_for=paused)
