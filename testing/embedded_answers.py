"""Answers rendered prompts as the embedded model would, from their words alone: a reader with a mind behind a wire.

What stands outside the fences is instruction to it, what stands inside is data, as the prompts ask of a base model.
"""

import json
from collections.abc import Sequence

from pydantic import JsonValue

from ..models.embedded.model import EmbeddedModel
from ..models.embedded.table import shipped_table
from ..models.protocol import Answer, Failure, Request
from ..prompts.render import Part
from .hash_answers import Asked, answer_by_hash
from .prompt_reader import Prompt, PromptUnreadable, read_prompt
from .prompt_views import Edited, Note, ReadCase, Said, Shown, Spoken

_ROLES = (
    "ranker", "relevance", "routing", "batch_proposer", "conversation_proposer", "validator", "meaning", "rubric",
    "responder", "scenario_writer", "opinion_writer", "plain_answer",
)  # fmt: skip


class EmbeddedAnswers:
    """An Answerer (testing.hash_answers) for the fake server, or for a model in this process."""

    def __init__(self) -> None:
        self._model = EmbeddedModel("embedded", shipped_table())

    def __call__(self, asked: Asked) -> str:
        try:
            prompt = read_prompt(asked.system, asked.user)
        except PromptUnreadable:
            return answer_by_hash(asked)
        return self.answer(prompt) if prompt.role in _ROLES else answer_by_hash(asked)

    def answer(self, prompt: Prompt) -> str:
        """The answer to a prompt of one of the roles that the embedded model knows, as JSON text."""
        parts = tuple(Part(name=name, text="", data=data) for name, data in _data(prompt).items())
        request = Request(role=prompt.role, template="rendered", parts=parts, answer=Answer)
        reply = self._model.answer(request)
        return json.dumps({"failure": reply.message}) if isinstance(reply, Failure) else reply.text


def _data(prompt: Prompt) -> dict[str, JsonValue]:
    data: dict[str, JsonValue] = {
        "outline": _sections(prompt.outline),
        "sections": _sections(prompt.sections),
        "cases": [_case(case) for case in prompt.cases],
        "tried": [{"section": t.section, "intent": t.intent, "outcome": t.outcome} for t in prompt.tried],
        "justifications": [_note(note) for note in prompt.justifications],
        "proposals": [_proposal(each) for each in prompt.proposals],
        "conversations": [_conversation(each) for each in prompt.conversations],
    }
    if prompt.role == "rubric":
        data["criteria"] = [{"key": key, "text": text} for key, text in prompt.criteria]
    if prompt.role in ("ranker", "rubric", "responder"):
        spoken = prompt.conversations[0]
        data["conversation"] = _conversation(spoken)
        data["responses"] = _responses(spoken)
    if prompt.role == "scenario_writer":
        data["section"] = _sections(prompt.sections)[0]
        told: dict[str, JsonValue] = {
            field: [text for name, text in prompt.texts if name == header] for field, header in _TASK.items()
        }
        data["task"] = {"count": prompt.most, **told}
    if prompt.role in ("opinion_writer", "plain_answer"):
        data["conversation"] = _conversation(prompt.conversations[0])
        data["opinion"] = {"opinion": next((text for name, text in prompt.texts if name == "Opinion"), "")}
    if prompt.role == "validator":
        data["proposal"] = _proposal(prompt.proposals[0])
    return data


_TASK = {"topics": "Topic", "seeds": "Message to begin from", "taken": "Written already"}


def _sections(shown: Sequence[Shown]) -> list[JsonValue]:
    return [
        {
            "id": each.id, "title": each.title, "level": each.level or 1, "authority": each.authority,
            "text": each.text, "covers": each.text,
        }
        for each in shown
    ]  # fmt: skip


def _messages(messages: Sequence[Said]) -> list[JsonValue]:
    return [{"role": each.role, "content": each.content} for each in messages]


def _responses(spoken: Spoken) -> list[JsonValue]:
    return [{"label": each.label, "text": each.text} for each in spoken.responses]


def _conversation(spoken: Spoken) -> dict[str, JsonValue]:
    return {"id": spoken.key, "key": spoken.key, "messages": _messages(spoken.messages)}


def _case(case: ReadCase) -> JsonValue:
    return {
        **_conversation(case.conversation),
        "responses": _responses(case.conversation),
        "people": [{"ranking": each.ranking, "rationale": each.rationale} for each in case.shown],
        "sections": list(case.sections),
    }


def _note(note: Note) -> JsonValue:
    return {"key": note.key, "text": note.text, "ranking": note.ranking}


def _proposal(edited: Edited) -> dict[str, JsonValue]:
    edits: list[JsonValue] = [
        {"op": op, "section": section, "anchor": anchor, "text": text}
        for op, section, anchor, text in edited.edits
    ] or [
        {"op": "replace", "section": each.id, "anchor": each.before or "", "text": each.after or ""}
        for each in edited.sections
    ]
    return {"intent": edited.intent, "kind": edited.kind, "edits": edits}
