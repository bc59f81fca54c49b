"""What conversations have in common that could tell one split about another: prompts, and reasons used again."""

from collections import defaultdict
from collections.abc import Iterable

from ..records import Record
from .records import Panel
from .splits import prompt_group

SHORTEST = 20
"""Characters below which equal reasons say nothing ("Best one")."""


class Shared(Record):
    """One thing that several conversations share."""

    text: str
    conversations: tuple[str, ...]
    participants: tuple[str, ...] = ()
    """Of a reason: the people who wrote it."""


class Leaks(Record):
    """What is shared, the most widely shared first. Splits keep conversations with one prompt together."""

    shared_prompts: int
    """Prompts that stand in more than one conversation (case and white space don't count)."""
    conversations_sharing: int
    """Conversations with such a prompt."""
    reused_reasons: int
    """Reasons of 20 characters and more written word for word on more than one conversation."""
    copied_between_people: int
    """Of them, those written by more than one person."""
    prompts: tuple[Shared, ...]
    """The first of them."""
    reasons: tuple[Shared, ...]


def find_leaks(panel: Panel, *, examples: int = 3) -> Leaks:
    """Look for what is shared; `examples` of each kind are kept."""
    by_prompt: dict[str, list[str]] = defaultdict(list)
    for conversation in panel.conversations.values():
        by_prompt[prompt_group(conversation)].append(conversation.id)
    prompts = [
        Shared(text=_prompt(panel, ids[0]), conversations=tuple(ids))
        for ids in by_prompt.values()
        if len(ids) > 1
    ]
    by_reason: dict[str, tuple[str, dict[str, None], dict[str, None]]] = {}
    for assessment in panel.assessments:
        for judgement in (assessment.world, assessment.personal):
            reason = judgement.rationale.strip() if judgement else ""
            if len(reason) >= SHORTEST:
                key = " ".join(reason.casefold().split())
                _, conversations, people = by_reason.setdefault(key, (reason, {}, {}))
                conversations[assessment.conversation] = None
                people[assessment.participant] = None
    reasons = [
        Shared(text=text, conversations=tuple(conversations), participants=tuple(people))
        for text, conversations, people in by_reason.values()
        if len(conversations) > 1
    ]
    return Leaks(
        shared_prompts=len(prompts),
        conversations_sharing=sum(len(one.conversations) for one in prompts),
        reused_reasons=len(reasons),
        copied_between_people=sum(len(one.participants) > 1 for one in reasons),
        prompts=_widest(prompts, examples),
        reasons=_widest(reasons, examples),
    )


def _prompt(panel: Panel, id: str) -> str:
    return "\n".join(message.content for message in panel.conversations[id].messages)


def _widest(shared: Iterable[Shared], most: int) -> tuple[Shared, ...]:
    return tuple(sorted(shared, key=lambda one: -len(one.conversations))[:most])
