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
from .evidence import Evidence
from .folds import Folds
from .interaction import test_interaction
from .ledger import AlphaLedger
from .likely import likely, likely_level, likely_rule
from .outcomes import Candidate, Effect, Entry, EvidenceLedger, Label, Outcome, Reason, StageResult, Status
from .policy import AcceptancePolicy
from .records import Trial
from .regression import check_regression
from .retries import RetryRule, retry_rule, stopped_early
from .rules import rule
from .screening import Screened, race
from .trial import run_trial
from .weights import predicted_power, weights

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
        entries = [
            Entry(
                proposal=each.proposal,
                wording=each.key,
                fold=each.fold,
                screen_gain=raced[each.proposal].mean or 0.0,
                screened=len(raced[each.proposal].differences),
            )
            for each in candidates
            if each.proposal in raced
        ]
        ledger = _closed(ledger.put(*entries), outcomes)
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
        due = self._line_up(current, candidates, ledger, outcomes)
        trials: list[Trial] = []
        ended = ""
        try:
            planned = await asyncio.gather(*(self._set(current, each) for each in due))
        except BudgetEnded as problem:
            ended, planned = str(problem), []
        heavy = self._weights(due, planned, ledger)
        level = likely_level(
            q=self.policy.q, max_trials=self.policy.max_trials, adopted=self._found(ledger), company=len(due)
        )
        results: list[Trial | BaseException] = await asyncio.gather(
            *(
                self._one_trial(current, each, items, ledger, weight, level, round_)
                for each, items, weight in zip(due, planned, heavy, strict=False)
            ),
            return_exceptions=True,
        )
        for candidate in due[len(results) :]:
            outcomes[candidate.proposal] = _rejected(candidate.proposal, "budget", ended)
        for candidate, weight, result in zip(due, heavy, results, strict=False):
            if isinstance(result, BudgetEnded):
                ended = str(result)
                outcomes[candidate.proposal] = _rejected(candidate.proposal, "budget", ended)
            elif isinstance(result, BaseException):
                raise result
            else:
                trials.append(result)
                ledger = _after(ledger, candidate, result, weight)
        tried = {trial.proposal: trial for trial in trials}
        verdicts = self._verdicts(ledger)
        for candidate in candidates:
            if candidate.proposal not in outcomes or outcomes[candidate.proposal].status == "deferred":
                outcomes[candidate.proposal] = self._judged(candidate, ledger, verdicts, tried)
        return StageResult(
            outcomes=tuple(outcomes[each.proposal] for each in candidates),
            ledger=_closed(ledger, outcomes.values()),
            trials=tuple(trials),
            text=current,
            budget_ended=ended,
        )

    def _line_up(
        self,
        current: str,
        candidates: Sequence[Candidate],
        ledger: EvidenceLedger,
        outcomes: dict[str, Outcome],
    ) -> list[Candidate]:
        """Who has a trial now; the others get their outcome."""
        due: list[Candidate] = []
        busy: set[str] = set()
        for candidate in candidates:
            entry = ledger.entry(candidate.proposal)
            if against := self._against(current, candidate, ledger):
                outcomes[candidate.proposal] = against
            elif entry is not None and entry.tries and not self._rule_of_retry().wants(entry):
                outcomes[candidate.proposal] = Outcome(proposal=candidate.proposal, status="deferred")
            elif candidate.key in busy:
                note = "Another wording of the same change is tried first."
                outcomes[candidate.proposal] = Outcome(
                    proposal=candidate.proposal, status="queued", note=note
                )
            elif len(due) >= ledger.alpha.left:
                note = f"All {ledger.alpha.max_trials} trials of the run are used up."
                outcomes[candidate.proposal] = _rejected(candidate.proposal, "alpha_spent", note)
            else:
                busy.add(candidate.key)
                due.append(candidate)
        return due

    def _against(self, current: str, candidate: Candidate, ledger: EvidenceLedger) -> Outcome | None:
        """Why a candidate can't be tried any more, if so."""
        others = [
            entry
            for entry in ledger.entries
            if entry.wording == candidate.key and entry.proposal != candidate.proposal
        ]
        if any(entry.accepted for entry in others):
            return _rejected(candidate.proposal, "superseded", "Another wording of the change was accepted.")
        own = ledger.entry(candidate.proposal)
        fresh = own is None or not own.tries
        if fresh and sum(entry.closed and entry.tries > 0 for entry in others) >= WORDINGS:
            note = f"{WORDINGS} other wordings of the change had their last trial."
            return _rejected(candidate.proposal, "other_wording", note)
        try:
            self.drafts.combine(current, candidate.proposal)
        except EditError as problem:
            note = f"It no longer applies after another adoption: {problem}"
            return _rejected(candidate.proposal, "conflict", note)
        return None

    async def _set(self, current: str, candidate: Candidate) -> list[str]:
        text = self.drafts.combine(current, candidate.proposal)
        among = self.folds.others(candidate.fold)
        return await self.drafts.affected(candidate.proposal, current, text, among, node="trial")

    def _weights(
        self, due: Sequence[Candidate], planned: Sequence[Sequence[str]], ledger: EvidenceLedger
    ) -> list[float]:
        """Of the trials that begin together: more to those that the screen makes likelier to pass."""
        powers: list[float] = []
        for candidate, items in zip(due, planned, strict=False):
            entry = ledger.entry(candidate.proposal)
            size = min(len(items), self.policy.trial_items)
            powers.append(
                predicted_power(entry.screen_gain, entry.screened, size)
                if entry is not None and entry.screened
                else 0.0
            )
        if not all(powers):  # a person's proposal has no screen: then all weigh alike
            return [1.0] * len(powers)
        return weights(powers)

    async def _one_trial(
        self, current: str, candidate: Candidate, items: Sequence[str], ledger: EvidenceLedger, weight: float,
        level: float, round_: int,
    ) -> Trial:  # fmt: skip
        entry = ledger.entry(candidate.proposal)
        return await run_trial(
            proposal=candidate.proposal, round_=round_, current=current,
            candidate=self.drafts.combine(current, candidate.proposal), planned=items,
            evaluator=self.evaluator, rule=rule(self.policy.rule), alpha=ledger.alpha.offer() * weight,
            likely_level=level * weight if self.policy.evidence == "likely" else 0.0, seed=self.seed,
            limit=self.policy.trial_items, draws=self.policy.draws, attempt=entry.tries if entry else 0,
            fold=candidate.fold,
        )  # fmt: skip

    def _found(self, ledger: EvidenceLedger) -> int:
        """Proposals that are likely by now."""
        return sum(adopted for adopted, _ in self._verdicts(ledger).values())

    def _verdicts(self, ledger: EvidenceLedger) -> dict[str, tuple[bool, Effect]]:
        """Proposal to whether it is likely, given all that the run has tried, and its shrunken effect."""
        found = likely(
            ledger.evidence,
            q=self.policy.q,
            max_trials=self.policy.max_trials,
            rule=likely_rule(self.policy.likely_rule),
        )
        items = {each.proposal: each.n for each in ledger.evidence}
        return {
            name: (
                verdict.adopted,
                Effect(
                    mean=verdict.effect.effect, low=verdict.effect.low, high=verdict.effect.high,
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
        if entry is None or candidate.proposal not in verdicts:
            return _rejected(candidate.proposal, "no_evidence", note or "Too few conversations to test on.")
        is_likely, effect = verdicts[candidate.proposal]
        label: Label | None = "proven" if entry.proven else "likely" if is_likely else None
        if label == "proven" or (label and self.policy.evidence == "likely"):
            return Outcome(
                proposal=candidate.proposal, status="passed", label=label, note=note, effect=effect
            )
        if entry.outcome == "harmful":
            return _rejected(candidate.proposal, "harmful", note, effect)
        if self._rule_of_retry().wants(entry):
            return Outcome(proposal=candidate.proposal, status="retry", note=note, effect=effect)
        hopeful = ledger.smallest_p(candidate.proposal) <= self.policy.q
        if hopeful and self.policy.evidence == "likely":
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
                return (
                    ("conflict", f"adds nothing on top of {', '.join(before)}. {made[-1].reason}"),
                    items,
                    made,
                )
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
                note = f"{100 * entry.mean:+.1f} points over {entry.items} conversations: not enough for a promise."
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


def _after(ledger: EvidenceLedger, candidate: Candidate, trial: Trial, weight: float) -> EvidenceLedger:
    """The ledger after another trial. One with nothing to test on was none, and costs nothing."""
    before = ledger.entry(candidate.proposal) or Entry(
        proposal=candidate.proposal, wording=candidate.key, fold=candidate.fold
    )
    items = sum(value is not None for value in trial.differences)
    entry = before.model_copy(
        update={
            "tries": before.tries + 1,
            "spent": before.spent + (trial.alpha if items else 0.0),
            "proven": before.proven or trial.outcome == "positive",
            "outcome": trial.outcome,
            "stopped_early": stopped_early(trial),
            "mean": trial.mean or 0.0,
            "items": items,
        }
    )
    ledger = ledger.put(entry)
    if not items:
        return ledger
    found = [] if items < 2 else [_evidence(trial, weight)]
    return ledger.model_copy(
        update={
            "alpha": ledger.alpha.after(True, False, trial.alpha),
            "evidence": (*ledger.evidence, *found),
        }
    )


def _evidence(trial: Trial, weight: float) -> Evidence:
    assert trial.mean is not None
    assert trial.se is not None
    assert trial.df is not None
    return Evidence(
        proposal=trial.proposal, mean=trial.mean, se=trial.se, df=trial.df, p_value=trial.p_value or 0.0,
        n=sum(value is not None for value in trial.differences), weight=weight,
    )  # fmt: skip


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
