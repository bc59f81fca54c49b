"""The batch and the single-conversation proposer: from cases to anchored edits."""

import hashlib
from collections.abc import Sequence
from typing import Literal

from pydantic import JsonValue

from ..models.caller import Caller
from ..models.protocol import Request
from ..models.records import Where
from ..models.tokens import tokens
from ..spec import Edit, Proposal, Spec
from .answers import ProposedChange, ProposerAnswer
from .cases import Attempt, Case, attempt_data, case_data
from .excerpts import opening
from .ranker import section_data
from .registry import Agent, register
from .shards import prompt_bound, prompt_tokens

__all__ = ["KEEPING", "MOST", "Attempt", "Case", "Proposer"]

MOST = 4
"""Changes a proposer may answer with."""
KEEPING = 3
"""Conversations shown beside the cases on which text and people agree."""
OPENING = 240
"""Characters of a section's first sentence in the outline."""
OUTLINE = 12_000
"""Tokens of first sentences beyond which the outline has titles alone, but for the sections near the cases."""


class Proposer:
    """One of the two proposers. `origin` tells which; the two differ in their task alone."""

    def __init__(
        self,
        caller: Caller,
        origin: Literal["batch", "conversation"],
        *,
        prompt_tokens: int = 32_000,
        seed: int = 0,
    ) -> None:
        """`seed` draws which people and which agreeing conversations are shown."""
        self.caller = caller
        self.origin = origin
        self.agent = BATCH if origin == "batch" else SINGLE
        self.role = self.agent.role
        self.seed = seed
        self.prompt_tokens = prompt_bound(caller, prompt_tokens)

    async def propose(
        self,
        spec: Spec,
        batches: Sequence[Sequence[Case]],
        tried: Sequence[Attempt],
        where: Where,
        *,
        agreeing: Sequence[Case] = (),
    ) -> list[Proposal]:
        """Proposals for each batch of cases (one case each for the single-conversation proposer).

        `agreeing`: cases on which the text and the people agree today; of those under a batch's sections a few
        are shown beside it. A batch whose prompt would be too long is split. Raises BudgetEnded.
        """
        fitting = [part for batch in batches for part in self._fit(spec, batch, tried, agreeing)]
        requests = [self.request(spec, batch, tried, agreeing=agreeing) for batch in fitting]
        answers = await self.caller.ask(requests, where, ProposerAnswer)
        return [
            self._proposal(spec, change, answered.answer.diagnosis, batch)
            for batch, answered in zip(fitting, answers, strict=True)
            if answered.answer is not None
            for change in answered.answer.proposals[:MOST]
            if change.edits
        ]

    def _fit(
        self, spec: Spec, batch: Sequence[Case], tried: Sequence[Attempt], agreeing: Sequence[Case]
    ) -> list[Sequence[Case]]:
        if not batch:
            return []
        request = self.request(spec, batch, tried, agreeing=agreeing)
        if len(batch) == 1 or prompt_tokens(request) <= self.prompt_tokens:
            return [batch]
        half = len(batch) // 2
        return [
            *self._fit(spec, batch[:half], tried, agreeing),
            *self._fit(spec, batch[half:], tried, agreeing),
        ]

    def _proposal(
        self, spec: Spec, change: ProposedChange, diagnosis: str, batch: Sequence[Case]
    ) -> Proposal:
        keys = _keys(batch)
        return Proposal(
            edits=tuple(
                Edit(op=edit.op, section=edit.section, anchor=edit.anchor, text=edit.text)
                for edit in change.edits
            ),
            intent=" ".join(change.intent.split()),
            kind=change.kind,
            origin=self.origin,
            conversations=tuple(dict.fromkeys(keys[key].conversation.id for key in change.conversations)),
            base=spec.digest,
            diagnosis=" ".join(diagnosis.split()),
            placement=" ".join(change.placement.split()),
        )

    def request(
        self,
        spec: Spec,
        batch: Sequence[Case],
        tried: Sequence[Attempt],
        *,
        agreeing: Sequence[Case] = (),
    ) -> Request:
        """The prompt for one batch."""
        wanted = {id_ for case in batch for id_ in case.sections}
        cases: list[JsonValue] = [case_data(case, key, self.seed) for key, case in _keys(batch).items()]
        keeping: list[JsonValue] = [
            case_data(case, f"k{number}", self.seed)
            for number, case in enumerate(self._keeping(batch, agreeing), start=1)
        ]
        data: dict[str, JsonValue] = {
            "outline": self._outline(spec, wanted),
            "sections": section_data(spec, [s.id for s in spec.sections if s.id in wanted]),
            "tried": [attempt_data(attempt) for attempt in tried],
            "keeping": keeping,
            "cases": cases,
        }
        return self.agent.request(
            {**data, "most": MOST},
            data=data,
            shared=frozenset({"outline"}),
            expect={"conversations": list(_keys(batch))},
        )

    def _outline(self, spec: Spec, wanted: set[str]) -> list[JsonValue]:
        """Every section; with its first sentence, in a very long spec only beside the sections in question."""
        openings = {id_: opening(spec, id_, OPENING) for id_ in spec.ids}
        near = set(spec.ids)
        if sum(map(tokens, openings.values())) > OUTLINE:
            parents = {spec.section(id_).parent for id_ in wanted}
            near = {s.id for s in spec.sections if s.parent in parents or s.id in parents}
        return [
            {
                "id": s.id,
                "title": s.title,
                "level": s.level,
                "authority": s.authority,
                "opening": openings[s.id] if s.id in near else "",
            }
            for s in spec.sections
        ]

    def _keeping(self, batch: Sequence[Case], agreeing: Sequence[Case]) -> list[Case]:
        """A few of `agreeing` that share a section with the batch, drawn by seed."""
        wanted = {id_ for case in batch for id_ in case.sections}
        shown = {case.conversation.id for case in batch}

        def draw(case: Case) -> bytes:
            name = f"{self.seed}\0keeping\0{case.conversation.id}"
            return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()

        there = [c for c in agreeing if wanted & set(c.sections) and c.conversation.id not in shown]
        return sorted(there, key=draw)[:KEEPING]


def _keys(batch: Sequence[Case]) -> dict[str, Case]:
    return {f"c{number}": case for number, case in enumerate(batch, start=1)}


BATCH = register(Agent("batch_proposer", "proposes from many conversations", ProposerAnswer, Proposer))
SINGLE = register(Agent("conversation_proposer", "proposes from one conversation", ProposerAnswer, Proposer))
