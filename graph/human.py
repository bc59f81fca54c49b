"""A person's proposals, tested: trial, people's words, parts, kind and authority. No step of the loop is repeated here.

They go through the acceptance engine and the validator as the loop's own do, and are written to the same records.
What they cost is taken from the ledger that is handed in.
"""

import asyncio
from collections.abc import Sequence
from typing import get_args

from ..agents.records import Verdict
from ..agreement.bridging import bridge, refuting_groups
from ..errors import BudgetEnded, OptionError
from ..models.records import Where
from ..prompts.cut import cut
from ..spec import Kind, Proposal, Spec
from ..spec.proposal_file import Written
from ..trials.outcomes import Candidate, EvidenceLedger, Outcome, StageResult
from ..trials.records import Trial
from .changes import signature
from .conflicts import keep_conflicts
from .context import RunContext
from .deciding import needed, protected
from .docket import BY_REVIEWER, Docket, after, changed, proposed, standing
from .groups import Overlays
from .human_records import Moved, ProposalReport, ProposalResult, Quoted
from .kinds import classified
from .labelling import Label, as_verdicts
from .measuring import measure_text
from .part_effects import part_effects
from .records import KindRecord, SupportRecord
from .staging import keep_outcomes, ledger_of
from .state import State, Update
from .validating import validated, voiced

QUOTED = 5
"""Justifications quoted on each side."""
WORDS = 600
"""Characters of one of them."""
MOVED = 8
"""Conversations named on each side."""


async def try_proposals(
    context: RunContext,
    state: State,
    written: Sequence[Written],
    *,
    labels: Sequence[Label] = (),
    validate_only: bool = False,
) -> tuple[ProposalResult, Update]:
    """Test proposals against the state's current text, and what that changes of the state.

    With `validate_only` nothing is ranked under their texts: people's words alone are asked, and neither the docket
    nor the ledger changes. `labels` are a person's own stances on some justifications: they tell how the validator errs.
    Raises OptionError for a proposal that is on the docket already, or that names a conversation which isn't there, for
    a label on something else, and BudgetEnded where the budget ends before anything was tested.
    """
    current, round_ = state["current"], max(1, state["round"])
    spec = context.texts.spec(current)
    _check(context, state, written)
    # The id hangs on the kind, which may be open still: what can't be right is told before anything is asked.
    ids = [each.proposal(spec, kind).id for each in written for kind in get_args(Kind)]
    stated = as_verdicts(labels, context.justifications.writers, ids)
    drafts = [each.proposal(spec) for each in written]
    where = Where(round=round_, node="consolidate")
    kinds = await classified(context, spec, drafts, where, [each.kind for each in written])
    proposals = [each.proposal(spec, kind.found) for each, kind in zip(written, kinds, strict=True)]
    kinds = [
        kind.model_copy(update={"proposal": each.id}) for kind, each in zip(kinds, proposals, strict=True)
    ]
    context.records.proposals.add(proposals)
    context.records.verdicts.add(stated)
    for kind in kinds:
        context.records.kinds.put(kind)
    await _ready(context, current, round_)
    ledger = ledger_of(state)
    ids = [each.id for each in proposals]
    if validate_only:
        outcomes = [Outcome(proposal=id_, status="queued") for id_ in ids]
        result = StageResult(outcomes=tuple(outcomes), ledger=ledger, text=current)
    else:
        result = await _tested(context, current, ids, ledger, round_, state.get("overlays"))
    ended = result.budget_ended or await _ask_the_rest(context, current, ids, round_)
    reports = []
    for proposal, kind, outcome in zip(proposals, kinds, result.outcomes, strict=True):
        report = _report(context, spec, proposal, kind, outcome, round_)
        try:
            found = (
                ()
                if validate_only or ended
                else await part_effects(context, current, proposal, report.trial, round_)
            )
        except BudgetEnded as problem:
            ended, found = str(problem), ()
        reports.append(report.model_copy(update={"parts": found}))
    found_all = ProposalResult(
        base=current,
        round=round_,
        reports=tuple(reports),
        alpha_left=result.ledger.alpha.alpha - result.ledger.alpha.spent,
        trials_left=context.policies.acceptance.max_trials - result.ledger.made,
        budget_ended=ended,
        block=context.options.block,
        notice=context.inputs.panel.notice,
    )
    if validate_only:
        return found_all, {}
    docket: Docket = {**state["docket"], **{id_: proposed(None, id_, round_) for id_ in ids}}
    docket = after(docket, result.outcomes, round_, passed="passed")
    for id_ in standing({id_: docket[id_] for id_ in ids}, "accepted"):
        docket = changed(docket, id_, round_, "accepted", BY_REVIEWER)
    update: Update = {
        "round": round_,
        "docket": docket,
        "ledger": result.ledger.model_dump(mode="json"),
    }
    return found_all, update


def _check(context: RunContext, state: State, written: Sequence[Written]) -> None:
    known = {
        signature(context.records.proposals.get(id_)): (id_, entry["status"])
        for id_, entry in state["docket"].items()
        if entry["reason"] not in ("anchor", "empty")
    }
    spec = context.texts.spec(state["current"])
    for each in written:
        strange = [name for name in each.conversations if name not in context.inputs.panel.conversations]
        if strange:
            raise OptionError(
                f"{each.name} names the conversation {strange[0]!r}, which the data doesn't have"
            )
        if there := known.get(signature(each.proposal(spec))):
            raise OptionError(
                f"{each.name} is on the docket already: {there[0]} makes the same change and is {there[1]}"
            )


