"""What a system prompt tells its reader to do, read out of its words: so that a turned-round prompt shows."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from .prompt_grammar import PromptUnreadable

Side = Literal["for", "against", "both", "none"]

_FIELD = re.compile(r'^( *)- "(\w+)"', re.MULTILINE)
_DEFINED = re.compile(r'^- "?([\w ]+)"?: (.+)$', re.MULTILINE)
_ORDER = re.compile(r"every label exactly once, (best|worst) first")
_RANK = re.compile(r"rank 1 is the (best|worst)")
_AIM = re.compile(r"ranks responses (as people do|the other way round)")
_LISTED = re.compile(r"List every pair (with grade 4 or 5|below 4, as 4,)")
_MET = re.compile(r"^- 1: (fully true of the response|not true of it at all)$", re.MULTILINE)
_NAMED = re.compile(r"every section whose text (may|does not) say")
_ROLES = {
    ("explanation", "ranking"): "ranker",
    ("routes",): "routing",
    ("grades",): "relevance",
    ("diagnosis", "proposals"): "proposer",
    ("verdicts",): "validator",
    ("reason", "answer"): "meaning",
    ("sentence", "reason", "kind"): "kind",
    ("changed", "other", "reason", "verdict"): "conflict",
    ("scenarios",): "scenario_writer",
    ("approach", "response"): "opinion_writer",
    ("response",): "plain_answer",
    ("statements",): "section_question",
    ("themes",): "themes",
    ("items",): "rubric",
    ("reading", "response"): "responder",
}


@dataclass(frozen=True, slots=True)
class Instructions:
    """The facts that an answer hangs on."""

    role: str
    fields: tuple[str, ...]
    """The fields of the answer, outermost ones, in their order."""
    nested: tuple[str, ...]
    """Fields of the answer's items."""
    met_is_one: bool | None = None
    """Rubric: whether 1 says that a criterion is true of the response."""
    best_first: bool | None = None
    """Ranker and validator: whether the first rank is the best one."""
    with_spec: bool | None = None
    """Ranker: whether it judges by a spec's sections."""
    stances: Mapping[str, Side] | None = None
    """Validator: what each stance means for the intent."""
    grades: Mapping[int, str] | None = None
    """Relevance: what each grade means, "governs" or "bears"."""
    lists_relevant: bool | None = None
    """Relevance and routing: whether what bears on the conversation is listed, or what doesn't."""
    toward_people: bool | None = None
    """Proposers: whether the reader's rankings are to come nearer to people's."""
    several: bool | None = None
    """Proposers: whether a pattern over many conversations is wanted."""
    words: Mapping[str, str] | None = None
    """Meaning, kind and conflict: what each word of the answer is said to mean."""


def read_instructions(system: str) -> Instructions:
    """The facts in a system prompt. Raises PromptUnreadable where one is missing or says neither thing."""
    told, _, answer = system.partition("Answer in JSON with the fields:")
    if not answer:
        raise PromptUnreadable("the instructions don't say which fields the answer has")
    found = _FIELD.findall(answer)
    fields = tuple(name for indent, name in found if not indent)
    nested = tuple(name for indent, name in found if indent)
    role = _ROLES.get(fields)
    if role is None:
        raise PromptUnreadable(f"no agent answers with the fields {', '.join(fields) or 'none'}")
    defined = dict(_DEFINED.findall(told))
    if role == "ranker":
        best = _either(_ORDER, answer, "which rank comes first") == "best"
        by_spec = "follow a behaviour spec" in told and "and no spec" not in told
        return Instructions(role, fields, nested, best_first=best, with_spec=by_spec)
    if role == "validator":
        best = _either(_RANK, told, "what rank 1 is") == "best"
        stances = {name: _side(name, defined) for name in ("support", "refute", "mixed", "silent")}
        return Instructions(role, fields, nested, best_first=best, stances=stances)
    if role == "relevance":
        listed = _either(_LISTED, answer, "what is listed") == "with grade 4 or 5"
        grades = {grade: _grade(grade, defined) for grade in (4, 5)}
        return Instructions(role, fields, nested, grades=grades, lists_relevant=listed)
    if role == "rubric":
        one = _either(_MET, told, "what 1 means") == "fully true of the response"
        return Instructions(role, fields, nested, met_is_one=one)
    if role == "routing":
        named = _either(_NAMED, told, "which sections are named") == "may"
        return Instructions(role, fields, nested, lists_relevant=named)
    if role == "proposer":
        toward = _either(_AIM, told, "what the change is for") == "as people do"
        several = "You are given several conversations" in told
        if not several and "You are given one conversation" not in told:
            raise PromptUnreadable("the instructions don't say how many conversations are given")
        name = "batch_proposer" if several else "conversation_proposer"
        return Instructions(name, fields, nested, toward_people=toward, several=several)
    return Instructions(role, fields, nested, words=defined)


def _either(pattern: re.Pattern[str], text: str, what: str) -> str:
    found = set(pattern.findall(text))
    if len(found) != 1:
        raise PromptUnreadable(f"the instructions don't say {what}" + (", or say both" if found else ""))
    return str(found.pop())


def _side(stance: str, defined: Mapping[str, str]) -> Side:
    meaning = defined.get(stance, "")
    speaks_for, against = "speak for" in meaning, "speak against" in meaning
    if speaks_for and against:
        return "both"
    if speaks_for or against:
        return "for" if speaks_for else "against"
    if "no bearing" in meaning:
        return "none"
    raise PromptUnreadable(f"the instructions don't say what {stance!r} means")


def _grade(grade: int, defined: Mapping[str, str]) -> str:
    meaning = defined.get(str(grade), "")
    if "governs the answer" in meaning:
        return "governs"
    if "bears on" in meaning:
        return "bears"
    raise PromptUnreadable(f"the instructions don't say what grade {grade} means")
