"""The validator: whether people's justifications support one proposal's intent, refute it, are mixed, or silent."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import JsonValue

from ..models.caller import Answered, Caller
from ..models.protocol import Request
from ..models.records import Where
from ..panel.records import Conversation, RubricItem
from ..spec import Proposal, Spec
from .answers import JudgedJustification, ValidatorAnswer
from .excerpts import before_and_after
from .justifications import (
    JUSTIFICATION,
    Justification,
    data_tokens,
    justification_data,
    one_each,
    opaque_keys,
    stands_in,
    without_repeats,
)
from .records import Verdict
from .registry import Agent, register
from .shards import packed, prompt_bound, prompt_tokens
from .validation import Consistency, Docketed, Validation

__all__ = ["JUSTIFICATION", "Consistency", "Docketed", "Justification", "Validation", "Validator", "one_each"]

SECTION = 3000
"""Characters of a section before and after that the validator sees, around what changes."""


@dataclass(frozen=True, slots=True)
class _Call:
    """One request, the proposal's number in the work, and the justifications by key."""

    number: int
    request: Request
    items: dict[str, Justification]
    second: bool = False


class Validator:
    def __init__(
        self,
        caller: Caller,
        *,
        batch: int = 24,
        prompt_tokens: int = 16_000,
        seed: int = 0,
        rubrics: Mapping[str, Sequence[RubricItem]] | None = None,
    ) -> None:
        """`batch`: the most justifications in one call; 1 keeps each in a prompt of its own. `rubrics`: by
        conversation, the criteria that people scored there; a few stand beside each justification.
        """
        self.caller = caller
        self.rubrics = rubrics or {}
        self.batch = batch
        self.seed = seed
        self.prompt_tokens = prompt_bound(caller, prompt_tokens)

    async def judge(
        self,
        proposal: Proposal,
        justifications: Sequence[Justification],
        where: Where,
        *,
        spec: Spec,
        conversations: Mapping[str, Conversation],
        second_order_share: float = 0.0,
    ) -> Validation:
        """`judge_all` for one proposal."""
        work = Docketed(proposal=proposal, spec=spec, justifications=tuple(justifications))
        (found,) = await self.judge_all(
            [work], where, conversations=conversations, second_order_share=second_order_share
        )
        return found

    async def judge_all(
        self,
        work: Sequence[Docketed],
        where: Where,
        *,
        conversations: Mapping[str, Conversation],
        second_order_share: float = 0.0,
    ) -> list[Validation]:
        """One Validation for each, in their order; all calls are asked side by side.

        `second_order_share` (0 to 1) of the justifications, drawn by seed, is judged a second time in another
        order and other company. A verdict whose quoted words don't stand in the justification is void, and asked
        again alone. Raises EditError for a proposal that doesn't apply to its spec, KeyError for a
        conversation that isn't given, and BudgetEnded.
        """
        distinct = [without_repeats(each.justifications) for each in work]
        calls = [
            call
            for number, (each, (items, _)) in enumerate(zip(work, distinct, strict=True))
            for call in self._calls(number, each, items, conversations, second_order_share)
        ]
        answers = await self.caller.ask([call.request for call in calls], where, ValidatorAnswer)
        first = _Sorted()
        second = _Sorted()
        for call, answered in zip(calls, answers, strict=True):
            (second if call.second else first).take(call, answered)
        again = [
            self._call(number, work[number], {key: item}, conversations, repeat=2)
            for number, key, item in first.void
        ]
        last = _Sorted()
        for call, answered in zip(
            again,
            await self.caller.ask([call.request for call in again], where, ValidatorAnswer),
            strict=True,
        ):
            last.take(call, answered)
        return [
            self._validation(number, each, first, last, second, tuple(repeated), second_order_share > 0)
            for number, (each, (_, repeated)) in enumerate(zip(work, distinct, strict=True))
        ]

    def _calls(
        self,
        number: int,
        work: Docketed,
        items: Sequence[Justification],
        conversations: Mapping[str, Conversation],
        second_order_share: float,
    ) -> list[_Call]:
        keyed = opaque_keys(self.seed, work.proposal.id, items)
        found = [
            self._call(number, work, shard, conversations)
            for shard in self._shards(work, keyed, conversations)
        ]
        drawn = sorted(keyed, key=lambda key: _draw(self.seed, "second", key))
        sample = drawn[: round(second_order_share * len(drawn))]
        found += [
            self._call(number, work, shard, conversations, repeat=1)
            for shard in self._shards(work, {key: keyed[key] for key in sample}, conversations)
        ]
        return found

    def _shards(
        self, work: Docketed, items: dict[str, Justification], conversations: Mapping[str, Conversation]
    ) -> list[dict[str, Justification]]:
        if not items:
            return []
        fixed = prompt_tokens(self.request(work.proposal, {}, spec=work.spec, conversations=conversations))

        def cost(key: str) -> int:
            return data_tokens(self._shown(key, items[key], conversations))

        shards = packed(list(items), cost, bound=self.prompt_tokens - fixed, most=self.batch)
        return [{key: items[key] for key in shard} for shard in shards]

    def _call(
        self,
        number: int,
        work: Docketed,
        items: dict[str, Justification],
        conversations: Mapping[str, Conversation],
        *,
        repeat: int = 0,
    ) -> _Call:
        request = self.request(
            work.proposal, items, spec=work.spec, conversations=conversations, repeat=repeat
        )
        return _Call(number, request, items, second=repeat == 1)

    def request(
        self,
        proposal: Proposal,
        justifications: Mapping[str, Justification],
        *,
        spec: Spec,
        conversations: Mapping[str, Conversation],
        repeat: int = 0,
    ) -> Request:
        """The prompt for justifications by key, in their order. Raises as `judge_all` does."""
        items: list[JsonValue] = [
            self._shown(key, item, conversations) for key, item in justifications.items()
        ]
        change: dict[str, JsonValue] = {
            "id": proposal.id,
            "intent": proposal.intent,
            "kind": proposal.kind,
            "edits": [edit.model_dump(mode="json") for edit in proposal.edits],
            "sections": before_and_after(spec, proposal, SECTION),
        }
        data: dict[str, JsonValue] = {"proposal": change, "justifications": items}
        return VALIDATOR.request(
            data,
            data=data,
            shared=frozenset({"proposal"}),
            expect={"justifications": list(justifications)},
            repeat=repeat,
        )

    def _shown(
        self, key: str, item: Justification, conversations: Mapping[str, Conversation]
    ) -> dict[str, JsonValue]:
        return justification_data(key, item, conversations, self.rubrics.get(item.conversation, ()))

    def _validation(
        self,
        number: int,
        work: Docketed,
        first: "_Sorted",
        last: "_Sorted",
        second: "_Sorted",
        repeated: tuple[str, ...],
        twice: bool,
    ) -> Validation:
        kept = first.good.get(number, {}) | last.good.get(number, {})
        open_now = {id_ for each, id_ in (*first.failed, *last.failed) if each == number}
        void = {item.assessment for each, _, item in last.void if each == number}
        return Validation(
            verdicts=tuple(
                Verdict(
                    proposal=work.proposal.id,
                    assessment=item.assessment,
                    participant=item.participant,
                    stance=judged.stance,
                    source=self.caller.model.uri,
                    call=call,
                    reason=judged.reason,
                    quote=judged.quote,
                    strength=judged.strength,
                )
                for _, (item, judged, call) in sorted(kept.items())
            ),
            repeated=repeated,
            void=tuple(sorted(void)),
            unanswered=tuple(sorted(open_now)),
            consistency=_consistency(kept, second.good.get(number, {})) if twice else None,
        )


