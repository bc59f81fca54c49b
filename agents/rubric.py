"""The rubric grader: how far each response of a conversation meets each criterion that people wrote for it."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Self

from pydantic import Field, JsonValue, ValidationInfo, model_validator

from ..models.caller import Caller
from ..models.protocol import Answer, Request
from ..models.records import Where
from ..models.tokens import tokens
from ..panel.records import Conversation, RubricItem
from ..prompts.cut import cut
from ..records import Record
from .answers import expected
from .conversations import message_data
from .registry import Agent, register
from .shards import FENCED, packed, prompt_bound, prompt_tokens

CRITERION = 1000
"""Characters of a criterion that the grader sees."""
GRADES = 48
"""Grades in one call at the most: criteria times responses."""
_LETTERS = "bcdfghjkmnpqrstvwxz23456789"
_KEY = 5


class MetAnswer(Answer):
    criterion: str = Field(description="The criterion's key.")
    response: str = Field(description="The response's label.")
    reason: str = Field(description="What in the response decides, in at most fifteen words.")
    met: Annotated[float, Field(ge=0, le=1, description="0: not true of the response; 1: fully true.")]


class RubricAnswer(Answer):
    """One grade for every criterion and response. `expect`: {"criteria": [key, ...], "labels": [str, ...]}."""

    items: tuple[MetAnswer, ...] = Field(description="One item for every criterion and response.")

    @model_validator(mode="after")
    def _each_pair_once(self, info: ValidationInfo) -> Self:
        wanted = sorted(
            (key, label) for key in expected(info, "criteria") for label in expected(info, "labels")
        )
        found = sorted((each.criterion, each.response) for each in self.items)
        if wanted and wanted != found:
            missing = sorted(set(wanted) - set(found))
            told = ", ".join(f"{key} on {label}" for key, label in missing[:4]) or "some stand there twice"
            raise ValueError(f"one grade for every criterion and response is wanted; missing: {told}")
        return self


class Graded(Record):
    """How far the responses of one conversation meet one criterion."""

    item: str
    """The rubric item's id."""
    conversation: str
    met: Mapping[str, float]
    """Label to how far the response meets it, from 0 to 1."""
    reasons: Mapping[str, str] = {}
    """Label to what decided."""
    call: str = ""


@dataclass(frozen=True, slots=True)
class _Call:
    request: Request
    conversation: Conversation
    items: dict[str, RubricItem]


class RubricGrader:
    """Asks about a conversation's criteria together, in shards that fit into a prompt."""

    def __init__(self, caller: Caller, *, prompt_tokens: int = 16_000, seed: int = 0) -> None:
        """`seed` draws the order of the responses and of the criteria, and the keys."""
        self.caller = caller
        self.seed = seed
        self.prompt_tokens = prompt_bound(caller, prompt_tokens)

    async def grade(
        self,
        work: Mapping[str, Sequence[RubricItem]],
        conversations: Mapping[str, Conversation],
        where: Where,
    ) -> list[Graded]:
        """Grades of each conversation's items, all asked side by side; an item whose call failed is absent.

        Neither weights nor authors are shown. Equal criteria of one conversation are asked about once. Raises
        KeyError for a conversation that isn't given, and BudgetEnded.
        """
        calls = [
            call for name, items in work.items() if items for call in self._calls(conversations[name], items)
        ]
        answers = await self.caller.ask([call.request for call in calls], where, RubricAnswer)
        found: list[Graded] = []
        for call, answered in zip(calls, answers, strict=True):
            if answered.answer is None:
                continue
            of: dict[str, list[MetAnswer]] = {}
            for each in answered.answer.items:
                of.setdefault(each.criterion, []).append(each)
            for key, told in of.items():
                for item in work[call.conversation.id]:
                    if item.criterion == call.items[key].criterion:
                        found.append(
                            Graded(
                                item=item.id,
                                conversation=call.conversation.id,
                                met={each.response: each.met for each in told},
                                reasons={each.response: each.reason for each in told},
                                call=answered.id,
                            )
                        )
        return found

    def _calls(self, conversation: Conversation, items: Sequence[RubricItem]) -> list[_Call]:
        keyed = self.keys(conversation.id, items)
        fixed = prompt_tokens(self.request(conversation, {}))

        def cost(key: str) -> int:
            return tokens(cut(keyed[key].criterion, CRITERION)) + FENCED

        most = max(1, GRADES // len(conversation.responses))
        shards = packed(list(keyed), cost, bound=max(1, self.prompt_tokens - fixed), most=most)
        return [
            _Call(self.request(conversation, shown), conversation, shown)
            for shown in ({key: keyed[key] for key in shard} for shard in shards)
        ]

    def keys(self, conversation: str, items: Sequence[RubricItem]) -> dict[str, RubricItem]:
        """Opaque key to item, in the order of the keys: neither tells anything. Equal criteria have one key."""
        distinct = {item.criterion: item for item in reversed(items)}
        found: dict[str, RubricItem] = {}
        for criterion, item in distinct.items():
            number = int.from_bytes(_draw(self.seed, conversation, criterion), "big")
            letters = "".join(
                _LETTERS[number // len(_LETTERS) ** place % len(_LETTERS)] for place in range(24)
            )
            length = _KEY
            while letters[:length] in found:
                length += 1
            found[letters[:length]] = item
        return dict(sorted(found.items()))

    def request(self, conversation: Conversation, items: Mapping[str, RubricItem]) -> Request:
        """The prompt for some of a conversation's criteria, by key."""
        order = sorted(
            conversation.responses, key=lambda one: _draw(self.seed, conversation.id, "response", one.label)
        )
        responses: list[JsonValue] = [{"label": one.label, "text": one.text} for one in order]
        criteria: list[JsonValue] = [
            {"key": key, "text": cut(item.criterion, CRITERION)} for key, item in items.items()
        ]
        shown: dict[str, JsonValue] = {
            "id": conversation.id, "messages": message_data(conversation.messages),
        }  # fmt: skip
        data: dict[str, JsonValue] = {"conversation": shown, "responses": responses, "criteria": criteria}
        return RUBRIC.request(
            data,
            data=data,
            shared=frozenset({"conversation", "responses"}),
            expect={"criteria": [*items], "labels": [*sorted(conversation.labels)]},
        )


def _draw(seed: int, *names: str) -> bytes:
    return hashlib.sha256("\0".join((str(seed), "rubric", *names)).encode("utf-8", "surrogatepass")).digest()


RUBRIC = register(
    Agent(
        "rubric", "says how far responses meet criteria", RubricAnswer, RubricGrader, thinks_with="relevance"
    )
)
