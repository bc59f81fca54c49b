"""Where a change that passed its trial contradicts the rest of the spec: asked before anybody decides on it."""

import asyncio
from collections.abc import Sequence

from ..agents.answer_key import Comparison, comparisons, question
from ..agents.conflict import Compared, ConflictFinder
from ..errors import BudgetEnded, EditError
from ..models.records import Where
from ..spec import Proposal, Spec, apply, changed_sections, without_examples
from .conflict_records import ConflictRecord, TurnedExample
from .context import RunContext
from .passages import certain, passages

MOST_KEYED = 4
"""Comparisons of a GOOD and a BAD example that the ranker is asked about for one proposal, before and after."""


async def keep_conflicts(context: RunContext, current: str, ids: Sequence[str], round_: int) -> None:
    """Look at each of these proposals, side by side. The budget's end leaves the rest open, and nothing hangs on it."""
    await asyncio.gather(*(_kept(context, current, id_, round_) for id_ in ids))


async def _kept(context: RunContext, current: str, id_: str, round_: int) -> None:
    most = context.options.conflicts
    if not most or context.records.conflicts.find(proposal=id_, text=current):
        return
    proposal, spec = context.records.proposals.get(id_), context.texts.spec(current)
    try:
        context.records.conflicts.put(await conflicts_of(context, spec, proposal, round_, most))
    except (BudgetEnded, EditError):
        return


async def conflicts_of(
    context: RunContext, spec: Spec, proposal: Proposal, round_: int, most: int
) -> ConflictRecord:
    """What the change contradicts in `spec` with it. Raises EditError where it doesn't apply, and BudgetEnded."""
    after = apply(spec, proposal.edits)
    where = Where(round=round_, node="validate", subject=proposal.id)
    asked, left = passages(spec, after, most)
    finder = ConflictFinder(context.inputs.callers["validator"])
    compared: list[Compared]
    compared, turned = await asyncio.gather(
        finder.compare(spec, proposal, asked, where), _turned(context, spec, after, where)
    )
    return ConflictRecord(
        proposal=proposal.id,
        round=round_,
        text=spec.digest,
        pairs=tuple(compared),
        turned=tuple(turned),
        certain=certain(spec, after),
        left_out=left,
    )


async def _turned(context: RunContext, spec: Spec, after: Spec, where: Where) -> list[TurnedExample]:
    """Examples of the changed sections whose GOOD response the ranker, with the new rule in view, places below its BAD."""
    changed = set(changed_sections(spec, after))
    keyed = [each for each in comparisons(after) if each.section in changed][:MOST_KEYED]
    if not keyed:
        return []
    texts = [Spec.parse(without_examples(text.text)) for text in (spec, after)]
    asked = [
        question(each, text if each.section in text else None, "answer-key")
        for text in texts
        for each in keyed
    ]
    ranked = await context.evaluator.ranker.rank(asked, where)
    found: list[TurnedExample] = []
    for each, before, now in zip(keyed, ranked[: len(keyed)], ranked[len(keyed) :], strict=True):
        for pair, old, new in zip(each.pairs, each.scores(before), each.scores(now), strict=True):
            if new == 0.0:
                found.append(_example(each, pair, old, now.call if now else ""))
    return found


def _example(comparison: Comparison, pair: tuple[str, str], before: float | None, call: str) -> TurnedExample:
    texts = {response.label: response.text for response in comparison.conversation.responses}
    good, bad = pair
    return TurnedExample(
        section=comparison.section, good=texts[good], bad=texts[bad], below_before=before == 0.0, call=call
    )
