"""The acceptance engine: screen → trial → retry → interaction test → regression check, with one error budget.

It knows no model, no people and no graph: an `Evaluator` scores items under texts, `Drafts` make texts out of
proposals, and the ledger goes in and comes out. The loop calls its steps one by one, an experiment or a
person's proposal calls `test`: the decision is the same.
"""

from collections.abc import Awaitable, Callable, Iterable, Sequence

from ..errors import BudgetEnded
from . import combine_step, screen_step, trial_step
from .engine import Engine, rejected
from .ledger import AlphaLedger
from .outcomes import Candidate, EvidenceLedger, Outcome, StageResult
from .overlay_step import Overlays
from .policy import AcceptancePolicy
from .records import Trial
from .regression import check_regression
from .trial_step import verdicts_of

Gate = Callable[[Sequence[Outcome]], Awaitable[Sequence[Outcome]]]
"""The outcomes that passed their trial to the same, some of them rejected: what people's words decide."""


FINAL = "final"
"""What stands for a proposal in the check of the whole text."""


async def everybody_passes(passed: Sequence[Outcome]) -> Sequence[Outcome]:
    """The gate of an experiment in which nothing but the trials stands between an edit and the text."""
    return passed


def first_ledger(policy: AcceptancePolicy) -> EvidenceLedger:
    return EvidenceLedger(alpha=AlphaLedger(alpha=policy.chosen_alpha, max_trials=policy.shares))


class AcceptanceEngine(Engine):
    """Decides what holds on evidence."""

    async def test(
        self, current: str, candidates: Sequence[Candidate], ledger: EvidenceLedger, *, round_: int = 1,
        gate: Gate = everybody_passes, overlays: Overlays | None = None,
    ) -> StageResult:  # fmt: skip
        """All steps in a row for one round's candidates.

        Open ones from earlier rounds (queued, retry, deferred) are handed in again with the new ones: the screen
        lets those through that had one.
        """
        fresh = [each for each in candidates if ledger.entry(each.proposal) is None]
        screened = await self.screen(current, fresh, ledger, round_=round_)
        found = {each.proposal: each for each in screened.outcomes}
        every = [*candidates, *screened.added]
        going = [
            each for each in every if each.proposal not in found or found[each.proposal].status == "passed"
        ]
        tried = await self.trial(current, going, screened.ledger, round_=round_)
        found |= {each.proposal: each for each in tried.outcomes}
        ended = screened.budget_ended or tried.budget_ended
        passed = tried.with_status("passed")
        try:
            decided = await gate(passed)
        except BudgetEnded as problem:
            ended = ended or str(problem)
            decided = [rejected(each.proposal, "budget", str(problem), each.effect) for each in passed]
        combined = await self.combine(current, decided, tried.ledger, round_=round_, overlays=overlays)
        found |= {each.proposal: each for each in combined.outcomes}
        return StageResult(
            outcomes=tuple(found[each.proposal] for each in every),
            ledger=combined.ledger,
            added=screened.added,
            trials=(*screened.trials, *tried.trials, *combined.trials),
            text=combined.text,
            budget_ended=ended or combined.budget_ended,
        )

    async def screen(
        self, current: str, candidates: Sequence[Candidate], ledger: EvidenceLedger, *, round_: int
    ) -> StageResult:
        return await screen_step.screen(self, current, candidates, ledger, round_=round_)

    async def trial(
        self, current: str, candidates: Sequence[Candidate], ledger: EvidenceLedger, *, round_: int
    ) -> StageResult:
        return await trial_step.trial(self, current, candidates, ledger, round_=round_)

    async def combine(
        self, current: str, passed: Sequence[Outcome], ledger: EvidenceLedger, *, round_: int,
        overlays: Overlays | None = None,
    ) -> StageResult:  # fmt: skip
        """`overlays`: those that stand, where the run has groups."""
        return await combine_step.combine(self, current, passed, ledger, round_=round_, overlays=overlays)

    async def check_final(self, original: str, text: str, *, round_: int) -> Trial:
        """The last regression check: the final text against the original, whole spec in view, on open items.

        Outcome `harmful`: the text loses on the whole, whatever its edits did one by one. Raises BudgetEnded.
        """
        return await check_regression(
            proposal=FINAL, round_=round_, current=original, candidate=text, outside=self.folds.items,
            evaluator=self.evaluator, policy=self.policy.final_check, seed=self.seed,
            include=tuple(dict.fromkeys((*self.drafts.sections(original), *self.drafts.sections(text)))),
        )  # fmt: skip

    def close(self, ledger: EvidenceLedger, still_open: Sequence[Candidate]) -> tuple[Outcome, ...]:
        """The loop ends: the last word on what is still queued, to be tried again, or deferred."""
        verdicts = verdicts_of(self, ledger)
        outcomes: list[Outcome] = []
        for candidate in still_open:
            entry = ledger.entry(candidate.proposal)
            if entry is None:
                note = "The loop ended before its turn: another wording of the change was tried instead."
                outcomes.append(rejected(candidate.proposal, "other_wording", note))
            else:
                _, effect = verdicts.get(candidate.proposal, (False, None))
                note = f"{100 * entry.mean:+.1f} points over {entry.items} conversations: not enough for a promise."
                outcomes.append(rejected(candidate.proposal, "no_evidence", note, effect))
        return tuple(outcomes)


def settle_proven(ledger: EvidenceLedger, adopted: Iterable[Outcome]) -> EvidenceLedger:
    """The alpha of trials that proved an edit which stays in the text is passed on to the trials to come."""
    alpha = ledger.alpha
    for outcome in adopted:
        entry = ledger.entry(outcome.proposal)
        if outcome.label == "proven" and entry is not None:
            alpha = alpha.returned(entry.spent)
    return ledger.model_copy(update={"alpha": alpha})
