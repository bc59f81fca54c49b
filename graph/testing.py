"""screen and trial: proposals against the people's data, through the rules of evidence in `trials`."""

from collections.abc import Sequence

from ..spec import Proposal, Spec, apply, changed_sections
from ..store.records import Trial, Where
from ..trials.ledger import AlphaLedger
from ..trials.racing import Candidate, ScreenRule, race
from ..trials.rules import rule
from ..trials.trial import run_trial
from .workshop import Workshop

NEAR_MEAN = 0.03
NEAR_EVIDENCE = 1.0
"""From which a failed trial is a near miss: a mean difference, and evidence as -log10 of a p-value."""
MEASURE = "measure"
"""The draw of the measure pass: a screen's current arm is read off it, at no cost."""


async def screen(shop: Workshop, current: Spec, proposals: Sequence[Proposal], round: int) -> list[Trial]:
    """Screens on training conversations, in the order of `proposals`. Raises BudgetEnded."""
    candidates: list[Candidate] = []
    for proposal in proposals:
        candidate = apply(current, proposal.edits)
        where = Where(round=round, node="screen", subject=proposal.id)
        touched = await shop.touch.touched(proposal, current, candidate, shop.training, where)
        candidates.append(
            Candidate(proposal=proposal.id, candidate=shop.bench.keep(candidate), planned=tuple(touched))
        )
    most = shop.options.screen_conversations
    race_on = shop.options.racing
    return await race(
        candidates,
        arms=shop.bench.arms(Where(round=round, node="screen")),
        current=current.digest,
        round=round,
        seed=shop.options.seed,
        budget_calls=len(candidates) * (most * 2 // 3 if race_on else most),
        screen=ScreenRule(most=most, block=6, least=6, lose=0.05)
        if race_on
        else ScreenRule(most=most, block=most, least=most),
        draw=MEASURE,
        calls_per_difference=1,
    )


async def trial(
    shop: Workshop, current: Spec, proposal: Proposal, round: int, alpha: float, *, again: bool = False
) -> Trial:
    """The trial of one proposal on the selection conversations it touches. Raises BudgetEnded.

    `again`: after a near miss, on up to twice the conversations and with two draws of each. It is a trial of
    its own with a share of alpha of its own, so the union over a run's trials still holds.
    """
    candidate = apply(current, proposal.edits)
    where = Where(round=round, node="trial", subject=proposal.id)
    touched = await shop.touch.touched(proposal, current, candidate, shop.selection, where)
    return await run_trial(
        proposal=proposal.id,
        round=round,
        current=current.digest,
        candidate=shop.bench.keep(candidate),
        planned=touched,
        arms=shop.bench.arms(where),
        rule=rule(shop.options.rule),
        alpha=alpha,
        seed=shop.options.seed,
        max_conversations=shop.options.trial_conversations * (2 if again else 1),
        repeats=2 if again else 1,
    )


def near_miss(tests: Sequence[Trial]) -> bool:
    """Whether a proposal deserves another trial: its last one failed on the good side.

    `tests`: its trials so far. After the first a mean of `NEAR_MEAN` is enough, for an early stop may have been
    bad luck; after the second the evidence must have come near as well; a third is the last.
    """
    last = tests[-1]
    if last.outcome not in ("ended", "futile") or not last.looks:
        return False
    look = last.looks[-1]
    if len(tests) == 1:
        return look.mean >= NEAR_MEAN
    return len(tests) == 2 and look.mean > 0 and look.statistic >= NEAR_EVIDENCE


def place(proposal: Proposal) -> tuple[tuple[str, str, str], ...]:
    """Where its edits go: proposals of one place are wordings of one change, and can't both be adopted."""
    return tuple(sorted((edit.op, edit.section, edit.anchor or edit.text) for edit in proposal.edits))


def offers(ledger: AlphaLedger, wanted: int) -> list[float]:
    """The alpha for each of the next trials of a round, fixed before the first of them begins."""
    found: list[float] = []
    for _ in range(wanted):
        alpha = ledger.offer()
        if alpha <= 0:
            break
        found.append(alpha)
        ledger = ledger.after(True, False)
    return found


def forced_sections(current: Spec, candidate: Spec) -> list[str]:
    """Sections that an outside sample puts into every prompt, to see harm that relevance grades missed."""
    return list(changed_sections(current, candidate))
