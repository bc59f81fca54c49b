"""screen and trial: proposals against the people's data, through the rules of evidence in `trials`."""

from collections.abc import Sequence

from ..spec import Proposal, Spec, apply, changed_sections
from ..store.records import Trial, Where
from ..trials.ledger import AlphaLedger
from ..trials.racing import Candidate, ScreenRule, race
from ..trials.rules import rule
from ..trials.trial import run_trial
from .workshop import Workshop

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
    """Whether a proposal's last trial used its set up, on the good side and at least half way to the threshold.

    `tests`: its trials so far. Two more chances at the most.
    """
    last = tests[-1]
    if last.outcome != "ended" or not last.looks or len(tests) > 2:
        return False
    look = last.looks[-1]
    return look.mean > 0 and look.statistic >= look.threshold / 2


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
