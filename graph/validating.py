"""What people's justifications say to a proposal: classified by the validator, weighed one person once."""

from collections.abc import Sequence

from ..agents.records import Verdict
from ..agents.validator import Justification, Validation, one_each
from ..agreement.bridging import bridge
from ..agreement.support import Support, SupportShare
from ..errors import BudgetEnded
from ..models.records import Where
from ..spec import Proposal, Spec
from ..trials.outcomes import Outcome, Reason
from .context import RunContext
from .records import SupportRecord
from .voting import weighed_verdicts


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
    participants = context.inputs.panel.participants
    return weighed_verdicts(verdicts, {name: each.demographics for name, each in participants.items()})


async def voiced(context: RunContext, current: str, id_: str, round_: int) -> SupportRecord:
    """What people's justifications say to a proposal, written down. Raises BudgetEnded.

    Asked are all justifications on the conversations that it bears on (on those of its trial, where it came from a
    fold), up to a bound; and a few on others, drawn by seed and counted apart: there silence is expected, and who takes
    a side shows a theme that was missed.
    """
    proposal, spec = context.records.proposals.get(id_), context.texts.spec(current)
    touched = await _touched(context, proposal, spec, round_)
    rest = sorted(set(context.folds.items) - set(touched))
    asked = context.justifications.pick(proposal, sorted(touched), context.options.justifications)
    elsewhere = context.justifications.pick(proposal, rest, context.options.elsewhere)
    where = Where(round=round_, node="validate", subject=id_)
    found = await judged(context, proposal, spec, [*asked, *elsewhere], where)
    context.records.verdicts.add(found.verdicts)
    here, there = ({item.assessment for item in items} for items in (asked, elsewhere))
    verdicts = context.records.verdicts.find(proposal=id_)
    record = SupportRecord(
        proposal=id_,
        round=round_,
        support=weighed(
            context, [each for each in verdicts if each.assessment in here or each.by_participant]
        ),
        asked=len(asked),
        elsewhere=Support.of(one_each(each for each in verdicts if each.assessment in there).values()),
        apart=tuple(sorted(there)),
        unanswered=len(found.unanswered),
        void=len(found.void),
        consistency=found.consistency,
    )
    context.records.support.put(record)
    return record


async def _touched(context: RunContext, proposal: Proposal, spec: Spec, round_: int) -> Sequence[str]:
    tested = context.records.trials.find(proposal=proposal.id, stage="trial")
    if tested:
        return tested[-1].planned
    drafts = context.drafts(round_)
    current = context.texts.keep(spec)
    return await drafts.affected(
        proposal.id, current, drafts.combine(current, proposal.id), context.folds.items, node="validate"
    )


async def validated(context: RunContext, current: str, outcome: Outcome, round_: int) -> Outcome:
    """The outcome of a trial after people's justifications were asked: as it was, or rejected with the reason."""
    try:
        support = (await voiced(context, current, outcome.proposal, round_)).support
    except BudgetEnded as ended:
        return _against(outcome, "budget", str(ended))
    if support.outcome == "refuted":
        return _against(
            outcome, "refuted", f"{support.refute} people speak against it, {support.support} for it."
        )
    if support.outcome == "silent" and not context.options.adopt_silent:
        note = f"{support.support} people speak for it, {support.refute} against it: too few, or too divided."
        return _against(outcome, "silent", note)
    if context.options.bridge:
        bridged = bridge(support, context.options.bridge)
        if not bridged.holds:
            return _against(outcome, "not_bridged", bridged.told)
    return outcome


def _against(outcome: Outcome, reason: Reason, note: str) -> Outcome:
    return outcome.model_copy(update={"status": "rejected", "reason": reason, "note": note})
