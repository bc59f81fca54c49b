"""The relevance grader, and the scope that its grades give each conversation's ranker prompt."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import JsonValue

from ..models.caller import Caller
from ..models.protocol import Request
from ..models.records import Where
from ..models.tokens import tokens
from ..panel.records import Conversation
from ..prompts.render import render
from ..records import content_id
from ..spec import Spec
from .answers import RelevanceAnswer

TEMPLATE = "relevance"
EXCERPT = 600
"""Characters of a section that the grader sees: titles and openings say what a section covers."""
FENCED = 30
"""Tokens that the fence and the name around a text take, about."""
IN_SCOPE = 4
"""A section is in scope from this grade on (DESIGN, scoped ranker prompt)."""


_KEYS: dict[str, dict[str, str]] = {}


def section_key(spec: Spec, id: str) -> str:
    """Depends on the section's id and own text: grades stay valid while both stay."""
    if spec.digest not in _KEYS:
        if len(_KEYS) > 256:
            _KEYS.clear()
        _KEYS[spec.digest] = {s.id: content_id(s.id, spec.source_of(s.id).strip()) for s in spec.sections}
    return _KEYS[spec.digest][id]


@dataclass
class Grades:
    """What is known of relevance: section text and conversation to a grade from 1 to 5.

    A changed text inherits the grades of the text it came from wherever it was not graded anew.
    """

    known: dict[str, dict[str, int]] = field(default_factory=dict)
    parents: dict[str, str] = field(default_factory=dict)
    _scopes: dict[tuple[str, str], tuple[str, ...]] = field(default_factory=dict, repr=False)

    def grade(self, section: str, conversation: str) -> int:
        """The grade of a section key; 1 where nothing is known."""
        for text in self.line(section):
            if (grade := self.known.get(text, {}).get(conversation)) is not None:
                return grade
        return 1

    def line(self, section: str) -> list[str]:
        """A section key and those it came from, newest first."""
        line = [section]
        while (parent := self.parents.get(line[-1])) is not None and parent not in line:
            line.append(parent)
        return line

    def learn(self, grades: Mapping[str, Mapping[str, int]]) -> None:
        for section, found in grades.items():
            self.known.setdefault(section, {}).update(found)
        self._scopes.clear()

    def inherit(self, section: str, parent: str) -> None:
        """Say that a section key's text was made out of another's; a ring of them is never made."""
        if section not in self.line(parent):
            self.parents[section] = parent
            self._scopes.clear()

    def relevant(self, spec: Spec, conversation: str) -> tuple[str, ...]:
        """Ids of the sections graded 4 or 5, in the document's order."""
        return tuple(
            section.id
            for section in spec.sections
            if self.grade(section_key(spec, section.id), conversation) >= IN_SCOPE
        )

    def scope(self, spec: Spec, conversation: str) -> tuple[str, ...]:
        """The relevant sections with their ancestors, in the document's order."""
        key = (spec.digest, conversation)
        if key not in self._scopes:
            wanted: set[str] = set()
            for id in self.relevant(spec, conversation):
                wanted.update((id, *spec.ancestors(id)))
            self._scopes[key] = tuple(section.id for section in spec.sections if section.id in wanted)
        return self._scopes[key]


class RelevanceGrader:
    """Grades sections against conversations, several pairs a call."""

    def __init__(self, caller: Caller, *, pairs: int = 120, prompt_tokens: int = 24_000) -> None:
        """`pairs`: the most (section, conversation) pairs that one call grades."""
        self.caller = caller
        self.pairs = pairs
        context = caller.model.profile.context_tokens
        self.prompt_tokens = min(prompt_tokens, context * 3 // 4) if context else prompt_tokens

    async def grade(
        self, spec: Spec, sections: Sequence[str], conversations: Sequence[Conversation], where: Where
    ) -> dict[str, dict[str, int]]:
        """Section key to conversation id to grade (1 to 5), for the pairs whose calls were answered.

        Raises BudgetEnded.
        """
        requests, shards = self.requests(spec, sections, conversations)
        answers = await self.caller.ask(requests, where, RelevanceAnswer)
        found: dict[str, dict[str, int]] = {}
        for (ids, shard), answered in zip(shards, answers, strict=True):
            if answered.answer is None:
                continue
            for id in ids:
                found.setdefault(section_key(spec, id), {}).update({item.id: 1 for item in shard})
            for grade in answered.answer.grades:
                conversation = shard[int(grade.conversation[1:]) - 1]
                found[section_key(spec, grade.section)][conversation.id] = grade.grade
        return found

    def requests(
        self, spec: Spec, sections: Sequence[str], conversations: Sequence[Conversation]
    ) -> tuple[list[Request], list[tuple[tuple[str, ...], list[Conversation]]]]:
        """The requests, and for each the sections and conversations it grades."""
        shards = [
            (ids, shard)
            for ids in self._section_shards(spec, sections)
            for shard in self._conversation_shards(len(ids), conversations)
        ]
        return [self._request(spec, ids, shard) for ids, shard in shards], shards

    def _section_shards(self, spec: Spec, sections: Sequence[str]) -> list[tuple[str, ...]]:
        shards: list[list[str]] = [[]]
        size = 0
        for id in sections:
            cost = tokens(spec.source_of(id)[:EXCERPT]) + 2 * FENCED
            if shards[-1] and (size + cost > self.prompt_tokens // 2 or len(shards[-1]) >= self.pairs):
                shards.append([])
                size = 0
            shards[-1].append(id)
            size += cost
        return [tuple(shard) for shard in shards if shard]

    def _conversation_shards(
        self, sections: int, conversations: Sequence[Conversation]
    ) -> list[list[Conversation]]:
        most = max(1, self.pairs // sections)
        shards: list[list[Conversation]] = []
        size = 0
        for conversation in conversations:
            cost = sum(tokens(message.content) + FENCED for message in conversation.messages) + FENCED
            if not shards or len(shards[-1]) >= most or size + cost > self.prompt_tokens // 2:
                shards.append([])
                size = 0
            shards[-1].append(conversation)
            size += cost
        return shards

    def _request(self, spec: Spec, ids: Sequence[str], shard: Sequence[Conversation]) -> Request:
        sections: list[JsonValue] = [
            {"id": id, "title": spec.section(id).title, "text": spec.source_of(id)[:EXCERPT].rstrip()}
            for id in ids
        ]
        shown: list[JsonValue] = [
            {
                "key": f"c{number}",
                "id": conversation.id,
                "messages": [{"role": m.role, "content": m.content} for m in conversation.messages],
            }
            for number, conversation in enumerate(shard, start=1)
        ]
        prompt = render(
            TEMPLATE,
            {"sections": sections, "conversations": shown},
            {"sections": sections, "conversations": shown},
            shared=frozenset({"system", "sections"}),
        )
        return Request(
            role="relevance",
            template=prompt.template,
            parts=prompt.parts,
            answer=RelevanceAnswer,
            expect={
                "conversations": [f"c{number}" for number in range(1, len(shard) + 1)],
                "sections": list(ids),
            },
        )
