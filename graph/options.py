"""Everything that shapes a run, in one record."""

from typing import Literal

from pydantic import Field

from ..panel.records import BlockName
from ..records import Record
from ..trials.rules import DEFAULT_RULE


class Options(Record):
    """A run's policies and bounds. The defaults are those of the command line."""

    rounds: int = Field(8, ge=1, le=200)
    patience: int = Field(2, ge=1)
    """Rounds without an adoption before the loop ends."""
    alpha: float = Field(0.05, gt=0, lt=1)
    """The chance, over the whole run, that an edit with no positive effect is adopted."""
    max_trials: int = Field(40, ge=1)
    seed: int = 0
    """Draws the orders of responses, samples and trial sets."""
    split_seed: int = 0
    block: BlockName = "world"
    context: Literal["scoped", "full"] = "scoped"
    approve: bool = False
    adopt_silent: bool = False
    rule: str = DEFAULT_RULE
    """The trial rule, by name (`trials.rules`)."""

    batches: int = Field(8, ge=0)
    """Batch-proposer calls a round at the most."""
    batch_size: int = Field(16, ge=2)
    singles: int = Field(8, ge=0)
    """Single-conversation calls a round at the most."""
    screen_conversations: int = Field(24, ge=4)
    """Training conversations a screen may use for one proposal."""
    trial_conversations: int = Field(60, ge=8)
    voices: int = Field(120, ge=5)
    """Justifications classified for one proposal at the most, one a person."""
    voices_a_call: int = Field(10, ge=1)
    outside_sample: int = Field(12, ge=0)

    screening: bool = True
    hearing: bool = True
    """Whether a screen begins by asking the validator if anybody in the training conversations wants the change."""
    racing: bool = True
    validating: bool = True
    memory: bool = True
    proposers: Literal["both", "batch", "conversation"] = "both"
