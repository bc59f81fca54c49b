"""Whether two proposals are the same change in other words: asked in both orders, and same only if both say so."""

from collections.abc import Sequence
from typing import Literal

from pydantic import Field, JsonValue

from ..models.caller import Caller
from ..models.protocol import Answer, Request
from ..models.records import Where
from ..records import Record
from ..spec import Proposal
from .registry import Agent, register


class MeaningAnswer(Answer):
    reason: str = Field(description="What both ask for, or a conversation in which they part.")
    answer: Literal["same", "different"] = Field(description="Whether they are one change in other words.")


class Comparison(Record):
    """What became of one pair. `reasons` has one for each order that was answered."""

    same: bool
    answered: bool
    """Whether both orders were answered; what isn't known to be the same counts as different."""
    torn: bool = False
    """Whether the two orders got different answers."""
    reasons: tuple[str, ...] = ()
    calls: tuple[str, ...] = ()


class MeaningComparer:
    """Compares proposals by what they ask for. Likeness of words can't: "must" and "must not" are nearly alike."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller

    async def compare(self, pairs: Sequence[tuple[Proposal, Proposal]], where: Where) -> list[bool]:
        """Whether each pair is the same change, in their order. Raises BudgetEnded.

        A pair that one of the orders calls different, or whose call failed, is different: nothing is merged
        on a guess.
        """
        return [found.same for found in await self.compared(pairs, where)]

    async def compared(self, pairs: Sequence[tuple[Proposal, Proposal]], where: Where) -> list[Comparison]:
        """`compare` with the reasons; all pairs are asked side by side."""
        requests = [self.request(*order) for one, other in pairs for order in ((one, other), (other, one))]
        answers = await self.caller.ask(requests, where, MeaningAnswer)
        found: list[Comparison] = []
        for number in range(len(pairs)):
            both = answers[2 * number : 2 * number + 2]
            told = [each.answer for each in both if each.answer is not None]
            words = {each.answer for each in told}
            found.append(
                Comparison(
                    same=len(told) == 2 and words == {"same"},
                    answered=len(told) == 2,
                    torn=len(words) == 2,
                    reasons=tuple(each.reason for each in told),
                    calls=tuple(each.id for each in both),
                )
            )
        return found

    def request(self, first: Proposal, second: Proposal) -> Request:
        """The prompt for one pair in one order."""
        data: list[JsonValue] = [proposal_data(first), proposal_data(second)]
        return MEANING.request(
            {"first": data[0], "second": data[1]}, data={"proposals": data}, shared=frozenset()
        )


def proposal_data(proposal: Proposal) -> dict[str, JsonValue]:
    """A proposal as agents read it that need no section around it."""
    return {
        "id": proposal.id,
        "intent": proposal.intent,
        "kind": proposal.kind,
        "edits": [edit.model_dump(mode="json") for edit in proposal.edits],
    }


MEANING = register(
    Agent(
        "meaning", "compares what proposals ask for", MeaningAnswer, MeaningComparer, thinks_with="validator"
    )
)