_Judged = tuple[Justification, JudgedJustification, str]


class _Sorted:
    """The answers of some calls: good verdicts by proposal and key, void ones, and what has no answer."""

    def __init__(self) -> None:
        self.good: dict[int, dict[str, _Judged]] = {}
        self.void: list[tuple[int, str, Justification]] = []
        self.failed: list[tuple[int, str]] = []

    def take(self, call: _Call, answered: Answered[ValidatorAnswer]) -> None:
        if answered.answer is None:
            self.failed += [(call.number, item.assessment) for item in call.items.values()]
            return
        for judged in answered.answer.verdicts:
            item = call.items[judged.justification]
            if judged.stance == "silent" or stands_in(judged.quote, item.text):
                self.good.setdefault(call.number, {})[judged.justification] = (item, judged, answered.id)
            else:
                self.void.append((call.number, judged.justification, item))


def _consistency(kept: Mapping[str, _Judged], second: Mapping[str, _Judged]) -> Consistency:
    pairs = [(kept[key][1].stance, second[key][1].stance) for key in second if key in kept]
    return Consistency(
        asked=len(pairs),
        same=sum(one == other for one, other in pairs),
        opposite=sum({one, other} == {"support", "refute"} for one, other in pairs),
    )


def _draw(seed: int, name: str, key: str) -> bytes:
    return hashlib.sha256(f"{seed}\0{name}\0{key}".encode()).digest()


VALIDATOR = register(Agent("validator", "sorts justifications for and against", ValidatorAnswer, Validator))
