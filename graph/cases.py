"""What a proposer sees of a conversation."""

from collections.abc import Sequence

from ..agents.proposers import Case
from ..spec import Spec
from .context import RunContext

PEOPLE = 16
"""People shown of one conversation."""


def cases(context: RunContext, spec: Spec, ids: Sequence[str]) -> list[Case]:
    """Open conversations with the measure pass's answer; people held in reserve are left out."""
    ranked = context.evaluator.measured(spec.digest, ids)
    said = context.justifications.judgements
    return [
        Case(
            conversation=context.open[name],
            ranked=ranked[name],
            people=tuple(said[name][:PEOPLE]),
            sections=context.scope.grades.relevant(spec, name),
        )
        for name in ids
        if name in ranked and said.get(name)
    ]


def seen_of(context: RunContext, name: str) -> list[str]:
    """The texts that a proposer saw of a conversation, for the leak guard."""
    conversation = context.open[name]
    texts = [m.content for m in conversation.messages] + [r.text for r in conversation.responses]
    return texts + [judgement.rationale for judgement in context.justifications.judgements.get(name, ())]
