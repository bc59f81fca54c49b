"""The router: which sections may govern a conversation, told from the outline, dozens of conversations a call."""

from collections.abc import Mapping, Sequence
from typing import Self

from pydantic import Field, JsonValue, ValidationInfo, model_validator

from ..models.caller import Caller
from ..models.protocol import Answer, Request
from ..models.records import Where
from ..models.tokens import tokens
from ..panel.records import Conversation
from ..spec import Spec
from .answers import expected, only_known
from .conversations import conversation_tokens, keyed, keyed_data
from .excerpts import covers
from .registry import Agent, register
from .shards import FENCED, packed

COVERS = 480
"""Characters of a section's entry in the outline: its title and how its paragraphs begin."""


class Route(Answer):
    conversation: str = Field(description="The conversation's key.")
    sections: tuple[str, ...] = Field(description="Ids of the sections whose text may bear on the answer.")


class RoutingAnswer(Answer):
    """`expect`: {"conversations": [key, ...], "sections": [id, ...]}. Every conversation once."""

    routes: tuple[Route, ...] = Field(description="One item for each conversation.")

    @model_validator(mode="after")
    def _each_once(self, info: ValidationInfo) -> Self:
        wanted = sorted(expected(info, "conversations"))
        found = sorted(route.conversation for route in self.routes)
        if wanted and wanted != found:
            raise ValueError(f"one item each is wanted for {', '.join(wanted)}; got {', '.join(found)}")
        only_known(info, "sections", "section", [id_ for route in self.routes for id_ in route.sections])
        return self


class Router:
    """Looks conversations up in the outline. It is there for specs too long to be read in one prompt."""

    def __init__(self, caller: Caller, *, conversations: int = 40, prompt_tokens: int = 24_000) -> None:
        self.caller = caller
        self.conversations = conversations
        self.prompt_tokens = prompt_tokens

    async def route(
        self, spec: Spec, sections: Sequence[str], conversations: Sequence[Conversation], where: Where
    ) -> dict[str, tuple[str, ...]]:
        """Conversation id to the sections that may govern it; a conversation whose call failed is missing.

        Where an outline is cut over several calls, a conversation counts when all of them were answered.
        Raises BudgetEnded.
        """
        requests = self.requests(spec, sections, conversations)
        answers = await self.caller.ask([request for request, _ in requests], where, RoutingAnswer)
        found: dict[str, tuple[str, ...]] = {}
        failed: set[str] = set()
        for (_, shard), answered in zip(requests, answers, strict=True):
            if answered.answer is None:
                failed |= {each.id for each in shard.values()}
                continue
            for route in answered.answer.routes:
                id_ = shard[route.conversation].id
                found[id_] = (*found.get(id_, ()), *route.sections)
        return {id_: tuple(dict.fromkeys(named)) for id_, named in found.items() if id_ not in failed}

    def requests(
        self, spec: Spec, sections: Sequence[str], conversations: Sequence[Conversation]
    ) -> list[tuple[Request, dict[str, Conversation]]]:
        """Each request with the conversations that it routes, by key."""
        entries: dict[str, str] = {id: covers(spec, id, COVERS) for id in sections}
        half = self.prompt_tokens // 2
        outlines = packed(
            sections, lambda id: tokens(entries[id]) + 2 * FENCED, bound=half, most=len(sections)
        )
        shards = packed(conversations, conversation_tokens, bound=half, most=self.conversations)
        return [
            (self._request(spec, {id: entries[id] for id in ids}, keyed(shard)), keyed(shard))
            for ids in outlines
            for shard in shards
        ]

    def _request(self, spec: Spec, entries: Mapping[str, str], shard: dict[str, Conversation]) -> Request:
        outline: list[JsonValue] = [
            {
                "id": id_,
                "title": spec.section(id_).title,
                "level": spec.section(id_).level,
                "authority": spec.section(id_).authority,
                "covers": entry,
            }
            for id_, entry in entries.items()
        ]
        values: dict[str, JsonValue] = {"outline": outline, "conversations": keyed_data(shard)}
        return ROUTER.request(
            values,
            data=values,
            shared=frozenset({"outline"}),
            expect={"conversations": list(shard), "sections": list(entries)},
        )


def candidates_by_section(
    sections: Sequence[str], routed: Mapping[str, Sequence[str]], conversations: Sequence[Conversation]
) -> dict[str, list[Conversation]]:
    """Section to the conversations routed to it, both in their order; sections with none are left out."""
    found: dict[str, list[Conversation]] = {id_: [] for id_ in sections}
    for conversation in conversations:
        for id_ in dict.fromkeys(routed.get(conversation.id, ())):
            found[id_].append(conversation)
    return {id_: there for id_, there in found.items() if there}


ROUTER = register(
    Agent("routing", "finds sections in the outline", RoutingAnswer, Router, thinks_with="relevance")
)
