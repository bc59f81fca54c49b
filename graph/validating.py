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
from .labelling import to_label
from .records import SupportRecord
from .voting import weighed_verdicts


async def judged(
    context: RunContext,
    proposal: Proposal,
    spec: Spec,
    asked: Sequence[Justification],
    where: Where,
    *,
    twice: float | None = None,
) -> Validation:
    """The validator's verdicts on these justifications. Raises BudgetEnded.

    `twice`: the share that is judged again in another order; None: as the options say.
    """
    return await context.validator.judge(
        proposal, asked, where, spec=spec, conversations=context.conversations,
        second_order_share=context.options.second_order_share if twice is None else twice,
    )  # fmt: skip


def weighed(context: RunContext, verdicts: Sequence[Verdict]) -> SupportShare:
    """Support among the people who take a side, with its interval and the outcome; one stance a person.

    Labels, from a reviewer or a participant asked directly, correct the share where there are enough and chance chose
    who is labelled (`labelling`). `verdicts`: all on one proposal.
    """
    participants = context.inputs.panel.participants
    demographics = {name: each.demographics for name, each in participants.items()}
    return weighed_verdicts(verdicts, demographics, seed=context.options.seed)


OTHERS = 3
"""Of a change for some groups, one part of so many is asked of the others besides."""


async def voiced(
    context: RunContext, current: str, id_: str, round_: int, overlays: Sequence[str] = ()
) -> SupportRecord:
    """What people's justifications say to a proposal, written down. Raises BudgetEnded.

    `overlays`: the groups that it is for, whose people decide.

    Asked are all justifications on the conversations that it bears on, and for a proposal of the loop those of its
    trial, up to a bound; and a few on others, drawn by seed and counted apart: there silence is expected, and who takes
    a side shows a theme that was missed.
    """
    proposal, spec = context.records.proposals.get(id_), context.texts.spec(current)
    touched = await _touched(context, proposal, spec, round_)
    rest = sorted(set(context.folds.items) - set(touched))
    asked = _asked(context, proposal, sorted(touched), overlays)
    elsewhere = context.justifications.pick(proposal, rest, context.options.elsewhere)
    where = Where(round=round_, node="validate", subject=id_)
    found = await judged(context, proposal, spec, [*asked, *elsewhere], where)
    context.records.verdicts.add(found.verdicts)
    here, there = ({item.assessment for item in items} for items in (asked, elsewhere))
    verdicts = context.records.verdicts.find(proposal=id_)
    bearing = [each for each in verdicts if each.assessment in here or each.by_participant]
    by_group = {
        group.name: weighed(context, [each for each in bearing if each.participant in group.members])
        for group in context.groups
    }
    deciding = {name for group in overlays for name in context.group(group).members}
    deciders = [each for each in bearing if not deciding or each.participant in deciding]
    record = SupportRecord(
        proposal=id_,
        round=round_,
        support=weighed(context, deciders),
        groups=by_group,
        to_label=to_label(context.options.seed, deciders),
        asked=len(asked),
        elsewhere=Support.of(one_each(each for each in verdicts if each.assessment in there).values()),
        elsewhere_asked=tuple(sorted(there)),
        unanswered=len(found.unanswered),
        void=len(found.void),
        consistency=found.consistency,
    )
    context.records.support.put(record)
    return record


def _asked(
    context: RunContext, proposal: Proposal, touched: Sequence[str], overlays: Sequence[str]
) -> list[Justification]:
    most = context.options.justifications_for(proposal.origin)
    if not overlays:
        return context.justifications.pick(proposal, touched, most)
    asked: dict[str, Justification] = {}
    for name in overlays:
        for item in context.group(name).justifications.pick(proposal, touched, most):
            asked[item.assessment] = item
    for item in context.justifications.pick(proposal, touched, most // OTHERS):
        asked.setdefault(item.assessment, item)
    return list(asked.values())


async def _touched(context: RunContext, proposal: Proposal, spec: Spec, round_: int) -> Sequence[str]:
    tested = context.records.trials.find(proposal=proposal.id, stage="trial")
    if tested and proposal.origin != "human":
        return tested[-1].planned
    drafts = context.drafts(round_)
    current = context.texts.keep(spec)
    return await drafts.affected(
        proposal.id, current, drafts.combine(current, proposal.id), context.folds.items, node="validate"
    )


async def validated(context: RunContext, current: str, outcome: Outcome, round_: int) -> Outcome:
    """The outcome of a trial after people's justifications were asked: as it was, or rejected with the reason."""
    try:
        record = await voiced(context, current, outcome.proposal, round_, outcome.overlays)
    except BudgetEnded as ended:
        return _against(outcome, "budget", str(ended))
    support = record.support
    if outcome.overlays:
        return _by_groups(context, outcome, record)
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
    for name, voice in record.groups.items():
        if voice.outcome == "refuted":
            note = f"In {name} {voice.refute} people speak against it, {voice.support} for it: it is no common ground."
            return _against(outcome, "divided", note)
    return outcome


def _by_groups(context: RunContext, outcome: Outcome, record: SupportRecord) -> Outcome:
    """The groups whose own people speak for the change; without one it is rejected with what they say."""
    kept = tuple(
        name
        for name in outcome.overlays
        if record.groups[name].outcome == "pass"
        or (record.groups[name].outcome == "silent" and context.options.adopt_silent)
    )
    if kept:
        return outcome.model_copy(update={"overlays": kept})
    told = "; ".join(
        f"{name}: {record.groups[name].support} people speak for it, {record.groups[name].refute} against it"
        for name in outcome.overlays
    )
    refuted = any(record.groups[name].outcome == "refuted" for name in outcome.overlays)
    return _against(outcome, "refuted" if refuted else "silent", f"{told}.")


def _against(outcome: Outcome, reason: Reason, note: str) -> Outcome:
    return outcome.model_copy(update={"status": "rejected", "reason": reason, "note": note})
