"""The engine's second step: trials, side by side, and what all of the run's evidence then says."""

import asyncio
from collections.abc import Sequence

from ..errors import BudgetEnded, EditError
from .engine import Engine, closed, rejected
from .evidence import evidence_of_trial
from .likely import Shrinkage, likely, likely_level
from .outcomes import Candidate, Effect, Entry, EvidenceLedger, Label, Outcome, Reason, StageResult
from .placing import divided, latest, overlay_effect, winners
from .records import Trial
from .retries import stopped_early
from .trial import run_trial
from .weights import predicted_power, weights

WORDINGS = 2
"""Wordings of one change that may have a trial."""
PARTS = 4
"""A round takes at most one of so many parts of the declared trials."""
LEAST_A_ROUND = 3
LEAST_ASKED = 0.05
"""A screen counts for so much where hardly anybody asks for a change."""


async def trial(
    engine: Engine, current: str, candidates: Sequence[Candidate], ledger: EvidenceLedger, *, round_: int
) -> StageResult:
    """Trials of the candidates that are due, side by side, and what all of the run's evidence then says.

    Candidates are what passed the screen and what is open from earlier rounds; earlier ones in the order
    given go first. One wording of a change is tried at a time. `passed` carries its label.
    """
    outcomes: dict[str, Outcome] = {}
    due = _line_up(engine, current, candidates, ledger, outcomes)
    trials: list[Trial] = []
    ended = ""
    try:
        planned = await asyncio.gather(*(_set(engine, current, each) for each in due))
    except BudgetEnded as problem:
        ended, planned = str(problem), []
    heavy = _weights(engine, due, planned, ledger)
    alphas = _alphas(engine, heavy, ledger)
    step = likely_level(
        q=engine.policy.q,
        max_trials=engine.policy.max_trials,
        adopted=_found(engine, ledger),
        company=len(due),
    )
    # What may become likely goes to the end of its set and is looked at on its own fold: of the two rules, the step-up alone
    # goes by weights.
    levels = [max(Shrinkage().most, step * weight) for weight in heavy]
    results: list[Trial | BaseException] = await asyncio.gather(
        *(
            _one_trial(engine, current, each, items, ledger, alpha, level, round_)
            for each, items, level, alpha in zip(due, planned, levels, alphas, strict=False)
        ),
        return_exceptions=True,
    )
    heavy = _of_the_made(heavy, results)
    for candidate in due[len(results) :]:
        outcomes[candidate.proposal] = rejected(candidate.proposal, "budget", ended)
    for candidate, weight, result in zip(due, heavy, results, strict=False):
        if isinstance(result, BudgetEnded):
            ended = str(result)
            outcomes[candidate.proposal] = rejected(candidate.proposal, "budget", ended)
        elif isinstance(result, BaseException):
            raise result
        else:
            trials.append(result)
            ledger = _after(ledger, candidate, result, weight, engine.policy.even_alpha)
    tried = {trial.proposal: trial for trial in trials}
    verdicts = verdicts_of(engine, ledger)
    for candidate in candidates:
        if candidate.proposal not in outcomes or outcomes[candidate.proposal].status == "deferred":
            outcomes[candidate.proposal] = _judged(engine, candidate, ledger, verdicts, tried)
    return StageResult(
        outcomes=tuple(outcomes[each.proposal] for each in candidates),
        ledger=closed(ledger, outcomes.values()),
        trials=tuple(trials),
        text=current,
        budget_ended=ended,
    )


