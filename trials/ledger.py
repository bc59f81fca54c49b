"""The alpha ledger: what each trial of a run may spend, so that the run as a whole keeps its level."""

from pydantic import Field

from ..records import Record


class AlphaLedger(Record):
    """How much error is left and for how many trials. A pure record: `after` returns the next one.

    The run's alpha is split evenly over `max_trials`; the share of a trial that led to an adoption is not
    used up but passed on, evenly, to the trials still to come. The chance that a run adopts any null edit
    is then at most alpha, whichever order and dependence the trials have (a graph of weighted Bonferroni
    tests whose arrows point forward only). Source: Bretz et al. 2009, Statistics in Medicine 28; Tian &
    Ramdas 2021, Statistical Methods in Medical Research 30 (online fallback).
    """

    alpha: float = Field(gt=0.0, lt=1.0)
    max_trials: int = Field(ge=1)
    tried: int = Field(default=0, ge=0)
    adopted: int = Field(default=0, ge=0)
    spent: float = Field(default=0.0, ge=0.0)
    """Gone for good: the shares of the trials that adopted nothing."""

    @property
    def left(self) -> int:
        """Trials still to come."""
        return max(self.max_trials - self.tried, 0)

    def offer(self) -> float:
        """What the next trial may spend; 0.0 when no trial is left."""
        return max(self.alpha - self.spent, 0.0) / self.left if self.left else 0.0

    def after(self, share: float) -> "AlphaLedger":
        """The ledger after one trial that spent `share`; those that begin together may weigh differently.

        A trial that never looked at a difference (an empty set) was not tried and is not entered. Nothing is
        entered once `max_trials` were.
        """
        if not self.left:
            return self
        return self.model_copy(update={"tried": self.tried + 1, "spent": self.spent + share})

    def returned(self, share: float) -> "AlphaLedger":
        """The ledger after `share` is passed on to the trials to come: what it proved stays in the text."""
        return self.model_copy(update={"adopted": self.adopted + 1, "spent": max(0.0, self.spent - share)})
