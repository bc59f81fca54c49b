"""The grader's calls: a few sections in full, and the conversations that are up for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from ..models.protocol import Request
from ..models.tokens import tokens
from ..panel.records import Conversation
from ..spec import Spec
from .conversations import conversation_tokens, keyed, keyed_data
from .excerpts import changed_sentences, changed_spans, excerpt
from .registry import Agent
from .shards import FENCED, packed

SECTION = 12_000
"""Characters of a section that the grader sees; no section of the Model Spec is longer."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One call: the sections that are read, and the conversations by key."""

    request: Request
    sections: tuple[str, ...]
    conversations: dict[str, Conversation]


def readings(
    agent: Agent,
    spec: Spec,
    by_section: Mapping[str, Sequence[Conversation]],
    before: Spec | None,
    *,
    pairs: int,
    conversations: int,
    prompt_tokens: int,
) -> list[Reading]:
    """Calls in which every section meets every conversation that is up for it, exactly once.

    Neighbouring sections share a call while their texts fit into half of the prompt, and the conversations of
    all of them into one call. Those of any of them are shown; what a section isn't up for is not counted.
    """
    texts = {id_: _section_data(spec, id_, before) for id_ in by_section}
    found: list[Reading] = []
    for ids in _groups(texts, by_section, prompt_tokens // 2, conversations, pairs):
        union = {each.id: each for id_ in ids for each in by_section[id_]}
        most = max(1, min(conversations, pairs // len(ids)))
        for shard in packed(list(union.values()), conversation_tokens, bound=prompt_tokens // 2, most=most):
            found.append(_reading(agent, [texts[id_] for id_ in ids], shard))
    return found


def section_tokens(spec: Spec, id: str) -> int:
    """About how many tokens a section takes in the grader's prompt."""
    return tokens(spec.source_of(id)[:SECTION]) + 2 * FENCED


def _groups(
    texts: Mapping[str, Mapping[str, JsonValue]],
    by_section: Mapping[str, Sequence[Conversation]],
    bound: int,
    conversations: int,
    pairs: int,
) -> list[list[str]]:
    groups: list[list[str]] = []
    union: dict[str, int] = {}
    size = 0
    for id_, data in texts.items():
        cost = tokens(str(data["text"])) + 2 * FENCED
        joined = union | {each.id: conversation_tokens(each) for each in by_section[id_]}
        grows = len(joined) > len(union)
        crowded = grows and (len(joined) > conversations or sum(joined.values()) > bound)
        if not groups or crowded or size + cost > bound or len(groups[-1]) >= pairs:
            groups.append([])
            joined = {each.id: conversation_tokens(each) for each in by_section[id_]}
            size = 0
        groups[-1].append(id_)
        union = joined
        size += cost
    return groups


def _reading(agent: Agent, sections: list[dict[str, JsonValue]], shard: Sequence[Conversation]) -> Reading:
    shown = keyed(shard)
    values: dict[str, JsonValue] = {"sections": list(sections), "conversations": keyed_data(shown)}
    ids = [str(section["id"]) for section in sections]
    request = agent.request(
        values,
        data=values,
        shared=frozenset({"sections"}),
        expect={"conversations": list(shown), "sections": list(ids)},
    )
    return Reading(request, tuple(ids), shown)


def _section_data(spec: Spec, id: str, before: Spec | None) -> dict[str, JsonValue]:
    section = spec.section(id)
    text = spec.source_of(id).rstrip()
    old = before.source_of(id).rstrip() if before is not None and id in before else None
    changed = [] if old is None or old == text else changed_sentences(old, text)
    spans = [] if old is None or old == text else changed_spans(old, text)
    return {
        "id": id,
        "title": section.title,
        "authority": section.authority,
        "text": excerpt(text, SECTION, spans),
        "changed": list(changed),
    }
