"""Which kind of change a proposal is, told by an agent that didn't write it, beside the proposer's own claim."""

from collections.abc import Sequence

from ..agents.kind import KindClassifier
from ..models.records import Where
from ..spec import Kind, Proposal, Spec
from .context import RunContext
from .records import KindRecord


async def classified(
    context: RunContext,
    spec: Spec,
    proposals: Sequence[Proposal],
    where: Where,
    claims: Sequence[Kind | None] | None = None,
) -> list[KindRecord]:
    """One record for each, in their order. `claims` in place of the proposals' own kinds: None where it is left open.

    Raises BudgetEnded.
    """
    found = await KindClassifier(context.inputs.callers["validator"]).classify(spec, proposals, where)
    return [
        KindRecord(
            proposal=proposal.id,
            claimed=claim,
            found=told.kind if told else None,
            sentence=told.sentence if told else "",
            reason=told.reason if told else "",
            call=told.call if told else "",
        )
        for proposal, claim, told in zip(
            proposals, claims if claims is not None else [each.kind for each in proposals], found, strict=True
        )
    ]
