"""The support pre-check: whether people in the conversations behind a proposal ask for it."""

from collections.abc import Sequence

from ..models.records import Where
from ..spec import apply, changed_sections
from ..trials.engine import Asked
from .context import RunContext
from .validating import judged

LEAST = 6
"""Justifications that the check needs before it may drop a proposal."""
WANTED = 0.08
"""Supporters less opponents, as a share of those asked, that a proposal needs: a validator that takes silent people for
supporters now and then comes to about half of that."""


async def asked_for(
    context: RunContext, current: str, proposal: str, items: Sequence[str], round_: int, group: str = ""
) -> Asked:
    """What a few people say to a change, and the sentence that drops it where too few of them ask for it.

    `items`: the conversations of the proposal's own fold. Looked at are those of the sections it edits, and
    those it came from. `group`: whose people are asked, where it was written for one. Raises BudgetEnded.
    """
    found, spec = context.records.proposals.get(proposal), context.texts.spec(current)
    edited = [id_ for id_ in changed_sections(spec, apply(spec, found.edits)) if id_ in spec]
    near = [
        name for name in items if name in found.conversations or context.scope.in_scope(spec, edited, name)
    ]
    heard = context.group(group).justifications if group else context.justifications
    asked = heard.pick(found, near, context.options.justifications_a_call)
    if len(asked) < LEAST:
        return Asked()
    where = Where(round=round_, node="screen", subject=proposal)
    verdicts = (await judged(context, found, spec, asked, where)).verdicts
    if len(verdicts) < LEAST:
        return Asked()
    support = sum(verdict.stance in ("support", "mixed") for verdict in verdicts)
    refute = sum(verdict.stance == "refute" for verdict in verdicts)
    share = (support - refute) / len(verdicts)
    if share >= WANTED:
        return Asked(share=share)
    told = f"{support} of {len(verdicts)} people" if support else f"None of {len(verdicts)} people"
    against = f", {refute} speak against it" if refute else ""
    return Asked(share=share, against=f"{told} on the conversations that it came from ask for it{against}.")
