"""What a proposer sees of a conversation."""

from collections.abc import Sequence

from ..agents.proposers import Case
from ..spec import Spec
from .context import RunContext

AGREEING = 0.8
"""Agreement from which a conversation is one where text and people agree."""
MOST_AGREEING = 60


def cases(context: RunContext, spec: Spec, ids: Sequence[str], group: str = "") -> list[Case]:
    """Open conversations with the measure pass's answer; people held in reserve are left out.

    `group`: its people alone are shown.
    """
    ranked = context.evaluator.measured(spec.digest, ids)
    heard = context.group(group).justifications if group else context.justifications
    judgements = heard.judgements
    return [
        Case(
            conversation=context.conversations[name],
            ranked=ranked[name],
            people=tuple(judgements[name]),
            sections=context.scope.grades.relevant(spec, name),
            rubrics=context.rubrics.of.get(name, ()),
        )
        for name in ids
        if name in ranked and judgements.get(name)
    ]


def agreeing(context: RunContext, spec: Spec, round_: int, fold: int) -> list[Case]:
    """Conversations of a fold on which text and people agree well: beside the cases they must keep working."""
    (measured,) = context.records.measures.find(round=round_)
    scores = {name: measured.scores.get(name, 0.0) for name in context.folds.of(fold)}
    well = [name for name, score in scores.items() if score >= AGREEING]
    best = sorted(well, key=lambda name: (-scores[name], name))[:MOST_AGREEING]
    return cases(context, spec, best)


def seen_of(context: RunContext, name: str) -> list[str]:
    """The texts that a proposer saw of a conversation, for the leak guard."""
    conversation = context.conversations[name]
    texts = [m.content for m in conversation.messages] + [r.text for r in conversation.responses]
    texts += [item.criterion for item in context.rubrics.of.get(name, ())]
    return texts + [judgement.rationale for judgement in context.justifications.judgements.get(name, ())]
