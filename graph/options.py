"""Everything that shapes a run, in one flat record: each range and each sentence of help stands here alone."""

import sys
from pathlib import Path
from typing import Literal

from pydantic import Field

from ..panel.records import BlockName
from ..records import Record
from ..spec.records import Origin
from ..trials.policy import DEFAULT_LIKELY_RULE, DEFAULT_RETRY, DEFAULT_RULE, AcceptancePolicy

_DEFAULTS = AcceptancePolicy()
LOOP_JUSTIFICATIONS = 360
"""Justifications that a proposal of the loop is held against unless told."""


class Options(Record):
    """A run's policies and bounds. The command line derives its options from these fields."""

    rounds: int = Field(8, ge=1, le=200)
    """Rounds at the most."""
    patience: int = Field(3, ge=1)
    """Rounds without an adoption before the loop ends."""
    evidence: Literal["likely", "proven"] = "likely"
    """What an edit needs to be adopted: likely (a stated share of false ones) or proven (alpha over the run)."""
    alpha: float = Field(0.05, gt=0, le=0.5)
    """The chance, over the run, that the proven text holds any edit without a positive effect."""
    q: float = Field(_DEFAULTS.q, gt=0, le=0.5)
    """The expected share of edits without a positive effect in the likely text."""
    max_trials: int | None = Field(None, ge=1)
    """Trials of a run at the most, declared before the first (default: one for 15 open conversations, 8 to 100; with
    overlays for groups two)."""
    proof_trials: int = Field(_DEFAULTS.proof_trials, ge=1)
    """Of these, those that alpha is split over: the most promising of each round."""
    seed: int = 0
    """Draws the orders of responses, samples and trial sets."""
    split_seed: int = 0
    """Draws the folds, the test split and the participants' reserve."""
    folds: int = Field(5, ge=2, le=20)
    """Folds of the open conversations: what is proposed in one is tested on the others."""
    test_share: float = Field(0.2, ge=0, lt=1)
    """Share of the prompts that is sealed until the end."""
    reserve_share: float = Field(0.2, ge=0, lt=1)
    """Share of the participants that no step before the sealed test looks at."""
    block: BlockName = "world"
    """Which ranking block counts."""
    group: tuple[str, ...] = Field((), json_schema_extra={"repeated": True})
    """Only this group's evidence counts: ATTRIBUTE=VALUE, such as country_of_residence=Kenya, or @FILE with a person's
    id a line. May be repeated: another value of an attribute widens the group, another attribute narrows it."""
    members: tuple[str, ...] = Field((), json_schema_extra={"hidden": True})
    """Ids out of the group's file, kept so that a resumed run has the same group."""
    per_group: str = ""
    """Several defaults: an attribute of people, or `clusters` found from their rankings. One common text, and a small
    overlay for each group that wants something else."""
    min_group: int = Field(5, ge=5)
    """People under which a group is neither shown nor used."""
    evaluator: Literal["rankings", "rubrics"] = "rankings"
    """What screens and trials go by: people's rankings, or the criteria that people scored."""
    context: Literal["scoped", "full"] = "scoped"
    """Sections in a ranker prompt: those in scope, or the whole spec."""
    approve: bool = False
    """Ask a person before each adoption."""
    adopt_silent: bool = False
    """Adopt also where people's justifications take no side."""

    batches: int = Field(24, ge=0)
    """Calls of the batch proposer a round at the most."""
    batch_size: int = Field(16, ge=2)
    """Conversations in one of them at the most."""
    singles: int = Field(8, ge=0)
    """Calls of the single-conversation proposer a round at the most."""
    proposers: Literal["both", "batch", "conversation"] = "both"
    """Which proposers work."""
    memory: bool = True
    """Tell proposers what was tried before, and turn to other themes where nothing came of one."""
    screening: bool = True
    """Look at proposals on the conversations they came from before a trial."""
    screen_items: int = Field(_DEFAULTS.screen.most, ge=4)
    """Conversations that a screen may use for one proposal."""
    racing: bool = True
    """Give a screen's calls to the proposals nearest to promotion."""
    prune: bool = True
    """Try a proposal's parts apart before its trial, and leave out what moves nothing or does harm."""
    precheck: bool = True
    """Ask first whether anybody in the conversations that gave rise to a proposal wants it."""
    precheck_justifications: int = Field(96, ge=6)
    """Justifications that this may take for one proposal; it stops where the answer is clear."""
    draws: int = Field(_DEFAULTS.draws, ge=1, le=8)
    """How often a trial asks about one conversation, each time with the responses in another order."""
    trial_items: int = Field(_DEFAULTS.trial_items, ge=4)
    """Conversations of one trial at the most."""
    regression_items: int = Field(_DEFAULTS.regression.most, ge=0)
    """Conversations outside what an edit affects that are searched for harm at the most; 0: no search."""
    validating: bool = True
    """Ask whether people's justifications support a change before it is adopted."""
    justifications: int | None = Field(None, ge=5)
    """Justifications classified for one proposal at the most; a person counts once, however much they wrote (default: 360
    for the loop's proposals, all for a person's)."""
    elsewhere: int = Field(12, ge=0)
    """Justifications on conversations that a proposal doesn't bear on, drawn at random, classified beside them."""
    bridge: str = ""
    """Attribute of people, such as country_of_residence: every group of it must support an edit, not only most people."""
    conflicts: int = Field(10, ge=0)
    """Passages of the spec, other sections and labelled examples, that a change which passed its trial is held against
    at the most: does it contradict them? 0: none."""
    justifications_a_call: int = Field(24, ge=1)
    """Justifications in one call of the validator at the most."""
    second_order_share: float = Field(0.1, ge=0, le=1)
    """Share of the justifications that are classified twice, in another order, to see whether the validator agrees
    with itself."""
    max_failed_share: float = Field(0.3, gt=0, le=1)
    """Share of failed calls of the ranker, or of the relevance grader, from which the run stops."""

    rule: str = DEFAULT_RULE
    """The trial rule: betting, gaffke or signflip."""
    likely_rule: str = DEFAULT_LIKELY_RULE
    """What makes an edit likely: e-lond, e-step-up, either, shrinkage or step-up."""
    retry: str = DEFAULT_RETRY
    """Which proposals get another trial: early-stops or none."""
    selection: str = "largest-gap"
    """What proposers are shown: largest-gap or random."""
    stop: str = "patience"
    """When the loop ends: patience or rounds."""
    splitting: str = "prompts"
    """How folds and test split are cut: prompts."""
    meaning: str = "intents"
    """Which edits in one spot are wordings of one change: intents or target."""
    authority: Path | None = None
    """TOML table: what evidence an edit needs by its section's authority, a line a level such as developer = "proven"
    (default: root and system stay as they are; docs/human-first.md has a sample)."""

    def justifications_for(self, origin: Origin) -> int:
        """Most justifications classified for a proposal of this origin."""
        if self.justifications is not None:
            return self.justifications
        return sys.maxsize if origin == "human" else LOOP_JUSTIFICATIONS
