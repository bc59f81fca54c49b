"""What the authority of a section asks for before an edit of it is adopted."""

from typing import get_args

from ..spec import Proposal, Spec
from ..trials.outcomes import Outcome
from .context import RunContext
from .policies.authority import Needs


def protected(context: RunContext, spec: Spec, outcome: Outcome) -> Outcome:
    """The outcome, rejected as protected where the section's authority asks for more than the edit has.

    What needs a person is left to the reviewer where one is asked (`approve`).
    """
    if outcome.status != "passed":
        return outcome
    proposal = context.records.proposals.get(outcome.proposal)
    needs = needed(context, spec, proposal)
    if needs == "a person" and not context.options.approve:
        note = "The section's authority: the loop proposes such a change, and a person adopts it."
    elif needs == "proven" and outcome.label != "proven":
        note = "The section's authority asks for proven evidence; the edit is likely."
    else:
        return outcome
    return outcome.model_copy(update={"status": "rejected", "reason": "protected", "note": note})


def needed(context: RunContext, spec: Spec, proposal: Proposal) -> Needs:
    """What its authority asks for before adoption, by the stricter of the kinds that it is said to be.

    A proposer that calls a change of principle a clarification gains nothing by it.
    """
    found = [record.found for record in context.records.kinds.find(proposal=proposal.id) if record.found]
    kinds = [proposal, *(proposal.model_copy(update={"kind": kind}) for kind in found)]
    return max((context.policies.authority.needs(spec, each) for each in kinds), key=get_args(Needs).index)
