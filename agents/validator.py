"""The validator: sorts people's justifications into support, refute or silent towards one proposal."""

from collections.abc import Sequence

from pydantic import JsonValue

from ..models.caller import Caller
from ..models.protocol import Request
from ..models.records import Where
from ..models.tokens import tokens
from ..prompts.render import render
from ..records import Record
from ..spec import Proposal
from .answers import ValidatorAnswer
from .records import Verdict

TEMPLATE = "validator"
JUSTIFICATION = 1500
"""Characters of one justification that the validator sees."""


class Justification(Record):
    """What one person wrote, and the ranking it was written for."""

    assessment: str
    participant: str
    conversation: str
    text: str
    ranking: str


class Validator:
    def __init__(self, caller: Caller, *, batch: int = 10, prompt_tokens: int = 16_000) -> None:
        """`batch`: justifications in one call; 1 keeps each in a prompt of its own."""
        self.caller = caller
        self.batch = batch
        context = caller.model.profile.context_tokens
        self.prompt_tokens = min(prompt_tokens, context * 3 // 4) if context else prompt_tokens

    async def judge(
        self, proposal: Proposal, justifications: Sequence[Justification], where: Where
    ) -> list[Verdict]:
        """One verdict for each justification whose call was answered. Raises BudgetEnded."""
        asked = [
            fitting
            for start in range(0, len(justifications), self.batch)
            for fitting in self._fit(proposal, justifications[start : start + self.batch])
        ]
        answers = await self.caller.ask([request for request, _ in asked], where, ValidatorAnswer)
        return [
            Verdict(
                proposal=proposal.id,
                assessment=shard[int(verdict.justification[1:]) - 1].assessment,
                participant=shard[int(verdict.justification[1:]) - 1].participant,
                stance=verdict.stance,
                source=self.caller.model.uri,
                call=answered.id,
            )
            for (_, shard), answered in zip(asked, answers, strict=True)
            if answered.answer is not None
            for verdict in answered.answer.verdicts
        ]

    def _fit(
        self, proposal: Proposal, shard: Sequence[Justification]
    ) -> list[tuple[Request, Sequence[Justification]]]:
        """One request, or several where its prompt would be too long."""
        request = self.request(proposal, shard)
        if len(shard) == 1 or tokens(request.system) + tokens(request.user) <= self.prompt_tokens:
            return [(request, shard)]
        half = len(shard) // 2
        return self._fit(proposal, shard[:half]) + self._fit(proposal, shard[half:])

    def request(self, proposal: Proposal, justifications: Sequence[Justification]) -> Request:
        items: list[dict[str, JsonValue]] = [
            {
                "key": f"j{number}",
                "text": item.text[:JUSTIFICATION],
                "ranking": item.ranking,
                "conversation": item.conversation,
            }
            for number, item in enumerate(justifications, start=1)
        ]
        change: dict[str, JsonValue] = {
            "id": proposal.id,
            "intent": proposal.intent,
            "kind": proposal.kind,
            "edits": [edit.model_dump(mode="json") for edit in proposal.edits],
        }
        prompt = render(
            TEMPLATE,
            {"proposal": change, "justifications": items},
            {"proposal": change, "justifications": list(items)},
            shared=frozenset({"system", "proposal"}),
        )
        return Request(
            role="validator",
            template=prompt.template,
            parts=prompt.parts,
            answer=ValidatorAnswer,
            expect={"justifications": [item["key"] for item in items]},
        )
