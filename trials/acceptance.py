"""The acceptance engine: screen → trial → retry → interaction test → regression check, with one error budget.

It knows no model, no people and no graph: an `Evaluator` scores items under texts, `Drafts` make texts out of
proposals, and the ledger goes in and comes out. The loop calls its steps one by one, an experiment or a
person's proposal calls `test`: the decision is the same.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass

from ..errors import BudgetEnded, EditError
from .evaluator import Drafts, Evaluator
from .folds import Folds
from .interaction import test_interaction
from .ledger import AlphaLedger
from .likely import Evidence, likely
from .policy import AcceptancePolicy
from .records import (
    Candidate,
    Effect,
    Entry,
    EvidenceLedger,
    Label,
    Outcome,
    Reason,
    StageResult,
    Status,
    Trial,
)
from .regression import check_regression
from .retries import RetryRule, retry_rule, shares_for, stopped_early
from .rules import rule
from .screening import Screened, race
from .trial import run_trial

Precheck = Callable[[str, Sequence[str]], Awaitable[str | None]]
"""Proposal id and the items of its fold to a sentence where nobody asks for the change, else None."""
Gate = Callable[[Sequence[Outcome]], Awaitable[Sequence[Outcome]]]
"""The outcomes that passed their trial to the same, some of them rejected: what people's words decide."""

MEASURE = "measure"
"""The order seed of the measure pass: a screen's current arm is read off it, at no cost."""
WORDINGS = 2
"""Wordings of one change that may have a trial."""


async def everybody_passes(passed: Sequence[Outcome]) -> Sequence[Outcome]:
    """The gate of an experiment in which nothing but the trials stands between an edit and the text."""
    return passed


def first_ledger(policy: AcceptancePolicy) -> EvidenceLedger:
    return EvidenceLedger(alpha=AlphaLedger(alpha=policy.alpha, max_trials=policy.max_trials))


