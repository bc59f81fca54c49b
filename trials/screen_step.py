"""The engine's first step: a cheap look at each candidate on the fold that its proposer saw."""

import asyncio
from collections.abc import Sequence

from ..errors import BudgetEnded, EditError
from .engine import MEASURE, Asked, Engine, closed, rejected
from .outcomes import Candidate, Entry, EvidenceLedger, Outcome, StageResult
from .pruning import pruned
from .records import Trial
from .screening import Screened, race


async def screen(
    engine: Engine, current: str, candidates: Sequence[Candidate], ledger: EvidenceLedger, *, round_: int
) -> StageResult:
    """A cheap look at each candidate on the fold that its proposer saw.

    First the support pre-check, where there is one: what nobody asks for is not ranked at all. `passed`
    goes to trial; the rest is rejected. A person's proposal rests on no fold and passes.
    """
    if not engine.policy.screen.enabled:
        return StageResult(
            outcomes=tuple(Outcome(proposal=each.proposal, status="passed") for each in candidates),
            ledger=ledger,
            text=current,
        )
    try:
        told = await asyncio.gather(*(_ready(engine, current, each) for each in candidates))
        ready = [found for found, _ in told]
        asked = {each.proposal: share for each, (_, share) in zip(candidates, told, strict=True)}
        racing = [each for each in ready if isinstance(each, Screened)]
        trials = await race(
            racing, evaluator=engine.evaluator, current=current, round_=round_, seed=engine.seed,
            policy=engine.policy.screen, order_seed=MEASURE,
        )  # fmt: skip
    except BudgetEnded as ended:
        return StageResult(
            outcomes=tuple(rejected(each.proposal, "budget", str(ended)) for each in candidates),
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
        else rejected(each.proposal, "screened", raced[each.proposal].reason)
        for each in ready
    ]
    ledger = ledger.put(
        *(
            _entry(each, raced[each.proposal], asked[each.proposal])
            for each in candidates
            if each.proposal in raced
        )
    )
    added, cut_short = (
        await _prune(engine, current, candidates, racing, outcomes) if engine.policy.prune else ([], "")
    )
    for origin, candidate in added:
        outcomes.append(Outcome(proposal=candidate.proposal, status="passed", note=raced[origin].reason))
        ledger = ledger.put(_entry(candidate, raced[origin], asked[origin]))
    return StageResult(
        outcomes=tuple(outcomes),
        ledger=closed(ledger, outcomes),
        added=tuple(candidate for _, candidate in added),
        trials=tuple(trials),
        text=current,
        budget_ended=cut_short,
    )


def _entry(candidate: Candidate, screen: Trial, asked: float | None) -> Entry:
    return Entry(
        proposal=candidate.proposal,
        wording=candidate.key,
        fold=candidate.fold,
        screen_gain=screen.mean or 0.0,
        screened=len(screen.differences),
        asked=asked,
    )


async def _prune(
    engine: Engine,
    current: str,
    candidates: Sequence[Candidate],
    racing: Sequence[Screened],
    outcomes: list[Outcome],
) -> tuple[list[tuple[str, Candidate]], str]:
    """Put the pruned form in the place of each promoted candidate that has one; its own outcome says so."""
    passed = [place for place, outcome in enumerate(outcomes) if outcome.status == "passed"]
    screened = {each.proposal: each for each in racing}
    known = {each.proposal for each in candidates}
    going = [place for place in passed if outcomes[place].proposal in screened]
    found = await asyncio.gather(
        *(pruned(engine, current, screened[outcomes[place].proposal]) for place in going),
        return_exceptions=True,
    )
    added: list[tuple[str, Candidate]] = []
    ended = ""
    for place, result in zip(going, found, strict=True):
        if isinstance(result, BudgetEnded):
            ended = str(result)
        elif isinstance(result, BaseException):
            raise result
        elif result is not None:
            whole, (name, note) = candidates[place], result
            outcomes[place] = rejected(whole.proposal, "superseded", f"Pruned to {name}: {note}.")
            if name not in known:
                known.add(name)
                added.append(
                    (whole.proposal, whole.model_copy(update={"proposal": name, "wording": whole.key}))
                )
    return added, ended


async def _ready(
    engine: Engine, current: str, candidate: Candidate
) -> tuple[Screened | Outcome, float | None]:
    """The candidate in the race, or why it isn't; and the share of people who ask for it, where they were asked."""
    name = candidate.proposal
    if candidate.fold is None:
        return Outcome(proposal=name, status="passed", note="A person's: not screened."), None
    try:
        text = engine.drafts.combine(current, name)
    except EditError as problem:
        return rejected(name, "anchor", str(problem)), None
    own = engine.folds.of(candidate.fold)
    asked = await engine.precheck(name, own) if engine.precheck else Asked()
    if asked.against:
        return rejected(name, "not_asked_for", asked.against), asked.share
    items = await engine.drafts.affected(name, current, text, own, node="screen")
    ready = Screened(
        proposal=name,
        text=text,
        planned=tuple(items),
        fold=candidate.fold,
        group=engine.group(candidate.group),
        asked=asked.share,
    )
    return ready, asked.share
