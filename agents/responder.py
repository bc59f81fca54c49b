"""The responder: what an assistant that has the spec in its context answers, so that people can compare behaviours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from pydantic import Field, JsonValue, model_validator

from ..models.caller import Caller
from ..models.protocol import Answer, Request
from ..models.records import Where
from ..panel.records import Conversation
from ..records import Record
from ..spec import Spec
from .conversations import message_data
from .ranker import section_data
from .registry import Agent, register
from .shards import prompt_bound, prompt_tokens


class ResponderAnswer(Answer):
    reading: str = Field("", description="Which sections speak to this, and what they ask, in two sentences.")
    response: str = Field(description="The whole text of the response to the user, and nothing else.")

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.response.strip():
            raise ValueError("the response is empty; write what the user is to read")
        return self


@dataclass(frozen=True, slots=True)
class Answering:
    """One conversation to answer under one text. `sections`: ids that the prompt must hold; the rest as it fits."""

    conversation: Conversation
    spec: Spec
    sections: tuple[str, ...] = ()
    repeat: int = 0


class Responded(Record):
    """An answer, and what it was given under."""

    conversation: str
    spec: str
    """Digest of the text."""
    sections: tuple[str, ...]
    """Ids of the sections that were in the prompt."""
    text: str
    model: str
    """The base model's uri."""
    call: str


class Responder:
    """Puts the whole spec into the prompt; of one that is too long, the sections named and those before them."""

    def __init__(self, caller: Caller, *, prompt_tokens: int = 120_000) -> None:
        self.caller = caller
        self.prompt_tokens = prompt_bound(caller, prompt_tokens)

    async def respond(self, work: Sequence[Answering], where: Where) -> list[Responded | None]:
        """Answers in the order of `work`, asked side by side; None where the call failed. Raises BudgetEnded."""
        shown = [self._fitting(one) for one in work]
        requests = [self.request(one, ids) for one, ids in zip(work, shown, strict=True)]
        answers = await self.caller.ask(requests, where, ResponderAnswer)
        return [
            Responded(
                conversation=one.conversation.id,
                spec=one.spec.digest,
                sections=ids,
                text=answered.answer.response.strip(),
                model=self.caller.model.uri,
                call=answered.id,
            )
            if answered.answer is not None
            else None
            for one, ids, answered in zip(work, shown, answers, strict=True)
        ]

    def _fitting(self, one: Answering) -> tuple[str, ...]:
        """All sections with a text where they fit; else those named with their ancestors, then others in order."""
        every = tuple(id_ for id_ in one.spec.ids if one.spec.body_of(id_).strip())
        if prompt_tokens(self.request(one, every)) <= self.prompt_tokens:
            return every
        first = {
            id_ for name in one.sections if name in one.spec for id_ in (name, *one.spec.ancestors(name))
        }
        chosen: set[str] = {id_ for id_ in every if id_ in first}
        size = prompt_tokens(self.request(one, tuple(id_ for id_ in every if id_ in chosen)))
        for id_ in every:
            cost = prompt_tokens(self.request(one, (id_,))) - prompt_tokens(self.request(one, ()))
            if id_ not in chosen and size + cost <= self.prompt_tokens:
                chosen.add(id_)
                size += cost
        return tuple(id_ for id_ in every if id_ in chosen)

    def request(self, one: Answering, ids: Sequence[str]) -> Request:
        """The prompt for one answer, with the sections `ids` in view."""
        sections = section_data(one.spec, ids)
        messages = message_data(one.conversation.messages)
        conversation: dict[str, JsonValue] = {"id": one.conversation.id, "messages": messages}
        return RESPONDER.request(
            {"sections": sections, "messages": messages},
            data={"sections": sections, "conversation": conversation},
            shared=frozenset({"sections"}),
            repeat=one.repeat,
        )


RESPONDER = register(
    Agent("responder", "answers as the text asks", ResponderAnswer, Responder, thinks_with="ranker")
)
