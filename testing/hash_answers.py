"""Answers the agents' prompts from their text alone, by hashes: a stand-in for a model behind a wire.

It judges nothing, but always the same way: equal responses get equal places, whatever their order or label,
so whole runs can be compared with one another.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..prompts.cut import sentence_spans
from .prompt_reader import Prompt, PromptUnreadable, read_prompt
from .prompt_views import Note, Spoken

Format = Literal["strict_schema", "json_mode", "prompted"]

_TIERS = 6
_NEW = "\nSay plainly what is uncertain.\n"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request as the server reads it."""

    system: str
    user: str
    format: Format
    schema: Mapping[str, Any] | None
    body: Mapping[str, Any]


Answerer = Callable[[Asked], str | Mapping[str, Any]]
"""Gives the text of an answer, or fields of the message (`refusal`) and its `finish_reason`."""


def answer_by_hash(asked: Asked) -> str:
    """The answer, as JSON text, to a prompt of any agent; else whatever fits the schema; else a chatty line."""
    try:
        prompt = read_prompt(asked.system, asked.user)
    except PromptUnreadable:
        if asked.schema is not None:
            return json.dumps(instance_of(asked.schema))
        return "{}" if asked.format == "json_mode" else "I would rather talk about something else."
    return json.dumps(_ANSWERS[prompt.role](prompt))


def instance_of(schema: Mapping[str, Any]) -> Any:
    """A small value that satisfies `schema`."""
    if "enum" in schema:
        return schema["enum"][0]
    if "anyOf" in schema:
        return instance_of(schema["anyOf"][0])
    kind = schema.get("type")
    if kind == "object":
        return {name: instance_of(child) for name, child in schema.get("properties", {}).items()}
    if kind == "array":
        return []
    return {"string": "text", "integer": 1, "number": 1.0, "boolean": True}.get(str(kind))


def _ranking(prompt: Prompt) -> dict[str, Any]:
    tiers: dict[int, list[str]] = {}
    for response in prompt.conversations[0].responses:
        tiers.setdefault(_number(response.text) % _TIERS, []).append(response.label)
    ranking = ">".join("=".join(sorted(tiers[place])) for place in sorted(tiers))
    return {"explanation": "Placed by the hash of each response.", "ranking": ranking}


def _grades(prompt: Prompt) -> dict[str, Any]:
    return {
        "grades": [
            {"conversation": each.key, "section": section.id, "grade": grade}
            for each in prompt.conversations
            for section in prompt.sections
            if (grade := 1 + _number(f"{section.id}\0{_words(each)}") % 5) >= 4
        ]
    }


def _routes(prompt: Prompt) -> dict[str, Any]:
    return {
        "routes": [
            {
                "conversation": each.key,
                "sections": [s.id for s in prompt.outline if _number(f"{s.id}\0{_words(each)}") % 5 >= 2],
            }
            for each in prompt.conversations
        ]
    }


def _verdicts(prompt: Prompt) -> dict[str, Any]:
    return {"verdicts": [_verdict(note) for note in prompt.justifications]}


def _verdict(note: Note) -> dict[str, str]:
    stance = ("support", "support", "refute", "silent")[_number(note.text) % 4]
    spans = sentence_spans(note.text)
    quote = note.text[slice(*spans[0])] if spans and stance != "silent" else ""
    return {
        "justification": note.key, "reason": "By the hash of its words.", "quote": quote,
        "stance": stance if quote else "silent", "strength": "mentions" if quote else "none",
    }  # fmt: skip


def _proposals(prompt: Prompt) -> dict[str, Any]:
    if not prompt.sections:
        return {"diagnosis": "No section is shown.", "proposals": []}
    texts = "".join(_words(case.conversation) for case in prompt.cases)
    section = prompt.sections[_number(texts) % len(prompt.sections)].id
    change = {
        "conversations": [case.conversation.key for case in prompt.cases],
        "intent": "Say plainly what is uncertain.",
        "kind": "clarification",
        "placement": "At the end of the section, with its authority.",
        "edits": [{"op": "insert", "section": section, "anchor": "", "text": _NEW}],
    }
    return {"diagnosis": "Drawn by the hash of the conversations.", "proposals": [change]}


