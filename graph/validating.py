"""What people's justifications say to a proposal: classified by the validator, weighed one person once."""

from collections.abc import Mapping, Sequence

from ..agents.records import Verdict
from ..agents.validator import Justification, Validation, one_each
from ..agreement.support import SupportShare, weigh
from ..errors import BudgetEnded
from ..models.records import Where
from ..spec import Proposal, Spec
from ..trials.outcomes import Outcome, Reason
from .context import RunContext
from .records import SupportRecord


async def judged(
    context: RunContext, proposal: Proposal, spec: Spec, asked: Sequence[Justification], where: Where
) -> Validation:
    """The validator's verdicts on these justifications. Raises BudgetEnded."""
    return await context.validator.judge(
        proposal, asked, where, spec=spec, conversations=context.conversations,
        second_order_share=context.options.second_order_share,
    )  # fmt: skip


def weighed(context: RunContext, verdicts: Sequence[Verdict]) -> SupportShare:
    """Support among the people who take a side, with its interval and the outcome; one stance a person.

    Labels, from a reviewer or a participant asked directly, correct the share where there are any.
    """
    model = [verdict for verdict in verdicts if not _is_label(verdict)]
    labels = one_each([verdict for verdict in verdicts if _is_label(verdict)])
    stances = one_each(model)
    participants = context.inputs.panel.participants
    demographics: Mapping[str, Mapping[str, str]] = {
        person: participants[person].demographics for person in stances
    }
    return weigh(stances, demographics, labels=labels or None)


def _is_label(verdict: Verdict) -> bool:
    return verdict.source == "participant" or verdict.source.startswith("reviewer:")


async def validated(context: RunContext, current: str, outcome: Outcome, round_: int) -> Outcome:
    """The outcome of a trial after people's justifications were asked: as it was, or rejected with the reason."""
    proposal, spec = context.records.proposals.get(outcome.proposal), context.texts.spec(current)
    tested = context.records.trials.find(proposal=proposal.id, stage="trial")
    touched = tested[-1].planned if tested else proposal.conversations
    asked = context.justifications.pick(proposal, sorted(touched), context.options.justifications)
    where = Where(round=round_, node="validate", subject=proposal.id)
    try:
        found = await judged(context, proposal, spec, asked, where)
    except BudgetEnded as ended:
        return _against(outcome, "budget", str(ended))
    context.records.verdicts.add(found.verdicts)
    support = weighed(context, context.records.verdicts.find(proposal=proposal.id))
    context.records.support.put(
        SupportRecord(
            proposal=proposal.id,
            round=round_,
            support=support,
            asked=len(asked),
            void=len(found.void),
            consistency=found.consistency,
        )
    )
    if support.outcome == "refuted":
        return _against(
            outcome, "refuted", f"{support.refute} people speak against it, {support.support} for it."
        )
    if support.outcome == "silent" and not context.options.adopt_silent:
        note = f"{support.support} people speak for it, {support.refute} against it: too few, or too divided."
        return _against(outcome, "silent", note)
    return outcome


def _against(outcome: Outcome, reason: Reason, note: str) -> Outcome:
    return outcome.model_copy(update={"status": "rejected", "reason": reason, "note": note})
