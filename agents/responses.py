"""Writes candidate responses: one that embodies an opinion, and one as a model answers by itself."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import Field, JsonValue

from ..models.caller import Caller
from ..models.protocol import Answer, Request
from ..models.records import Where
from ..panel.records import Message
from .registry import Agent, register


class OpinionAnswer(Answer):
    approach: str = Field(description="What the message does because of the opinion, in one sentence.")
    response: str = Field(min_length=1, description="The assistant's next message.")


class PlainAnswer(Answer):
    response: str = Field(min_length=1, description="Your message.")


@dataclass(frozen=True, slots=True)
class Written:
    """A response, and the call that wrote it. None: the call failed, its record tells why."""

    text: str | None
    call: str
    model: str
    """The model's name, as the user gave it."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """A response to write: `opinion` is what it embodies, `others` what it should part from."""

    messages: tuple[Message, ...]
    opinion: str
    others: tuple[str, ...] = ()


class OpinionWriter:
    """Writes responses that each embody an opinion."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller

    async def write(self, wanted: Sequence[Wanted], where: Where, *, repeat: int = 0) -> list[Written]:
        """One response for each, in their order. Raises BudgetEnded."""
        requests = [self.request(each, repeat=repeat) for each in wanted]
        answers = await self.caller.ask(requests, where, OpinionAnswer)
        uri = self.caller.model.uri
        return [Written(each.answer.response if each.answer else None, each.id, uri) for each in answers]

    def request(self, wanted: Wanted, *, repeat: int = 0) -> Request:
        messages = messages_data(wanted.messages)
        told: dict[str, JsonValue] = {"opinion": wanted.opinion, "others": list(wanted.others)}
        return OPINION_WRITER.request(
            {"messages": messages, **told}, data={"conversation": {"messages": messages}, "opinion": told},
            shared=frozenset({"conversation"}), repeat=repeat,
        )  # fmt: skip


class PlainAnswerer:
    """Answers conversations as a model does by itself."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller

    async def write(
        self, talks: Sequence[tuple[Message, ...]], where: Where, *, repeat: int = 0
    ) -> list[Written]:
        """One response for each, in their order. Raises BudgetEnded."""
        answers = await self.caller.ask(
            [self.request(each, repeat=repeat) for each in talks], where, PlainAnswer
        )
        uri = self.caller.model.uri
        return [Written(each.answer.response if each.answer else None, each.id, uri) for each in answers]

    def request(self, messages: tuple[Message, ...], *, repeat: int = 0) -> Request:
        data = messages_data(messages)
        return PLAIN_ANSWER.request(
            {"messages": data}, data={"conversation": {"messages": data}}, shared=frozenset(), repeat=repeat
        )


def messages_data(messages: Sequence[Message]) -> list[JsonValue]:
    """Messages as prompts show them and native models read them."""
    return [{"role": message.role, "content": message.content} for message in messages]


OPINION_WRITER = register(
    Agent(
        "opinion_writer", "writes a response that embodies an opinion", OpinionAnswer, OpinionWriter,
        thinks_with="scenario_writer",
    )
)  # fmt: skip
PLAIN_ANSWER = register(
    Agent("plain_answer", "answers as a model does by itself", PlainAnswer, PlainAnswerer)
)
