"""What the authority of a section asks for before an edit of it is adopted."""

from ..spec import Spec
from ..trials.outcomes import Outcome
from .context import RunContext


def protected(context: RunContext, spec: Spec, outcome: Outcome) -> Outcome:
    """The outcome, rejected as protected where the section's authority asks for more than the edit has.

    What needs a person is left to the reviewer where one is asked (`approve`).
    """
    if outcome.status != "passed":
        return outcome
    proposal = context.records.proposals.get(outcome.proposal)
    needs = context.policies.authority.needs(spec, proposal)
    if needs == "a person" and not context.options.approve:
        note = "The section's authority: the loop proposes such a change, and a person adopts it."
    elif needs == "proven" and outcome.label != "proven":
        note = "The section's authority asks for proven evidence; the edit is likely."
    else:
        return outcome
    return outcome.model_copy(update={"status": "rejected", "reason": "protected", "note": note})
