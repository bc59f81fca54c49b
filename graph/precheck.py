"""The support pre-check: whether anybody in the conversations behind a proposal asks for it."""

from collections.abc import Sequence

from ..models.records import Where
from ..spec import apply, changed_sections
from .context import RunContext
from .validating import judged

LEAST = 6
"""Justifications that the check needs before it may drop a proposal."""


async def nobody_asks(
    context: RunContext, current: str, proposal: str, items: Sequence[str], round_: int, group: str = ""
) -> str | None:
    """A sentence where none of a few people asks for the change; None: somebody does, or too few wrote.

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
        return None
    where = Where(round=round_, node="screen", subject=proposal)
    verdicts = (await judged(context, found, spec, asked, where)).verdicts
    if len(verdicts) < LEAST or any(verdict.stance in ("support", "mixed") for verdict in verdicts):
        return None
    return f"None of {len(verdicts)} people on the conversations that it came from asks for it."
