"""A person's own edit, put to the test: does it bring rankings nearer to the people, and do they ask for it?"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..agents.records import Verdict
from ..agreement.support import SupportShare
from ..errors import BudgetEnded
from ..graph.context import RunContext, RunInputs, with_options
from ..graph.measuring import measure_text
from ..graph.progress import Meter
from ..graph.validating import validated
from ..models.records import Where
from ..panel.records import Panel
from ..records import Record
from ..review.fragments import grid, heading, paragraph
from ..review.printing import count
from ..spec import Edit, Kind, Proposal, Redline, Spec, apply
from ..trials.acceptance import first_ledger
from ..trials.outcomes import Candidate, Outcome
from ..trials.records import Trial
from .config import TRYING
from .progress import Callback, Tracker
from .session import open_run
from .settings import configured
from .source import Source


class Tried(Record):
    """What became of one edit."""

    proposal: Proposal
    outcome: Outcome
    """accepted with its label (proven, likely) and effect; or what stood in the way, with its reason."""
    trials: tuple[Trial, ...]
    """The trial, and the search for harm outside what it touches where the trial bore it out."""
    verdicts: tuple[Verdict, ...]
    support: SupportShare | None
    """What the people's own words say: support, refute, silent (people, not texts), shares with intervals."""
    redline: Redline

    @property
    def holds(self) -> bool:
        """Whether it would be adopted: the trial bore it out, people ask for it, and it does no harm elsewhere."""
        return self.outcome.status == "accepted"

    def _repr_html_(self) -> str:
        voice = self.support
        sides = [(name, getattr(voice, name)) for name in ("support", "refute", "silent")] if voice else []
        return "".join(
            (
                heading(f"{self.proposal.intent}: {'holds' if self.holds else 'does not hold'}"),
                *(paragraph(trial.reason) for trial in self.trials),
                paragraph(self.outcome.note),
                grid(("people's words", "people"), sides) if sides else "",
                self.redline._repr_html_(),
            )
        )


async def try_edit(
    spec: Spec | Path | str,
    edit: Edit | Proposal | Sequence[Edit],
    panel: Panel | Path | str,
    *,
    model: str | None = None,
    intent: str = "",
    kind: Kind = "clarification",
    progress: Callback | None = None,
    **settings: Any,
) -> Tried:
    """Put one edit (or several as one proposal) to the test, without a screen: one trial, the people's words, and
    a search for harm elsewhere.

    `intent` says in a sentence what it is for; the validator judges people's words against it. The test split
    stays shut, nothing is adopted, and nothing but the call cache is written. `settings` as for `revise`; the
    one trial may spend all of `alpha`. Raises EditError for an edit that doesn't apply, InputError, BudgetEnded, and
    CallFailed.
    """
    source = Source.read(spec, panel)
    proposal = _proposal(edit, intent, kind)
    apply(source.spec, proposal.edits)
    config = configured(spec, panel, model=model, settings=settings, roles=TRYING)
    session = open_run(source, config, tracker=Tracker(progress), keep=False)
    try:
        return await evidence(session.inputs, proposal, session.tracker)
    finally:
        await session.close_models()
        session.close()


async def evidence(inputs: RunInputs, proposal: Proposal, meter: Meter | None = None) -> Tried:
    """What the acceptance engine and the people's words say to one proposal, with the whole error budget."""
    context = RunContext.of(with_options(inputs, max_trials=1), meter=meter)
    spec, records = inputs.spec, context.records
    records.proposals.add([proposal])
    context.meter.begins(1, "measure")
    await context.scope.grade_all(spec, Where(round=1, node="measure"))
    records.measures.put(await measure_text(context, spec.digest, 1))
    context.meter.begins(1, "trial")
    engine = context.engine(1, "trial")
    ledger = first_ledger(context.policies.acceptance)
    tested = await engine.trial(spec.digest, [Candidate(proposal=proposal.id)], ledger, round_=1)
    records.trials.add(tested.trials)
    outcome, trials = tested.outcomes[0], list(tested.trials)
    if tested.budget_ended:
        raise BudgetEnded(tested.budget_ended)
    context.meter.begins(1, "validate")
    judged = await validated(context, spec.digest, outcome, 1)
    support = records.support.find(proposal=proposal.id)
    if judged.status == "passed":
        context.meter.begins(1, "decide")
        beside = await context.engine(1, "decide").combine(spec.digest, [judged], tested.ledger, round_=1)
        judged, trials = beside.outcomes[0], [*trials, *beside.trials]
    elif outcome.status != "passed":
        judged = outcome
    return Tried(
        proposal=proposal,
        outcome=judged,
        trials=tuple(trials),
        verdicts=tuple(records.verdicts.find(proposal=proposal.id)),
        support=support[-1].support if support else None,
        redline=Redline.of(spec, apply(spec, proposal.edits)),
    )


def _proposal(edit: Edit | Proposal | Sequence[Edit], intent: str, kind: Kind) -> Proposal:
    if isinstance(edit, Proposal):
        return edit
    edits = (edit,) if isinstance(edit, Edit) else tuple(edit)
    told = (
        intent or f"{count(len(edits), 'edit')} of {', '.join(dict.fromkeys(one.section for one in edits))}"
    )
    return Proposal(edits=edits, intent=told, kind=kind, origin="human")