def _meaning(prompt: Prompt) -> dict[str, Any]:
    first, second = prompt.proposals
    same = sorted(first.edits) == sorted(second.edits)
    return {"reason": "By their edits.", "answer": "same" if same else "different"}


def _kind(prompt: Prompt) -> dict[str, Any]:
    text = prompt.sections[0].text if prompt.sections else ""
    spans = sentence_spans(text)
    kind = ("clarification", "change_of_principle")[_number(prompt.proposals[0].intent) % 2]
    sentence = text[slice(*spans[-1])] if spans else ""
    return {"sentence": sentence, "reason": "By the hash of the intent.", "kind": kind}


def _conflict(prompt: Prompt) -> dict[str, Any]:
    quotes = [
        text[slice(*spans[-1])] if (spans := sentence_spans(text)) else text
        for text in (prompt.sections[-1].text, prompt.passage)
    ]
    verdict = ("fits", "fits", "contradicts")[_number("\0".join(quotes)) % 3]
    return {"changed": quotes[0], "other": quotes[1], "reason": "By the hash of both.", "verdict": verdict}


def _themes(prompt: Prompt) -> dict[str, Any]:
    titles = [title for title, _ in prompt.themes] or ["Says one thing", "Says another"]
    members: dict[str, list[str]] = {title: [] for title in titles}
    for note in prompt.justifications:
        members[titles[_number(note.text) % len(titles)]].append(note.key)
    return {
        "themes": [
            {"title": title, "about": "By the hash of the words.", "justifications": keys}
            for title, keys in members.items()
            if keys
        ]
    }


def _statements(prompt: Prompt) -> dict[str, Any]:
    keys = [note.key for note in prompt.justifications]
    return {"statements": [{"text": "By the hash of the words.", "justifications": keys}] if keys else []}


def _grades_of_criteria(prompt: Prompt) -> dict[str, Any]:
    return {
        "items": [
            {
                "criterion": key, "response": response.label, "reason": "By the hash of both.",
                "met": _number(f"{text}\0{response.text}") % 5 / 4,
            }
            for key, text in prompt.criteria
            for response in prompt.conversations[0].responses
        ]
    }  # fmt: skip


def _responder(prompt: Prompt) -> dict[str, Any]:
    asked = _words(prompt.conversations[0])
    told = "\0".join(section.text for section in prompt.sections)
    return {
        "reading": "By the hash of the text.",
        "response": f"This is answer {_number(asked + told) % 1000}.",
    }


def _scenarios(prompt: Prompt) -> dict[str, Any]:
    section = prompt.sections[0]
    start = _number(section.text + "".join(text for _, text in prompt.texts)) % 1000
    return {
        "scenarios": [
            {
                "message": f"What of case {start + number}, where {section.id} comes into it?",
                "stake": "By the hash of the section.",
                "opinions": [f"The assistant should say {word}." for word in ("yes", "no", "nothing")],
                "criteria": ["The response says yes.", "The response says no."],
            }
            for number in range(prompt.most)
        ]
    }


def _response(prompt: Prompt) -> dict[str, Any]:
    words = _words(prompt.conversations[0])
    told = "".join(text for name, text in prompt.texts if name == "Opinion")
    answer = f"Answer {_number(words + told) % 10_000}: {told or 'it depends.'}"
    return {"approach": "It says so.", "response": answer} if told else {"response": answer}


_ANSWERS: Mapping[str, Callable[[Prompt], dict[str, Any]]] = {
    "ranker": _ranking,
    "relevance": _grades,
    "routing": _routes,
    "validator": _verdicts,
    "batch_proposer": _proposals,
    "conversation_proposer": _proposals,
    "meaning": _meaning,
    "kind": _kind,
    "conflict": _conflict,
    "section_question": _statements,
    "scenario_writer": _scenarios,
    "opinion_writer": _response,
    "plain_answer": _response,
    "themes": _themes,
    "rubric": _grades_of_criteria,
    "responder": _responder,
}


def _words(conversation: Spoken) -> str:
    return "\n".join(message.content for message in conversation.messages)


def _number(text: str) -> int:
    return int.from_bytes(hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:6], "big")
