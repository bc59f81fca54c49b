"""The support pre-check: whether people in the conversations behind a proposal ask for it."""

from collections.abc import Sequence
from math import sqrt

from ..agents.records import Verdict
from ..models.records import Where
from ..spec import apply, changed_sections
from ..trials.engine import Asked
from .context import RunContext
from .validating import judged

LEAST = 6
"""Justifications that the check needs before it may drop a proposal."""
WANTED = 0.04
"""Supporters less opponents, as a share of those asked, that a proposal needs. In `concord eval worlds` 0.89 of the edits that
bring most have as much, and 0.46 of those that bring nothing; from 0.04 to 0.085 it tells the two no better than a coin."""
SURE = 1.5
"""Standard errors from `WANTED` at which nobody further is asked."""


async def asked_for(
    context: RunContext, current: str, proposal: str, items: Sequence[str], round_: int, group: str = ""
) -> Asked:
    """What people say to a change, and the sentence that drops it where too few of them ask for it.

    `items`: the conversations of the proposal's own fold. Looked at are those of the sections it edits, and
    those it came from; a call's worth of people at a time, until it is clear or `precheck_justifications` were read. It may
    stop where it likes: nothing is promised here. `group`: whose people are asked, where it was written for one.
    Raises BudgetEnded.
    """
    options = context.options
    found, spec = context.records.proposals.get(proposal), context.texts.spec(current)
    edited = [id_ for id_ in changed_sections(spec, apply(spec, found.edits)) if id_ in spec]
    near = [
        name for name in items if name in found.conversations or context.scope.in_scope(spec, edited, name)
    ]
    heard = context.group(group).justifications if group else context.justifications
    asked = heard.pick(found, near, options.precheck_justifications)
    if len(asked) < LEAST:
        return Asked()
    where = Where(round=round_, node="screen", subject=proposal)
    verdicts: list[Verdict] = []
    for start in range(0, len(asked), options.justifications_a_call):
        some = asked[start : start + options.justifications_a_call]
        verdicts += (await judged(context, found, spec, some, where, twice=0.0)).verdicts
        if len(verdicts) >= LEAST and abs(share_of(verdicts) - WANTED) >= SURE * _error(verdicts):
            break
    if len(verdicts) < LEAST:
        return Asked()
    share = share_of(verdicts)
    if share >= WANTED:
        return Asked(share=share)
    support, refute = _sides(verdicts)
    told = f"{support} of {len(verdicts)} people" if support else f"None of {len(verdicts)} people"
    against = f", {refute} speak against it" if refute else ""
    return Asked(share=share, against=f"{told} on the conversations that it came from ask for it{against}.")


def share_of(verdicts: Sequence[Verdict]) -> float:
    """Supporters less opponents as a share of all, -1 to 1."""
    support, refute = _sides(verdicts)
    return (support - refute) / len(verdicts)


def _sides(verdicts: Sequence[Verdict]) -> tuple[int, int]:
    return (
        sum(verdict.stance in ("support", "mixed") for verdict in verdicts),
        sum(verdict.stance == "refute" for verdict in verdicts),
    )


def _error(verdicts: Sequence[Verdict]) -> float:
    """The standard error of `share_of`, two more verdicts taken in, one a side."""
    support, refute = _sides(verdicts)
    n, sides, net = len(verdicts) + 2, support + refute + 2, support - refute
    return sqrt(max(sides / n - (net / n) ** 2, 0.0) / n)
