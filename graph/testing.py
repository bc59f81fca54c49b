"""screen and trial: proposals against the people's data, through the rules of evidence in `trials`."""

from collections.abc import Sequence

from ..models.records import Where
from ..spec import Proposal, Spec, apply, changed_sections
from ..trials.chances import DRAWS
from ..trials.racing import Candidate, ScreenRule, race
from ..trials.records import Trial
from ..trials.rules import rule
from ..trials.trial import run_trial
from .bench import MEASURE
from .workshop import Workshop

HEARD = 6
"""Justifications that a hearing needs before it may drop a proposal."""


async def screen(shop: Workshop, current: Spec, proposals: Sequence[Proposal], round: int) -> list[Trial]:
    """Screens on training conversations, of every proposal. Raises BudgetEnded.

    What nobody asks for is dropped after one call of the validator; the rest race.
    """
    unheard = [found for proposal in proposals if (found := await _hearing(shop, current, proposal, round))]
    dropped = {trial.proposal for trial in unheard}
    candidates: list[Candidate] = []
    for proposal in proposals:
        if proposal.id in dropped:
            continue
        candidate = apply(current, proposal.edits)
        where = Where(round=round, node="screen", subject=proposal.id)
        touched = await shop.touch.touched(proposal, current, candidate, shop.training, where)
        candidates.append(
            Candidate(proposal=proposal.id, candidate=shop.bench.keep(candidate), planned=tuple(touched))
        )
    most = shop.options.screen_conversations
    race_on = shop.options.racing
    return unheard + await race(
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


async def _hearing(shop: Workshop, current: Spec, proposal: Proposal, round: int) -> Trial | None:
    """A failed screen where none of a few people's justifications asks for the change; else None.

    Justifications come from training conversations of the sections it edits, and from those it came from.
    """
    if not (shop.options.hearing and shop.options.validating):
        return None
    candidate = apply(current, proposal.edits)
    edited = [id for id in changed_sections(current, candidate) if id in current]
    ids = [c for c in shop.training if c in proposal.conversations or shop.touch.governed(current, edited, c)]
    heard = shop.voices.pick(proposal, ids, shop.options.voices_a_call)
    if len(heard) < HEARD:
        return None
    where = Where(round=round, node="screen", subject=proposal.id)
    verdicts = await shop.validator.judge(proposal, heard, where)
    if len(verdicts) < HEARD or any(verdict.stance == "support" for verdict in verdicts):
        return None
    return Trial(
        proposal=proposal.id,
        round=round,
        stage="screen",
        base=current.digest,
        candidate=shop.bench.keep(candidate),
        rule="hearing",
        alpha=0.0,
        planned=(),
        differences=(),
        looks=(),
        outcome="futile",
        reason=f"None of {len(verdicts)} people on training conversations asks for it.",
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
    draws = DRAWS if again else 1
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
        max_conversations=shop.options.trial_conversations * draws,
        repeats=draws,
    )


def forced_sections(current: Spec, candidate: Spec) -> list[str]:
    """Sections that an outside sample puts into every prompt, to see harm that relevance grades missed."""
    return list(changed_sections(current, candidate))