def _line_up(
    engine: Engine,
    current: str,
    candidates: Sequence[Candidate],
    ledger: EvidenceLedger,
    outcomes: dict[str, Outcome],
) -> list[Candidate]:
    """Who has a trial now; the others get their outcome.

    The most promising go first, and a round takes no more than its part of the trials that are left: what later
    rounds propose may be better.
    """
    due: list[Candidate] = []
    busy: set[str] = set()
    left = engine.policy.max_trials - ledger.made
    most = min(left, max(LEAST_A_ROUND, -(-engine.policy.max_trials // PARTS)))
    for candidate in sorted(candidates, key=lambda each: _promise(ledger, each)):
        entry = ledger.entry(candidate.proposal)
        if against := _against(engine, current, candidate, ledger):
            outcomes[candidate.proposal] = against
        elif entry is not None and entry.tries and not engine.wants_retry(entry):
            outcomes[candidate.proposal] = Outcome(proposal=candidate.proposal, status="deferred")
        elif candidate.key in busy:
            note = "Another wording of the same change is tried first."
            outcomes[candidate.proposal] = Outcome(proposal=candidate.proposal, status="queued", note=note)
        elif len(due) >= left:
            note = f"All {engine.policy.max_trials} trials of the run are used up."
            outcomes[candidate.proposal] = rejected(candidate.proposal, "alpha_spent", note)
        elif candidate.fold is not None and len(due) >= most:
            note = "More promising ones are tried first."
            outcomes[candidate.proposal] = Outcome(proposal=candidate.proposal, status="queued", note=note)
        else:
            busy.add(candidate.key)
            due.append(candidate)
    return due


def _promise(ledger: EvidenceLedger, candidate: Candidate) -> tuple[bool, float]:
    """Sorts candidates: a person's first, then by what their screens make likely, and how many people ask for them."""
    entry = ledger.entry(candidate.proposal)
    if entry is None or not entry.screened:
        return (False, 0.0)
    return (True, -_expected(entry, entry.screened))


def _expected(entry: Entry, size: int) -> float:
    """What a trial on `size` conversations may be expected to show: by the screen, weighed with who asks for it."""
    power = predicted_power(entry.screen_gain, entry.screened, size)
    return power if entry.asked is None else power * max(entry.asked, LEAST_ASKED)


def _against(engine: Engine, current: str, candidate: Candidate, ledger: EvidenceLedger) -> Outcome | None:
    """Why a candidate can't be tried any more, if so."""
    others = [
        entry
        for entry in ledger.entries
        if entry.wording == candidate.key and entry.proposal != candidate.proposal
    ]
    if any(entry.accepted for entry in others):
        return rejected(candidate.proposal, "superseded", "Another wording of the change was accepted.")
    own = ledger.entry(candidate.proposal)
    fresh = own is None or not own.tries
    if fresh and sum(entry.closed and entry.tries > 0 for entry in others) >= WORDINGS:
        note = f"{WORDINGS} other wordings of the change had their last trial."
        return rejected(candidate.proposal, "other_wording", note)
    try:
        engine.drafts.combine(current, candidate.proposal)
    except EditError as problem:
        note = f"It no longer applies after another adoption: {problem}"
        return rejected(candidate.proposal, "conflict", note)
    return None


async def _set(engine: Engine, current: str, candidate: Candidate) -> list[str]:
    text = engine.drafts.combine(current, candidate.proposal)
    among = engine.folds.others(candidate.fold)
    return await engine.drafts.affected(candidate.proposal, current, text, among, node="trial")


def _weights(
    engine: Engine, due: Sequence[Candidate], planned: Sequence[Sequence[str]], ledger: EvidenceLedger
) -> list[float]:
    """Of the trials that begin together: more to those that the screen makes likelier to pass."""
    powers: list[float] = []
    for candidate, items in zip(due, planned, strict=False):
        entry = ledger.entry(candidate.proposal)
        size = min(len(items), engine.policy.trial_items)
        powers.append(_expected(entry, size) if entry is not None and entry.screened else 0.0)
    if not all(powers):  # a person's proposal has no screen: then all weigh alike
        return [1.0] * len(powers)
    return weights(powers)


def _of_the_made(heavy: Sequence[float], results: Sequence[Trial | BaseException]) -> list[float]:
    """The weights, made smaller where trials that came to nothing leave the others more than one each.

    Which trials have no difference at all doesn't depend on what the others found, so weights stay fixed beforehand.
    """
    made = [
        weight
        for weight, result in zip(heavy, results, strict=False)
        if isinstance(result, Trial) and any(value is not None for value in result.differences)
    ]
    factor = min(1.0, len(made) / sum(made)) if made else 1.0
    return [weight * factor for weight in heavy]


def _alphas(engine: Engine, heavy: Sequence[float], ledger: EvidenceLedger) -> list[float]:
    """What each of the trials that begin together may spend on a proof.

    Where likely is enough, each has its even part, and the most promising, which stand first, the round's share of
    the rest besides. All of it sums to alpha over the run (weighted Bonferroni: Genovese, Roeder & Wasserman 2006).
    """
    offer, even = ledger.alpha.offer(), engine.policy.even_alpha
    if engine.policy.evidence == "proven":
        return [offer * weight for weight in heavy]
    count = min(ledger.alpha.left, max(2, -(-ledger.alpha.max_trials // PARTS)), len(heavy))
    first = heavy[:count]
    mean = sum(first) / count if count else 1.0
    return [even + offer * weight / mean for weight in first] + [even] * (len(heavy) - count)


async def _one_trial(
    engine: Engine, current: str, candidate: Candidate, items: Sequence[str], ledger: EvidenceLedger, alpha: float,
    level: float, round_: int,
) -> Trial:  # fmt: skip
    entry = ledger.entry(candidate.proposal)
    text = engine.drafts.combine(current, candidate.proposal)
    own = await engine.drafts.affected(
        candidate.proposal, current, text, engine.folds.of(candidate.fold), node="trial"
    )
    changed = engine.drafts.changed(current, text)
    unchanged = [name for name in engine.drafts.sections(current) if name not in changed]
    return await run_trial(
        proposal=candidate.proposal, round_=round_, current=current,
        candidate=text, planned=items, own=own, sections=unchanged,
        evaluator=engine.evaluator, rule=engine.trial_rule, alpha=alpha,
        likely_level=level if engine.policy.evidence == "likely" else 0.0, seed=engine.seed,
        first_level=likely_level(q=engine.policy.q, max_trials=engine.policy.max_trials),
        limit=engine.policy.trial_items, draws=engine.policy.draws_for(min(len(items), engine.policy.trial_items)), attempt=entry.tries if entry else 0,
        fold=candidate.fold, groups=engine.group_tests,
    )  # fmt: skip


def _found(engine: Engine, ledger: EvidenceLedger) -> int:
    """Proposals that are likely by now."""
    return sum(adopted for adopted, _ in verdicts_of(engine, ledger).values())


def verdicts_of(engine: Engine, ledger: EvidenceLedger) -> dict[str, tuple[bool, Effect]]:
    """Proposal to whether it is likely, given all that the run has tried, and its shrunken effect."""
    found = likely(
        ledger.evidence,
        q=engine.policy.q,
        max_trials=engine.policy.max_trials,
        rule=engine.what_is_likely,
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
    engine: Engine, candidate: Candidate, ledger: EvidenceLedger, verdicts: dict[str, tuple[bool, Effect]],
    tried: dict[str, Trial],
) -> Outcome:  # fmt: skip
    """The word on a candidate that has had a trial, now or before."""
    entry, trial = ledger.entry(candidate.proposal), tried.get(candidate.proposal)
    note = trial.reason if trial else ""
    if entry is None or candidate.proposal not in verdicts:
        return rejected(candidate.proposal, "no_evidence", note or "Too few conversations to test on.")
    is_likely, effect = verdicts[candidate.proposal]
    label: Label | None = "proven" if entry.proven else "likely" if is_likely else None
    holds = label == "proven" or (label is not None and engine.policy.evidence == "likely")
    if engine.groups and (placed := _placed(engine, candidate, ledger, holds=holds)):
        return placed
    if holds:
        return Outcome(proposal=candidate.proposal, status="passed", label=label, note=note, effect=effect)
    if entry.outcome == "harmful":
        return rejected(candidate.proposal, "harmful", note, effect)
    if engine.wants_retry(entry):
        return Outcome(proposal=candidate.proposal, status="retry", note=note, effect=effect)
    hopeful = ledger.smallest_p(candidate.proposal) <= engine.policy.q
    if hopeful and engine.policy.evidence == "likely":
        return Outcome(proposal=candidate.proposal, status="deferred", note=note, effect=effect)
    reason: Reason = "retries_exhausted" if entry.tries > 1 else "no_evidence"
    return rejected(candidate.proposal, reason, note, effect)


def _placed(engine: Engine, candidate: Candidate, ledger: EvidenceLedger, *, holds: bool) -> Outcome | None:
    """The word of the groups, where it isn't everybody's: into overlays, to be looked at again, or divided.

    What holds for everybody, and by which every group seems to gain, belongs into the common text.
    """
    tests = latest(ledger.groups, candidate.proposal)
    against = divided(tests)
    if not tests or (holds and not against):
        return None
    labels = winners(ledger.groups, engine.policy, sum(group.tested for group in engine.groups)).get(
        candidate.proposal, {}
    )
    if labels:
        names = tuple(sorted(labels))
        label: Label = "proven" if set(labels.values()) == {"proven"} else "likely"
        note = "; ".join(test.told for test in tests.values()) + "."
        return Outcome(
            proposal=candidate.proposal, status="passed", label=label, note=note, overlays=names,
            effect=overlay_effect(tests, names),
        )  # fmt: skip
    if min(test.p_value for test in tests.values()) <= engine.policy.overlay_q:
        return Outcome(
            proposal=candidate.proposal, status="deferred", note="; ".join(t.told for t in tests.values())
        )
    if holds:
        note = f"It helps people on the whole, but not {' and '.join(against)}."
        return rejected(candidate.proposal, "divided", note)
    return None


def _after(
    ledger: EvidenceLedger, candidate: Candidate, trial: Trial, weight: float, even: float
) -> EvidenceLedger:
    """The ledger after another trial. One with nothing to test on was none, and costs nothing."""
    before = ledger.entry(candidate.proposal) or Entry(
        proposal=candidate.proposal, wording=candidate.key, fold=candidate.fold
    )
    items = sum(value is not None for value in trial.differences)
    chosen = trial.alpha - even if trial.alpha > even * (1 + 1e-9) else 0.0
    entry = before.model_copy(
        update={
            "tries": before.tries + 1,
            "spent": before.spent + (chosen if items else 0.0),
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
    one = evidence_of_trial(trial, weight=weight)
    found = [] if one is None else [one]
    return ledger.model_copy(
        update={
            "alpha": ledger.alpha.after(chosen) if chosen else ledger.alpha,
            "made": ledger.made + 1,
            "evidence": (*ledger.evidence, *found),
            "groups": (*ledger.groups, *trial.groups),
        }
    )