async def _ready(context: RunContext, current: str, round_: int) -> None:
    """Relevance and the measure pass of the text that is tested on, where the run hasn't got them."""
    await context.scope.grade_all(context.inputs.spec, Where(round=round_, node="measure"))
    if not context.records.measures.find(text=current):
        context.records.measures.put(await measure_text(context, current, round_))


async def _tested(
    context: RunContext, current: str, ids: Sequence[str], ledger: EvidenceLedger, round_: int,
    overlays: Overlays | None,
) -> StageResult:  # fmt: skip
    spec = context.texts.spec(current)

    async def gate(passed: Sequence[Outcome]) -> Sequence[Outcome]:
        found, _ = await asyncio.gather(
            asyncio.gather(*(validated(context, current, each, round_) for each in passed)),
            keep_conflicts(context, current, [each.proposal for each in passed], round_),
        )
        return [_by_authority(context, spec, each) for each in found]

    engine = context.engine(round_, "trial")
    result = await engine.test(
        current, [Candidate(proposal=id_) for id_ in ids], ledger, round_=round_, gate=gate, overlays=overlays
    )
    context.records.trials.add(result.trials)
    keep_outcomes(context, round_, "decide", result.outcomes)
    return result


def _by_authority(context: RunContext, spec: Spec, outcome: Outcome) -> Outcome:
    """What needs a person keeps its standing: it is a person's, and a person adopts it. Proven evidence is asked for."""
    proposal = context.records.proposals.get(outcome.proposal)
    if needed(context, spec, proposal) != "proven":
        return outcome
    return protected(context, spec, outcome)


async def _ask_the_rest(context: RunContext, current: str, ids: Sequence[str], round_: int) -> str:
    """People's words on what didn't come to the gate; the sentence that says so where the budget ended."""
    missing = [id_ for id_ in ids if not context.records.support.find(proposal=id_, round=round_)]
    try:
        await asyncio.gather(*(voiced(context, current, id_, round_) for id_ in missing))
    except BudgetEnded as ended:
        return str(ended)
    return ""


def _report(
    context: RunContext, spec: Spec, proposal: Proposal, kind: KindRecord, outcome: Outcome, round_: int
) -> ProposalReport:
    trials = context.records.trials.find(proposal=proposal.id)
    supports = context.records.support.find(proposal=proposal.id, round=round_)
    support: SupportRecord | None = supports[-1] if supports else None
    verdicts = [v for v in context.records.verdicts.find(proposal=proposal.id) if not v.is_label]
    far = set(support.elsewhere_asked) if support else set()
    near = [each for each in verdicts if each.assessment not in far]
    refuting: dict[str, tuple[object, ...]] = {}
    for attribute, group in refuting_groups(support.support) if support else ():
        refuting[attribute] = (*refuting.get(attribute, ()), group)
    attribute = context.options.bridge
    tested = next((trial for trial in reversed(trials) if trial.stage == "trial"), None)
    better, worse = _moved(tested)
    return ProposalReport(
        proposal=proposal,
        outcome=outcome,
        kind=kind,
        needs=needed(context, spec, proposal),
        support=support.support if support else None,
        asked=support.asked if support else 0,
        unanswered=support.unanswered if support else 0,
        elsewhere=support.elsewhere if support else None,
        consistency=support.consistency if support else None,
        bridge=bridge(support.support, attribute) if support and attribute else None,
        refuting=refuting,
        elsewhere_words=clearest(context, [v for v in verdicts if v.assessment in far], "support", "refute"),
        to_label=support.to_label if support else (),
        supporting_words=clearest(context, near, "support"),
        refuting_words=clearest(context, near, "refute"),
        conflicts=found[-1] if (found := context.records.conflicts.find(proposal=proposal.id)) else None,
        trials=tuple(trials),
        better=better,
        worse=worse,
    )


def _moved(trial: Trial | None) -> tuple[tuple[Moved, ...], tuple[Moved, ...]]:
    if trial is None:
        return (), ()
    found = [
        Moved(conversation=name, difference=value)
        for name, value in zip(trial.planned, trial.differences, strict=False)
        if value
    ]
    better = sorted((each for each in found if each.difference > 0), key=lambda each: -each.difference)
    worse = sorted((each for each in found if each.difference < 0), key=lambda each: each.difference)
    return tuple(better[:MOVED]), tuple(worse[:MOVED])


def clearest(
    context: RunContext, verdicts: Sequence[Verdict], *stances: str, most: int = QUOTED
) -> tuple[Quoted, ...]:
    """The justifications of one side that say most: what is asked for before what is mentioned,
    one a person, and of equal texts the first."""
    said = {item.assessment: item for name in context.folds.items for item in context.justifications.on(name)}
    found: dict[str, Quoted] = {}
    told: set[str] = set()
    sided = [each for each in verdicts if each.stance in stances and each.assessment in said]
    for each in sorted(sided, key=lambda each: (each.strength != "asks", -len(each.quote), each.assessment)):
        words = " ".join(said[each.assessment].text.casefold().split())
        if words in told:
            continue
        told.add(words)
        found.setdefault(
            each.participant,
            Quoted(
                assessment=each.assessment,
                participant=each.participant,
                conversation=said[each.assessment].conversation,
                stance=each.stance,
                strength=each.strength,
                quote=each.quote,
                text=cut(said[each.assessment].text, WORDS),
                reason=each.reason,
            ),
        )
    return tuple(list(found.values())[:most])
