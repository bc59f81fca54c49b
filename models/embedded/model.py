"""The base model `embedded`: answers each role's requests from the data of their parts, by rules alone."""

import hashlib
import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from importlib.resources import files

from pydantic import JsonValue

from ...errors import CallFailed
from ..protocol import Failure, Profile, Reply, Request, Role
from . import asked
from .comparing import group, kind_of, same_change
from .conflicts import conflict
from .proposer import propose
from .reader import Reader
from .rubric import grades, respond
from .stance import stances
from .table import Table
from .topics import grade
from .writing import opinionated, plainly, scenarios

NOTICE = (
    "The embedded model is a small rule-based reader, there so that everything runs with no key: "
    "its results prove the wiring, never a finding."
)
_LISTED = 4
_ROUTED = 3
_PER_BATCH, _PER_CONVERSATION = 3, 1


@lru_cache(maxsize=1)
def _version() -> str:
    """Of the reader's own source, so that a cache never answers for a reader that reads otherwise."""
    sources = sorted(
        (one.name, one.read_bytes()) for one in files(__package__).iterdir() if one.name.endswith(".py")
    )
    return hashlib.sha256(b"\0".join(name.encode() + b"\0" + source for name, source in sources)).hexdigest()[
        :12
    ]


class EmbeddedModel:
    """A BaseModel that knows a table of behaviours and nothing else. Deterministic; text is matched, never obeyed."""

    def __init__(self, uri: str, table: Table) -> None:
        self.uri = uri
        self.identity = f"embedded/{_version()}/{table.digest}"
        self.profile = Profile(answers="native", notice=NOTICE, seed=True, concurrency=64)
        self._reader = Reader(table)
        self._answers: Mapping[Role, Callable[[Request], JsonValue]] = {
            "ranker": self._rank,
            "relevance": self._grade,
            "batch_proposer": lambda request: self._propose(request, _PER_BATCH),
            "conversation_proposer": lambda request: self._propose(request, _PER_CONVERSATION),
            "validator": self._validate,
            "routing": self._route,
            "meaning": self._compare,
            "kind": self._classify,
            "conflict": self._conflict,
            "themes": self._group,
            "section_question": self._tell,
            "rubric": self._meet,
            "responder": self._respond,
            "scenario_writer": self._scenarios,
            "opinion_writer": self._opinion,
            "plain_answer": self._plain,
        }

    async def complete(self, request: Request, /) -> Reply | Failure:
        return self.answer(request)

    async def close(self) -> None:
        pass

    def answer(self, request: Request) -> Reply | Failure:
        """The reply to one request; a Failure where its parts aren't what the role's prompt holds."""
        answering = self._answers.get(request.role)
        if answering is None:
            return Failure(message=f"the embedded model knows no role {request.role!r}")
        try:
            answer = answering(request)
        except CallFailed as problem:
            return Failure(message=str(problem), retryable=problem.retryable)
        return Reply(text=json.dumps(answer, ensure_ascii=False), model=self.identity)

    def _rank(self, request: Request) -> JsonValue:
        sections = asked.part(request, "sections", asked.SECTIONS, [])
        conversation = asked.part(request, "conversation", asked.CONVERSATION, {})
        responses = asked.part(request, "responses", asked.RESPONSES, [])
        if not responses:
            raise CallFailed("the embedded model was given no responses to rank")
        ranking, explanation = self._reader.rank(sections, conversation.messages, responses)
        return {"explanation": explanation, "ranking": str(ranking)}

    def _grade(self, request: Request) -> JsonValue:
        sections = asked.part(request, "sections", asked.SECTIONS, [])
        conversations = asked.part(request, "conversations", asked.CONVERSATIONS, [])
        grades: list[JsonValue] = [
            {"conversation": conversation.key, "section": section.id, "grade": points}
            for conversation in conversations
            for section in sections
            if (points := grade(section, conversation.messages)) >= _LISTED
        ]
        return {"grades": grades}

    def _meet(self, request: Request) -> JsonValue:
        criteria = asked.part(request, "criteria", asked.CRITERIA, [])
        responses = asked.part(request, "responses", asked.RESPONSES, [])
        return {"items": grades(criteria, responses, self._reader.table)}

    def _respond(self, request: Request) -> JsonValue:
        sections = asked.part(request, "sections", asked.SECTIONS, [])
        conversation = asked.part(request, "conversation", asked.CONVERSATION, {})
        return {
            "reading": "By the rules in force.",
            "response": respond(self._reader, sections, conversation.messages),
        }

    def _propose(self, request: Request, most: int) -> JsonValue:
        return propose(
            self._reader,
            asked.part(request, "outline", asked.SECTIONS, []),
            asked.part(request, "sections", asked.SECTIONS, []),
            asked.part(request, "cases", asked.CASES, []),
            asked.part(request, "tried", asked.TRIED, []),
            most=most,
        )

    def _validate(self, request: Request) -> JsonValue:
        proposal = asked.part(request, "proposal", asked.PROPOSAL, {})
        justifications = asked.part(request, "justifications", asked.JUSTIFICATIONS, [])
        verdicts: list[JsonValue] = [
            {
                "justification": judged.key,
                "reason": f"It speaks of {judged.about}." if judged.about else "It names nothing of this.",
                "quote": judged.quote,
                "stance": judged.stance,
                "strength": judged.strength,
            }
            for judged in stances(proposal, justifications, self._reader.table)
        ]
        return {"verdicts": verdicts}

    def _route(self, request: Request) -> JsonValue:
        outline = asked.part(request, "outline", asked.ENTRIES, [])
        conversations = asked.part(request, "conversations", asked.CONVERSATIONS, [])
        return {
            "routes": [
                {
                    "conversation": conversation.key,
                    "sections": [
                        entry.id
                        for entry in outline
                        if grade(entry.section, conversation.messages) >= _ROUTED
                    ],
                }
                for conversation in conversations
            ]
        }

    def _compare(self, request: Request) -> JsonValue:
        proposals = asked.part(request, "proposals", asked.PROPOSALS, [])
        if len(proposals) != 2:
            raise CallFailed("the embedded model compares two proposals at a time")
        first, second = proposals
        return same_change(first, second, self._reader.table)

    def _classify(self, request: Request) -> JsonValue:
        sections = asked.part(request, "sections", asked.SECTIONS, [])
        proposal = asked.part(request, "proposal", asked.PROPOSAL, {})
        return kind_of(proposal, sections, self._reader.table)

    def _conflict(self, request: Request) -> JsonValue:
        change = asked.part(request, "change", asked.CHANGE, {})
        passage = asked.part(request, "passage", asked.PASSAGE, {})
        return conflict(change, passage, self._reader.table)

    def _tell(self, request: Request) -> JsonValue:
        """Whatever was asked: which behaviours people want and don't want, with those who say so."""
        justifications = asked.part(request, "justifications", asked.JUSTIFICATIONS, [])
        found = group(justifications, (), self._reader.table)
        assert isinstance(found, dict)
        themes = found["themes"]
        assert isinstance(themes, list)
        return {
            "statements": [
                {"text": each["about"], "justifications": each["justifications"]}
                for each in themes
                if isinstance(each, dict)
            ]
        }

    def _scenarios(self, request: Request) -> JsonValue:
        section = asked.part(request, "section", asked.SECTION, {})
        return scenarios(section, asked.part(request, "task", asked.TASK, {}), self._reader)

    def _opinion(self, request: Request) -> JsonValue:
        conversation = asked.part(request, "conversation", asked.CONVERSATION, {})
        told = asked.part(request, "opinion", asked.OPINION, {})
        return opinionated(conversation.messages, told.opinion, self._reader.table)

    def _plain(self, request: Request) -> JsonValue:
        return plainly(asked.part(request, "conversation", asked.CONVERSATION, {}).messages)

    def _group(self, request: Request) -> JsonValue:
        section = asked.part(request, "section", asked.THEMED_SECTION, {})
        justifications = asked.part(request, "justifications", asked.JUSTIFICATIONS, [])
        titles = [theme.title for theme in section.found]
        return group(justifications, titles, self._reader.table)
