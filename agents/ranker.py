"""The ranker: orders a conversation's responses as a spec's text asks."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pydantic import JsonValue

from ..models.caller import Caller
from ..models.protocol import Request
from ..models.records import Where
from ..panel.ranking import Ranking
from ..panel.records import Conversation, Response
from ..prompts.render import Part, block, version
from ..records import digest
from ..spec import Spec
from .answers import RankingAnswer
from .records import Ranked
from .registry import Agent, register

TEMPLATE = "ranker"


@dataclass(frozen=True, slots=True)
class Question:
    """One conversation to rank.

    `spec` None asks for the reader's own judgement. `sections` are the ids that go into the prompt, in the
    document's order. The responses are shown in an order drawn from `order_seed` and the conversation's id.
    """

    conversation: Conversation
    spec: Spec | None
    sections: tuple[str, ...]
    order_seed: str
    repeat: int = 0

    @property
    def order(self) -> tuple[Response, ...]:
        def place(response: Response) -> bytes:
            name = f"{self.order_seed}\0{self.conversation.id}\0{response.label}"
            return hashlib.sha256(name.encode("utf-8", "surrogatepass")).digest()

        return tuple(sorted(self.conversation.responses, key=place))


class Ranker:
    """Asks a base model for rankings; parts that many prompts share are rendered once."""

    def __init__(self, caller: Caller) -> None:
        self.caller = caller
        self._section_parts: dict[str, Part] = {}
        self._conversation_parts: dict[str, Part] = {}
        reasoning = caller.model.profile.reasoning
        self._system = {
            with_spec: block(
                TEMPLATE, "system", {"with_spec": with_spec, "reasoning": reasoning}, shared=True
            )
            for with_spec in (True, False)
        }

    async def rank(self, questions: Sequence[Question], where: Where) -> list[Ranked | None]:
        """Rankings in the order of `questions`; None where the call failed (its record tells why).

        Raises BudgetEnded.
        """
        answers = await self.caller.ask(_Rendered(self, questions), where, RankingAnswer)
        return [
            Ranked(
                call=answered.id,
                question=question_key(question),
                conversation=question.conversation.id,
                spec=question.spec.digest if question.spec else "",
                sections=with_text(question.spec, question.sections) if question.spec else (),
                order=tuple(response.label for response in question.order),
                ranking=Ranking.parse(answered.answer.ranking),
                explanation=answered.answer.explanation,
            )
            if answered.answer is not None
            else None
            for question, answered in zip(questions, answers, strict=True)
        ]

    def request(self, question: Question) -> Request:
        responses: list[JsonValue] = [
            {"label": response.label, "text": response.text} for response in question.order
        ]
        labels = sorted(question.conversation.labels)
        parts = (
            self._system[question.spec is not None],
            self._sections(question),
            self._conversation(question.conversation),
            block(TEMPLATE, "responses", {"responses": responses, "labels": labels}, data=responses),
        )
        return Request.model_construct(
            role=RANKER.role,
            template=version(TEMPLATE),
            parts=parts,
            answer=RankingAnswer,
            expect={"labels": list(labels)},
            repeat=question.repeat,
        )

    def _sections(self, question: Question) -> Part:
        key = sections_key(question.spec, question.sections)
        if key not in self._section_parts:
            if len(self._section_parts) > 4096:
                self._section_parts.clear()
            sections: list[JsonValue] = (
                section_data(question.spec, question.sections) if question.spec else []
            )
            self._section_parts[key] = block(
                TEMPLATE,
                "sections",
                {"with_spec": question.spec is not None, "sections": sections},
                data=sections,
                shared=True,
            )
        return self._section_parts[key]

    def _conversation(self, conversation: Conversation) -> Part:
        if conversation.id not in self._conversation_parts:
            messages: list[JsonValue] = [
                {"role": message.role, "content": message.content} for message in conversation.messages
            ]
            self._conversation_parts[conversation.id] = block(
                TEMPLATE,
                "conversation",
                {"messages": messages},
                data={"id": conversation.id, "messages": messages},
            )
        return self._conversation_parts[conversation.id]


@dataclass(frozen=True, slots=True)
class _Rendered:
    """The prompts of `questions`, rendered as they are drawn: thousands of them hold no memory."""

    ranker: Ranker
    questions: Sequence[Question]

    def __iter__(self) -> Iterator[Request]:
        return map(self.ranker.request, self.questions)

    def __length_hint__(self) -> int:
        return len(self.questions)


RANKER = register(Agent("ranker", "ranks responses as the text asks", RankingAnswer, Ranker))


def with_text(spec: Spec, ids: Sequence[str]) -> tuple[str, ...]:
    """Of `ids` those with a text of their own: a mere heading says nothing and isn't shown."""
    return tuple(id_ for id_ in ids if spec.body_of(id_).strip())


def section_data(spec: Spec, ids: Sequence[str]) -> list[JsonValue]:
    """The sections as every agent's prompt and native models read them; mere headings are left out."""
    return [
        {
            "id": section.id,
            "title": section.title,
            "level": section.level,
            "authority": section.authority,
            "text": spec.source_of(section.id).rstrip(),
        }
        for section in map(spec.section, with_text(spec, ids))
    ]


def sections_key(spec: Spec | None, ids: Sequence[str]) -> str:
    """Equal for prompts whose sections read the same, whatever the rest of the spec says."""
    if spec is None:
        return "none"
    return _texts_key(tuple((id_, spec.source_of(id_).rstrip()) for id_ in with_text(spec, ids)))


@lru_cache(maxsize=4096)
def _texts_key(texts: tuple[tuple[str, str], ...]) -> str:
    return digest(texts)


def question_key(question: Question) -> str:
    """Tells whether two questions are the same prompt: the run's memory of rankings is keyed by it."""
    return digest(
        [
            sections_key(question.spec, question.sections),
            question.conversation.id,
            [response.label for response in question.order],
            question.repeat,
        ]
    )
