"""The engine's last step: what passed is put together, and only what still helps and does no harm stays."""

from collections.abc import Sequence

from ..errors import BudgetEnded, EditError
from .beside import beside
from .engine import Engine, closed, rejected
from .outcomes import EvidenceLedger, Outcome, Reason, StageResult
from .overlay_step import OverlayCombiner, Overlays, breaks_overlay
from .records import Trial


async def combine(
    engine: Engine, current: str, passed: Sequence[Outcome], ledger: EvidenceLedger, *, round_: int,
    overlays: Overlays | None = None,
) -> StageResult:  # fmt: skip
    """Those that stay when put together, strongest first: `accepted`, or rejected with the reason.

    An edit that bears on items of one accepted before it is tested again on top of it; each is checked for
    harm outside its set. Both only remove, so they cost no alpha. What can't be looked at because the
    budget ended is rejected for that; what was accepted before it stays.
    `overlays` are those that stand: an edit of the common text must leave them whole. Then what passed in groups comes
    into theirs, tested by their people.
    """
    outcomes: dict[str, Outcome] = {}
    trials: list[Trial] = []
    standing: list[tuple[str, frozenset[str]]] = []
    text, ended = current, ""
    ordered = sorted(passed, key=lambda each: (-_weight(each), each.proposal))
    for outcome in ordered:
        name = outcome.proposal
        if outcome.status != "passed":
            outcomes[name] = outcome
            continue
        if outcome.overlays:
            continue
        if ended:
            outcomes[name] = rejected(name, "budget", ended)
            continue
        against: tuple[Reason, str] | None
        try:
            together = engine.drafts.combine(text, name)
            if broken := breaks_overlay(engine, together, overlays or {}):
                against, items = ("conflict", broken), frozenset[str]()
            else:
                against, items, made = await beside(engine, text, together, outcome, ledger, standing, round_)
                trials += made
        except EditError as problem:
            against = ("conflict", f"It no longer applies after another adoption: {problem}")
        except BudgetEnded as problem:
            ended = str(problem)
            against = ("budget", ended)
        if against:
            outcomes[name] = rejected(name, against[0], against[1], outcome.effect)
            continue
        text = together
        standing.append((name, items))
        outcomes[name] = outcome.model_copy(update={"status": "accepted"})
    combiner = OverlayCombiner(
        engine, text, ledger, round_, {name: list(ids) for name, ids in (overlays or {}).items()}
    )
    for outcome in ordered:
        if outcome.proposal in outcomes:
            continue
        try:
            outcomes[outcome.proposal] = (
                rejected(outcome.proposal, "budget", ended) if ended else await combiner.take(outcome)
            )
        except BudgetEnded as problem:
            ended = str(problem)
            outcomes[outcome.proposal] = rejected(outcome.proposal, "budget", ended)
    return StageResult(
        outcomes=tuple(outcomes[each.proposal] for each in passed),
        ledger=closed(ledger, outcomes.values()),
        trials=(*trials, *combiner.trials),
        text=text,
        budget_ended=ended,
    )


def _weight(outcome: Outcome) -> float:
    return outcome.effect.mean * outcome.effect.items if outcome.effect else 0.0
