"""stopping: whether a round was the last."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from ...records import Record
from ..options import Options
from ..state import StopReason


class Progressed(Record):
    """Where a run stands when a round has ended."""

    round: int
    """From 1."""
    rounds_since_adoption: int
    waiting: int
    """Proposals that are queued, get another trial, or may become likely."""
    selected: bool
    """Whether the proposers were shown anything in this round."""
    trials_left: int


class StoppingPolicy(Protocol):
    def reason(self, progressed: Progressed) -> StopReason | None:
        """Why the loop ends with this round; None: another one."""
        ...


@dataclass(frozen=True, slots=True)
class Patience:
    """Ends after so many rounds without an adoption, unless something waits for a trial."""

    rounds: int
    patience: int

    def reason(self, progressed: Progressed) -> StopReason | None:
        if progressed.trials_left <= 0:
            return "max_trials"
        if progressed.round >= self.rounds:
            return "rounds"
        if progressed.waiting:
            return None
        if not progressed.selected:
            return "nothing_to_try"
        return "no_improvement" if progressed.rounds_since_adoption >= self.patience else None


@dataclass(frozen=True, slots=True)
class AllRounds:
    """Goes on to the last round, whatever comes of it, while alpha lasts."""

    rounds: int

    def reason(self, progressed: Progressed) -> StopReason | None:
        if progressed.trials_left <= 0:
            return "max_trials"
        return "rounds" if progressed.round >= self.rounds else None


STOPPINGS: dict[str, Callable[[Options], StoppingPolicy]] = {
    "patience": lambda options: Patience(options.rounds, options.patience),
    "rounds": lambda options: AllRounds(options.rounds),
}