@dataclass(frozen=True, slots=True)
class AcceptanceEngine:
    """Decides what holds on evidence. It keeps no state: every step takes a ledger and gives the next."""

    evaluator: Evaluator
    drafts: Drafts
    folds: Folds
    policy: AcceptancePolicy
    seed: int = 0
    precheck: Precheck | None = None
    retry: RetryRule | None = None
    """None: the policy's, by name."""

    async def test(
        self, current: str, candidates: Sequence[Candidate], ledger: EvidenceLedger, *, round_: int = 1,
        gate: Gate = everybody_passes,
    ) -> StageResult:  # fmt: skip
        """All steps in a row for one round's candidates.

        Open ones from earlier rounds (queued, retry, deferred) are handed in again with the new ones: the screen
        lets those through that had one. Outcomes are one per candidate, in order.
        """
        fresh = [each for each in candidates if ledger.entry(each.proposal) is None]
        screened = await self.screen(current, fresh, ledger, round_=round_)
        found = {each.proposal: each for each in screened.outcomes}
        trials, ended = list(screened.trials), screened.budget_ended
        going = [
            each
            for each in candidates
            if each.proposal not in found or found[each.proposal].status == "passed"
        ]
        if not ended:
            tried = await self.trial(current, going, screened.ledger, round_=round_)
            trials += tried.trials
            found |= {each.proposal: each for each in tried.outcomes}
            ledger, ended = tried.ledger, tried.budget_ended
        passed = [each for each in found.values() if each.status == "passed"]
        decided = [] if ended else await gate(passed)
        combined = await self.combine(current, decided, ledger, round_=round_)
        found |= {each.proposal: each for each in combined.outcomes}
        return StageResult(
            outcomes=tuple(found[each.proposal] for each in candidates),
            ledger=combined.ledger,
            trials=(*trials, *combined.trials),
            text=combined.text,
            budget_ended=ended or combined.budget_ended,
        )

    async def screen(
        self, current: str, candidates: Sequence[Candidate], ledger: EvidenceLedger, *, round_: int
    ) -> StageResult:
        """A cheap look at each candidate on the fold that its proposer saw.

        First the support pre-check, where there is one: what nobody asks for is not ranked at all. `passed`
        goes to trial; the rest is rejected. A person's proposal rests on no fold and passes.
        """
        if not self.policy.screen.enabled:
            return StageResult(
                outcomes=tuple(Outcome(proposal=each.proposal, status="passed") for each in candidates),
                ledger=ledger,
                text=current,
            )
        try:
            ready = await asyncio.gather(*(self._for_screen(current, each) for each in candidates))
            racing = [each for each in ready if isinstance(each, Screened)]
            trials = await race(
                racing, evaluator=self.evaluator, current=current, round_=round_, seed=self.seed,
                policy=self.policy.screen, order_seed=MEASURE,
            )  # fmt: skip
        except BudgetEnded as ended:
            return StageResult(
                outcomes=tuple(_rejected(each.proposal, "budget", str(ended)) for each in candidates),
                ledger=ledger,
                text=current,
                budget_ended=str(ended),
            )
        raced = {trial.proposal: trial for trial in trials}
        outcomes = [
            each
            if isinstance(each, Outcome)
            else Outcome(proposal=each.proposal, status="passed", note=raced[each.proposal].reason)
            if raced[each.proposal].outcome == "positive"
            else _rejected(each.proposal, "screened", raced[each.proposal].reason)
            for each in ready
        ]
        return StageResult(outcomes=tuple(outcomes), ledger=ledger, trials=tuple(trials), text=current)

    async def _for_screen(self, current: str, candidate: Candidate) -> Screened | Outcome:
        if candidate.fold is None:
            return Outcome(proposal=candidate.proposal, status="passed", note="A person's: not screened.")
        try:
            text = self.drafts.combine(current, candidate.proposal)
        except EditError as problem:
            return _rejected(candidate.proposal, "anchor", str(problem))
        own = self.folds.of(candidate.fold)
        against = await self.precheck(candidate.proposal, own) if self.precheck else None
        if against:
            return _rejected(candidate.proposal, "not_asked_for", against)
        items = await self.drafts.affected(candidate.proposal, current, text, own, node="screen")
        return Screened(proposal=candidate.proposal, text=text, planned=tuple(items), fold=candidate.fold)

    async def trial(
        self, current: str, candidates: Sequence[Candidate], ledger: EvidenceLedger, *, round_: int
    ) -> StageResult:
        """Trials of the candidates that are due, side by side, and what all of the run's evidence then says.

        Candidates are what passed the screen and what is open from earlier rounds; earlier ones in the order
        given go first. One wording of a change is tried at a time. `passed` carries its label.
        """
        outcomes: dict[str, Outcome] = {}
        due, offers = self._line_up(current, candidates, ledger, outcomes)
        results = await asyncio.gather(
            *(
                self._one_trial(current, each, ledger, alpha, round_)
                for each, alpha in zip(due, offers, strict=True)
            ),
            return_exceptions=True,
        )
        trials: list[Trial] = []
        ended = ""
        for candidate, result in zip(due, results, strict=True):
            if isinstance(result, BudgetEnded):
                ended = str(result)
                outcomes[candidate.proposal] = _rejected(candidate.proposal, "budget", ended)
            elif isinstance(result, BaseException):
                raise result
            else:
                trials.append(result)
                entry = _entry_after(ledger.entry(candidate.proposal), candidate, result)
                shares = shares_for(entry.tries - 1)
                ledger = ledger.put(entry).model_copy(
                    update={
                        "alpha": ledger.alpha.after(result.outcome != "empty", False, result.alpha, shares=shares)
                    }
                )
        tried = {trial.proposal: trial for trial in trials}
        verdicts = self._verdicts(ledger)
        for candidate in candidates:
            if candidate.proposal in outcomes and outcomes[candidate.proposal].status != "deferred":
                continue
            outcomes[candidate.proposal] = self._judged(candidate, ledger, verdicts, tried)
        ledger = _closed(ledger, outcomes.values())
        return StageResult(
            outcomes=tuple(outcomes[each.proposal] for each in candidates),
            ledger=ledger,
            trials=tuple(trials),
            text=current,
            budget_ended=ended,
        )

    def _line_up(
        self, current: str, candidates: Sequence[Candidate], ledger: EvidenceLedger, outcomes: dict[str, Outcome]
    ) -> tuple[list[Candidate], list[float]]:
        """Who has a trial now and at which alpha; the others get their outcome."""
        due: list[Candidate] = []
        busy: set[str] = set()
        left = ledger.alpha.left
        offer = ledger.alpha.offer()
        offers: list[float] = []
        for candidate in candidates:
            entry = ledger.entry(candidate.proposal)
            if against := self._against(current, candidate, ledger):
                outcomes[candidate.proposal] = against
            elif entry is not None and not self._wants_retry(entry):
                outcomes[candidate.proposal] = Outcome(proposal=candidate.proposal, status="deferred")
            elif candidate.key in busy:
                note = "Another wording of the same change is tried first."
                outcomes[candidate.proposal] = Outcome(
                    proposal=candidate.proposal, status="queued", note=note
                )
            elif (shares := min(shares_for(entry.tries if entry else 0), left)) < 1:
                note = f"All {ledger.alpha.max_trials} trials of the run are used up."
                outcomes[candidate.proposal] = _rejected(candidate.proposal, "budget", note)
            else:
                left -= shares
                busy.add(candidate.key)
                due.append(candidate)
                offers.append(offer * shares)
        return due, offers

    def _against(self, current: str, candidate: Candidate, ledger: EvidenceLedger) -> Outcome | None:
        """Why a candidate can't be tried any more, if so."""
        others = [
            entry
            for entry in ledger.entries
            if entry.wording == candidate.key and entry.proposal != candidate.proposal
        ]
        if any(entry.accepted for entry in others):
            return _rejected(candidate.proposal, "superseded", "Another wording of the change was accepted.")
        fresh = ledger.entry(candidate.proposal) is None
        if fresh and sum(entry.closed for entry in others) >= WORDINGS:
            note = f"{WORDINGS} other wordings of the change had their last trial."
            return _rejected(candidate.proposal, "other_wording", note)
        try:
            self.drafts.combine(current, candidate.proposal)
        except EditError as problem:
            note = f"It no longer applies after another adoption: {problem}"
            return _rejected(candidate.proposal, "conflict", note)
        return None

    async def _one_trial(
        self, current: str, candidate: Candidate, ledger: EvidenceLedger, alpha: float, round_: int
    ) -> Trial:
        entry = ledger.entry(candidate.proposal)
        text = self.drafts.combine(current, candidate.proposal)
        among = self.folds.others(candidate.fold)
        items = await self.drafts.affected(candidate.proposal, current, text, among, node="trial")
        return await run_trial(
            proposal=candidate.proposal, round_=round_, current=current, candidate=text, planned=items,
            evaluator=self.evaluator, rule=rule(self.policy.rule), alpha=alpha,
            likely_level=self._likely_level(ledger), seed=self.seed, limit=self.policy.trial_items,
            draws=self.policy.draws, attempt=entry.tries if entry else 0, fold=candidate.fold,
        )  # fmt: skip

    def _likely_level(self, ledger: EvidenceLedger) -> float:
        """A p-value above this is out of reach of either promise: what a trial may be given up for."""
        if self.policy.evidence == "proven":
            return 0.0
        return self.policy.q / 2

    def _wants_retry(self, entry: Entry) -> bool:
        return not entry.closed and entry.tries > 0 and entry.outcome == "futile" and entry.stopped_early

    def _verdicts(self, ledger: EvidenceLedger) -> dict[str, tuple[bool, Effect]]:
        """Proposal to whether it is likely, given all that the run has tried, and its shrunken effect."""
        evidence = [
            Evidence(
                proposal=entry.proposal, mean=entry.mean, se=entry.se, df=entry.df, p_value=entry.p_value,
                n=entry.items,
            )
            for entry in ledger.entries
            if entry.items
        ]  # fmt: skip
        found = likely(evidence, q=self.policy.q, max_trials=self.policy.max_trials)
        items = {each.proposal: each.n for each in evidence}
        return {
            name: (
                verdict.adopted,
                Effect(
                    mean=verdict.effect.mean, low=verdict.effect.low, high=verdict.effect.high,
                    no_improvement=verdict.effect.no_improvement, items=items[name],
                ),
            )
            for name, verdict in found.items()
        }  # fmt: skip

    def _judged(
        self, candidate: Candidate, ledger: EvidenceLedger, verdicts: dict[str, tuple[bool, Effect]],
        tried: dict[str, Trial],
    ) -> Outcome:  # fmt: skip
        """The word on a candidate that has had a trial, now or before."""
        entry, trial = ledger.entry(candidate.proposal), tried.get(candidate.proposal)
        note = trial.reason if trial else ""
        if entry is None or not entry.items:
            return _rejected(candidate.proposal, "no_evidence", note or "No conversation to test on.")
        is_likely, effect = verdicts[candidate.proposal]
        label: Label | None = "proven" if entry.proven else "likely" if is_likely else None
        if label == "proven" or (label and self.policy.evidence == "likely"):
            return Outcome(
                proposal=candidate.proposal, status="passed", label=label, note=note, effect=effect
            )
        if entry.outcome == "harmful":
            return _rejected(candidate.proposal, "harmful", note, effect)
        if trial and self._rule_of_retry().again(entry, trial):
            return Outcome(proposal=candidate.proposal, status="retry", note=note, effect=effect)
        if entry.outcome == "ended" and self.policy.evidence == "likely" and entry.p_value <= self.policy.q:
            return Outcome(proposal=candidate.proposal, status="deferred", note=note, effect=effect)
        reason: Reason = "retries_exhausted" if entry.tries > 1 else "no_evidence"
        return _rejected(candidate.proposal, reason, note, effect)

    def _rule_of_retry(self) -> RetryRule:
        return self.retry or retry_rule(self.policy.retry)

    async def combine(
        self, current: str, passed: Sequence[Outcome], ledger: EvidenceLedger, *, round_: int
    ) -> StageResult:
        """Those that stay when put together, strongest first: `accepted`, or rejected with the reason.

        An edit that bears on items of one accepted before it is tested again on top of it; each is checked for
        harm outside its set. Both only remove, so they cost no alpha. What can't be looked at because the
        budget ended is rejected for that; what was accepted before it stays.
        """
        outcomes: dict[str, Outcome] = {}
        trials: list[Trial] = []
        standing: list[tuple[str, frozenset[str]]] = []
        text, ended = current, ""
        for outcome in sorted(passed, key=lambda each: (-_weight(each), each.proposal)):
            name = outcome.proposal
            if outcome.status != "passed":
                outcomes[name] = outcome
                continue
            if ended:
                outcomes[name] = _rejected(name, "budget", ended)
                continue
            try:
                together = self.drafts.combine(text, name)
                against, items, made = await self._beside(text, together, outcome, ledger, standing, round_)
                trials += made
            except EditError as problem:
                against = ("conflict", f"It no longer applies after another adoption: {problem}")
            except BudgetEnded as problem:
                ended = str(problem)
                against = ("budget", ended)
            if against:
                outcomes[name] = _rejected(name, against[0], against[1], outcome.effect)
                continue
            text = together
            standing.append((name, items))
            outcomes[name] = outcome.model_copy(update={"status": "accepted"})
        return StageResult(
            outcomes=tuple(outcomes[each.proposal] for each in passed),
            ledger=_closed(ledger, outcomes.values()),
            trials=tuple(trials),
            text=text,
            budget_ended=ended,
        )

    async def _beside(
        self, text: str, together: str, outcome: Outcome, ledger: EvidenceLedger,
        standing: Sequence[tuple[str, frozenset[str]]], round_: int,
    ) -> tuple[tuple[Reason, str] | None, frozenset[str], list[Trial]]:  # fmt: skip
        """What speaks against accepting an edit on top of `text`; the items it bears on; the trials made."""
        name, entry = outcome.proposal, ledger.entry(outcome.proposal)
        fold = entry.fold if entry else None
        among = self.folds.others(fold)
        items = frozenset(await self.drafts.affected(name, text, together, among, node="decide"))
        made: list[Trial] = []
        if before := [other for other, theirs in standing if theirs & items]:
            level = self.policy.interaction_level if outcome.label == "proven" else self.policy.q
            made.append(
                await test_interaction(
                    proposal=name, round_=round_, without=text, together=together, planned=sorted(items),
                    evaluator=self.evaluator, rule=rule(self.policy.rule), level=level, seed=self.seed,
                    limit=self.policy.trial_items, draws=self.policy.draws, fold=fold,
                )
            )  # fmt: skip
            if (made[-1].p_value or 0.0) > level:
                return ("conflict", f"adds nothing on top of {', '.join(before)}. {made[-1].reason}"), items, made
        if self.policy.regression.most:
            made.append(
                await check_regression(
                    proposal=name, round_=round_, current=text, candidate=together,
                    outside=sorted(set(self.folds.items) - items), evaluator=self.evaluator,
                    policy=self.policy.regression, seed=self.seed, include=self.drafts.changed(text, together),
                    fold=fold,
                )
            )  # fmt: skip
            if made[-1].outcome == "harmful":
                return ("harmful", made[-1].reason), items, made
        return None, items, made

    def close(self, ledger: EvidenceLedger, still_open: Sequence[Candidate]) -> tuple[Outcome, ...]:
        """The loop ends: the last word on what is still queued, to be tried again, or deferred."""
        verdicts = self._verdicts(ledger)
        outcomes: list[Outcome] = []
        for candidate in still_open:
            entry = ledger.entry(candidate.proposal)
            if entry is None:
                note = "The loop ended before its turn: another wording of the change was tried instead."
                outcomes.append(_rejected(candidate.proposal, "other_wording", note))
            else:
                _, effect = verdicts.get(candidate.proposal, (False, None))
                note = (
                    f"{100 * entry.mean:+.1f} points over {entry.items} conversations: not enough for a promise."
                )
                outcomes.append(_rejected(candidate.proposal, "no_evidence", note, effect))
        return tuple(outcomes)


