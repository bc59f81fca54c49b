"""The batch and the single-conversation proposer: from cases to anchored edits."""

from collections.abc import Sequence
from typing import Literal

from pydantic import JsonValue

from ..models.caller import Caller
from ..models.protocol import Request, Role
from ..models.records import Where
from ..models.tokens import tokens
from ..panel.records import Conversation, Judgement
from ..prompts.render import render
from ..records import Record
from ..spec import Edit, Proposal, Spec
from .answers import ProposedChange, ProposerAnswer
from .ranker import section_data
from .records import Ranked

RATIONALE = 800
"""Characters of one justification that a proposer sees."""
MOST = 4
"""Changes a proposer may answer with."""


class Case(Record):
    """One conversation as a proposer sees it: what the ranker did, and what people said."""

    conversation: Conversation
    ranked: Ranked
    people: tuple[Judgement, ...]
    sections: tuple[str, ...]
    """Ids of the sections relevant to it."""


class Attempt(Record):
    """What was tried before, with its outcome in a word: no figures, so nothing leaks from the selection split."""

    section: str
    intent: str
    outcome: str


class Proposer:
    """One of the two proposers. `origin` tells which; the two differ in their template alone."""

    def __init__(
        self, caller: Caller, origin: Literal["batch", "conversation"], *, prompt_tokens: int = 32_000
    ) -> None:
        self.caller = caller
        self.origin = origin
        self.role: Role = "batch_proposer" if origin == "batch" else "conversation_proposer"
        context = caller.model.profile.context_tokens
        self.prompt_tokens = min(prompt_tokens, context * 3 // 4) if context else prompt_tokens

    async def propose(
        self, spec: Spec, batches: Sequence[Sequence[Case]], tried: Sequence[Attempt], where: Where
    ) -> list[Proposal]:
        """Proposals for each batch of cases (one case each for the single-conversation proposer).

        A batch whose prompt would be too long is split. Raises BudgetEnded.
        """
        fitting = [part for batch in batches for part in self._fit(spec, batch, tried)]
        requests = [self.request(spec, batch, tried) for batch in fitting]
        answers = await self.caller.ask(requests, where, ProposerAnswer)
        return [
            self._proposal(spec, change, batch)
            for batch, answered in zip(fitting, answers, strict=True)
            if answered.answer is not None
            for change in answered.answer.proposals[:MOST]
            if change.edits
        ]

    def _fit(self, spec: Spec, batch: Sequence[Case], tried: Sequence[Attempt]) -> list[Sequence[Case]]:
        if not batch:
            return []
        request = self.request(spec, batch, tried)
        if len(batch) == 1 or tokens(request.system) + tokens(request.user) <= self.prompt_tokens:
            return [batch]
        half = len(batch) // 2
        return self._fit(spec, batch[:half], tried) + self._fit(spec, batch[half:], tried)

    def _proposal(self, spec: Spec, change: ProposedChange, batch: Sequence[Case]) -> Proposal:
        return Proposal(
            edits=tuple(
                Edit(op=edit.op, section=edit.section, anchor=edit.anchor, text=edit.text)
                for edit in change.edits
            ),
            intent=" ".join(change.intent.split()),
            kind=change.kind,
            origin=self.origin,
            conversations=tuple(case.conversation.id for case in batch),
            base=spec.digest,
        )

    def request(self, spec: Spec, batch: Sequence[Case], tried: Sequence[Attempt]) -> Request:
        outline: list[JsonValue] = [
            {"id": s.id, "title": s.title, "level": s.level, "authority": s.authority} for s in spec.sections
        ]
        wanted = {id for case in batch for id in case.sections}
        sections = section_data(spec, [s.id for s in spec.sections if s.id in wanted])
        cases: list[JsonValue] = [_case_data(case) for case in batch]
        attempts: list[JsonValue] = [attempt.model_dump(mode="json") for attempt in tried]
        data: dict[str, JsonValue] = {
            "outline": outline,
            "sections": sections,
            "cases": cases,
            "tried": attempts,
        }
        prompt = render(self.role, {**data, "most": MOST}, data, shared=frozenset({"system", "outline"}))
        return Request(role=self.role, template=prompt.template, parts=prompt.parts, answer=ProposerAnswer)


def _case_data(case: Case) -> dict[str, JsonValue]:
    conversation = case.conversation
    return {
        "id": conversation.id,
        "messages": [{"role": m.role, "content": m.content} for m in conversation.messages],
        "responses": [{"label": r.label, "text": r.text} for r in conversation.responses],
        "ranker": {"ranking": str(case.ranked.ranking), "explanation": case.ranked.explanation},
        "people": [
            {"ranking": str(person.ranking), "rationale": person.rationale[:RATIONALE]}
            for person in case.people
        ],
        "sections": list(case.sections),
    }
