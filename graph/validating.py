"""What people's justifications say to a proposal: classified by the validator, weighed one person once."""

from collections.abc import Mapping, Sequence

from ..agents.records import Verdict
from ..agents.validator import Justification, Validation, one_each
from ..agreement.bridging import bridge
from ..agreement.stances import Stance
from ..agreement.support import Support, SupportShare, corrected_by, weigh
from ..errors import BudgetEnded
from ..models.records import Where
from ..spec import Proposal, Spec
from ..trials.outcomes import Outcome, Reason
from .context import RunContext
from .labelling import counted_labels, heard, is_label, to_label
from .records import SupportRecord
from .run_records import RunRecords


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

    Labels, from a reviewer or a participant asked directly, correct the share where there are enough and chance chose
    who is labelled (`labelling`). `verdicts`: all on one proposal.
    """
    stances = one_each([verdict for verdict in verdicts if not is_label(verdict)])
    seed = context.options.seed
    labels = counted_labels(seed, verdicts)
    told: dict[str, Stance] = {person: each.stance for person, each in heard(seed, verdicts).items()}
    participants = context.inputs.panel.participants
    demographics: Mapping[str, Mapping[str, str]] = {
        person: participants[person].demographics for person in stances
    }
    return weigh(stances, demographics, labels=labels, heard=told)


async def voiced(context: RunContext, current: str, id_: str, round_: int) -> SupportRecord:
    """What people's justifications say to a proposal, written down. Raises BudgetEnded.

    Asked are all justifications on the conversations that it bears on, and for a proposal of the loop those of its
    trial, up to a bound; and a few on others, drawn by seed and counted apart: there silence is expected, and who takes
    a side shows a theme that was missed.
    """
    proposal, spec = context.records.proposals.get(id_), context.texts.spec(current)
    touched = await _touched(context, proposal, spec, round_)
    rest = sorted(set(context.folds.items) - set(touched))
    asked = context.justifications.pick(
        proposal, sorted(touched), context.options.justifications_for(proposal.origin)
    )
    elsewhere = context.justifications.pick(proposal, rest, context.options.elsewhere)
    where = Where(round=round_, node="validate", subject=id_)
    found = await judged(context, proposal, spec, [*asked, *elsewhere], where)
    context.records.verdicts.add(found.verdicts)
    here, there = ({item.assessment for item in items} for items in (asked, elsewhere))
    verdicts = context.records.verdicts.find(proposal=id_)
    bearing = [each for each in verdicts if each.assessment in here]
    record = SupportRecord(
        proposal=id_,
        round=round_,
        support=weighed(context, bearing),
        to_label=to_label(context.options.seed, bearing),
        asked=len(asked),
        elsewhere=Support.of(one_each(each for each in verdicts if each.assessment in there).values()),
        elsewhere_asked=tuple(sorted(there)),
        unanswered=len(found.unanswered),
        void=len(found.void),
        consistency=found.consistency,
    )
    context.records.support.put(record)
    return record


def reweighed(records: RunRecords, proposal: str, seed: int) -> SupportRecord | None:
    """The last word of people on a proposal, with the labels that there are by now; kept in place of what was there.

    `seed`: the run's, which drew whom to label. None where nobody's words were asked.
    """
    known = records.support.find(proposal=proposal)
    if not known:
        return None
    last = known[-1]
    verdicts = [
        each
        for each in records.verdicts.find(proposal=proposal)
        if each.assessment not in last.elsewhere_asked
    ]
    told: dict[str, Stance] = {person: each.stance for person, each in heard(seed, verdicts).items()}
    found = last.model_copy(
        update={
            "support": corrected_by(last.support, told, counted_labels(seed, verdicts)),
            "to_label": to_label(seed, verdicts),
        }
    )
    records.support.put(found)
    return found


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