def settle_proven(ledger: EvidenceLedger, adopted: Iterable[Outcome]) -> EvidenceLedger:
    """The alpha of trials that proved an edit which stays in the text is passed on to the trials to come."""
    alpha = ledger.alpha
    for outcome in adopted:
        entry = ledger.entry(outcome.proposal)
        if outcome.label == "proven" and entry is not None:
            alpha = alpha.returned(entry.spent)
    return ledger.model_copy(update={"alpha": alpha})


def _entry_after(entry: Entry | None, candidate: Candidate, trial: Trial) -> Entry:
    """What is known of a proposal after another trial. Its p-value is the smallest times the number of tries."""
    before = entry or Entry(proposal=candidate.proposal, wording=candidate.key, fold=candidate.fold)
    tries = before.tries + 1
    smallest = min(before.p_value / max(before.tries, 1), trial.p_value if trial.p_value is not None else 1.0)
    look = trial.looks[-1] if trial.looks else None
    return before.model_copy(
        update={
            "tries": tries,
            "shares": before.shares + shares_for(before.tries),
            "spent": before.spent + trial.alpha,
            "proven": before.proven or trial.outcome == "positive",
            "outcome": trial.outcome,
            "stopped_early": stopped_early(trial),
            "statistic": look.statistic if look else 0.0,
            "mean": trial.mean or 0.0,
            "se": trial.se if trial.se is not None else 1.0,
            "df": trial.df if trial.df is not None else 1.0,
            "items": sum(value is not None for value in trial.differences),
            "p_value": min(1.0, tries * smallest),
        }
    )


def _closed(ledger: EvidenceLedger, outcomes: Iterable[Outcome]) -> EvidenceLedger:
    """With the last word entered of those that have one."""
    final: dict[str, Status] = {each.proposal: each.status for each in outcomes}
    return ledger.put(
        *(
            entry.model_copy(update={"closed": True, "accepted": final[entry.proposal] == "accepted"})
            for entry in ledger.entries
            if final.get(entry.proposal) in ("accepted", "rejected")
        )
    )


def _weight(outcome: Outcome) -> float:
    return outcome.effect.mean * outcome.effect.items if outcome.effect else 0.0


def _rejected(proposal: str, reason: Reason, note: str, effect: Effect | None = None) -> Outcome:
    return Outcome(proposal=proposal, status="rejected", reason=reason, note=note, effect=effect)
