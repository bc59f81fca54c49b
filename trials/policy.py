"""Every knob of the acceptance engine, with the shipped defaults."""

from typing import Literal

from pydantic import Field

from ..records import Record

DEFAULT_RULE = "gaffke"
"""The most powerful of the rules that keep their level on skewed differences; measured in docs/trials.md."""
DEFAULT_LIKELY_RULE = "either"
"""The most true gain of those whose false share stays within q in every cell that was tried."""
DEFAULT_RETRY = "early-stops"
LEVEL = 0.05
"""One-sided: one harmless edit in twenty is turned back, and one looked at for the whole text."""
POWER = 0.8


class ScreenPolicy(Record):
    """A cheap look at conversations that the proposer saw. It costs no alpha and promises nothing."""

    enabled: bool = True
    racing: bool = True
    """Blocks go to the candidates nearest to promotion, the hopeless leave early."""
    most: int = Field(24, ge=1)
    """Items a candidate may take."""
    block: int = Field(6, ge=1)
    effect: float = Field(0.06, gt=0, lt=1)
    """The improvement worth finding, in agreement on what an edit touches."""
    lose: float = Field(0.05, gt=0, lt=1)
    """Share of edits worth `effect` that it may drop; `let_by`: of worthless ones that it may promote."""
    let_by: float = Field(0.25, gt=0, lt=1)


class RegressionPolicy(Record):
    """The search for harm outside what an edit touches."""

    harm: float = Field(0.03, gt=0, lt=1)
    """The mean loss on what is looked at, in agreement, that must be found with `power`; where the first sample leaves a
    doubt, half of it."""
    power: float = Field(POWER, gt=0, lt=1)
    level: float = Field(LEVEL, gt=0, lt=1)
    """Share of harmless edits that it may turn back."""
    most: int = Field(450, ge=0)
    """Items at the most; 0: no check."""


EVEN = 0.5
"""Share of alpha that is spread evenly over all declared trials."""


class AcceptancePolicy(Record):
    alpha: float = Field(0.05, gt=0, lt=1)
    max_trials: int = Field(40, ge=1)
    """Trials declared before the first."""
    proof_trials: int = Field(10, ge=1)
    """Half of alpha is spread over all trials, half over so many, the most promising of each round; where only proof
    counts, all of it over all."""
    evidence: Literal["likely", "proven"] = "likely"
    """What an edit needs to be adopted."""
    q: float = Field(0.10, gt=0, lt=1)
    """The expected share of adopted edits without a positive effect, in the likely text."""
    rule: str = DEFAULT_RULE
    """The trial rule, by name (`trials.rules`)."""
    likely_rule: str = DEFAULT_LIKELY_RULE
    """What makes an edit likely, by name (`trials.likely`)."""
    draws: int = Field(2, ge=1)
    """How often a trial asks each arm about one item at the least, each time in another order of responses."""
    most_draws: int = Field(8, ge=1)
    small_set: int = Field(96, ge=0)
    """A trial on fewer items asks more often, up to `most_draws`, so as to come to as many answers an arm."""
    trial_items: int = Field(200, ge=4)
    """Items of one trial at the most."""
    retry: str = DEFAULT_RETRY
    """The retry rule, by name (`trials.retries`)."""
    prune: bool = True
    """Whether a proposal's parts are tried apart before its trial."""
    interaction_keep: float = Field(0.33, ge=0, lt=1)
    """The share of its own effect that an edit must still bring on top of others to stay beside them."""
    screen: ScreenPolicy = ScreenPolicy()
    regression: RegressionPolicy = RegressionPolicy()
    overlay_alpha: float = Field(0.0, ge=0, lt=1)
    """The error that tests of groups may spend on proofs, beside `alpha`; `overlay_q` likewise beside `q`."""
    overlay_q: float = Field(0.0, ge=0, lt=1)
    final_check: RegressionPolicy = RegressionPolicy(harm=0.01, most=400)
    """Of the final text against the original, on open items with the whole spec in view."""

    @property
    def shares(self) -> int:
        """How many trials the part of alpha is split over that isn't spread evenly."""
        return self.max_trials if self.evidence == "proven" else min(self.proof_trials, self.max_trials)

    @property
    def even_alpha(self) -> float:
        """What every declared trial may spend on a proof, however little its screen promised."""
        return 0.0 if self.evidence == "proven" else EVEN * self.alpha / self.max_trials

    @property
    def chosen_alpha(self) -> float:
        """The part of alpha for the most promising trials; with the even part of all it comes to alpha."""
        return self.alpha - self.max_trials * self.even_alpha

    def draws_for(self, items: int) -> int:
        """How often a trial on so many items asks each arm about one."""
        wanted = -(-self.small_set // max(items, 1))
        return max(self.draws, min(self.most_draws, wanted))


FEWEST_TRIALS, MOST_TRIALS = 8, 100
ITEMS_A_TRIAL = 15
"""Open items for each trial that is declared: more than the data can bear prove nothing."""


def declared_trials(open_items: int, *, overlays: bool = False) -> int:
    """How many trials to declare for so many open items, where nobody says; twice as many where groups may have
    overlays, which want edits of their own."""
    wanted = open_items // ITEMS_A_TRIAL * (2 if overlays else 1)
    return max(FEWEST_TRIALS, min(MOST_TRIALS, wanted))
