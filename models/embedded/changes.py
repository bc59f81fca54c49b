"""Candidate changes to a section: one sentence pattern, put in place of, beside or instead of what is there."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from pydantic import JsonValue

from .asked import SectionData
from .reader import Reader
from .rules import MUST, SHOULD, Rule, firmest, sentence_weights
from .table import Behaviour, Table
from .wording import sentences

_VERBS = {MUST: "must", SHOULD: "should", -SHOULD: "should not", -MUST: "must not"}
_HEADING = re.compile(r"\A(?: {0,3}#{1,6}(?:\s[^\n]*)?|[^\n]+\n {0,3}(?:=+|-+)[ \t]*)(?:\n|\Z)")
_ATTRIBUTES = re.compile(r"\{#[^}\n]*\}\s*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Change:
    """One edit with its intent. `entry` is the section that a new_section adds."""

    op: Literal["replace", "insert", "delete", "new_section"]
    section: str
    behaviour: str
    anchor: str
    text: str
    intent: str
    kind: Literal["clarification", "change_of_principle"]
    entry: SectionData | None = None

    def as_answer(self, conversations: Sequence[str]) -> JsonValue:
        """The change as a proposer answers with it, resting on these conversations."""
        edit: JsonValue = {"op": self.op, "section": self.section, "anchor": self.anchor, "text": self.text}
        where = (
            "a section of its own beside those of its level" if self.entry else f"the section {self.section}"
        )
        return {
            "conversations": list(conversations),
            "intent": self.intent,
            "kind": self.kind,
            "placement": f"It stands in {where}, with the authority of what is around it.",
            "edits": [edit],
        }

    def applied(self, sections: Sequence[SectionData]) -> tuple[SectionData, ...]:
        """The sections as they would read after it; unchanged where the anchor is no longer there."""
        if self.entry is not None:
            return (*sections, self.entry)
        instead = self.anchor + self.text if self.op == "insert" else self.text
        return tuple(
            section.model_copy(update={"text": section.text.replace(self.anchor, instead, 1)})
            if section.id == self.section
            else section
            for section in sections
        )


def sentence_for(behaviour: Behaviour, weight: float) -> str:
    """The sentence pattern: it reads back as `weight` for the behaviour and names no other."""
    return f"The assistant {_VERBS[weight]} {behaviour.does}."


def rule_changes(reader: Reader, target: SectionData, behaviour: Behaviour, sign: int) -> list[Change]:
    """Ways to have `target` ask for a behaviour (sign 1), forbid it (-1), or no longer speak of it (0)."""
    rule = firmest(reader.read(target.text).rules).get(behaviour.name)
    alone = rule is not None and _alone(rule.sentence, reader.table) and _once(target.text, rule.sentence)
    if sign == 0:
        return [_deletion(target, behaviour, rule)] if rule and alone and abs(rule.weight) >= SHOULD else []
    found = []
    for weight in (sign * SHOULD, sign * MUST):
        if rule is not None and rule.weight * sign >= abs(weight):
            continue
        flips = rule is not None and rule.weight * sign < 0
        kind: Literal["clarification", "change_of_principle"] = (
            "change_of_principle" if flips else "clarification"
        )
        intent = f"{target.title}: the assistant {_VERBS[weight]} {behaviour.does}."
        sentence = sentence_for(behaviour, weight)
        if rule is not None and alone:
            found.append(Change("replace", target.id, behaviour.name, rule.sentence, sentence, intent, kind))
        elif (rule is None or abs(weight) >= abs(rule.weight)) and (anchor := _last_sentence(target)):
            found.append(Change("insert", target.id, behaviour.name, anchor, f" {sentence}", intent, kind))
    return found


def new_section(
    sections: Sequence[SectionData],
    outline: Sequence[SectionData],
    words: Sequence[str],
    behaviour: Behaviour,
    weight: float,
) -> Change:
    """A section for a subject that no section covers, in the heading style of the document.

    It goes after the last section of the level that most sections have.
    """
    levels = (
        [entry.level for entry in outline if entry.level > 1] or [entry.level for entry in outline] or [1]
    )
    level = max(sorted(set(levels)), key=levels.count)
    beside = [entry for entry in outline if entry.level == level]
    after = beside[-1].id if beside else ""
    listed = ", ".join(words[:-1]) + " or " + words[-1] if len(words) > 1 else words[0]
    title = (" and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else words[0]).capitalize()
    attributes = ""
    name = "_".join(words)
    explicit = any(_ATTRIBUTES.search(section.text) for section in sections)
    if name.isascii() and (explicit or any(entry.authority for entry in outline)):
        ranks = [entry.authority for entry in beside if entry.authority]
        rank = f" authority={max(sorted(set(ranks)), key=ranks.count)}" if ranks else ""
        taken = {entry.id for entry in outline}
        attributes = f" {{#{name if name not in taken else name + '_2'}{rank}}}"
    sentence = (
        f"When a user asks about a subject such as {listed}, the assistant {_VERBS[weight]} {behaviour.does}."
    )
    body = f"{'#' * level} {title}{attributes}\n\n{sentence}\n"
    entry = SectionData(id="_".join(words), title=title, level=level, text=body)
    return Change(
        "new_section",
        after,
        behaviour.name,
        "",
        body,
        f"New section on {listed}: the assistant {_VERBS[weight]} {behaviour.does}.",
        "change_of_principle",
        entry,
    )


def _deletion(target: SectionData, behaviour: Behaviour, rule: Rule) -> Change:
    blank = target.text[max(rule.start - 1, 0) : rule.start] == " "
    intent = f"{target.title}: drop the rule about whether to {behaviour.does}."
    anchor = f" {rule.sentence}" if blank else rule.sentence
    return Change("delete", target.id, behaviour.name, anchor, "", intent, "change_of_principle")


def _once(text: str, anchor: str) -> bool:
    return text.count(anchor) == 1


def _alone(sentence: str, table: Table) -> bool:
    return len(sentence_weights(sentence, table) or {}) == 1


def _last_sentence(section: SectionData) -> str:
    heading = _HEADING.match(section.text)
    body_from = heading.end() if heading else 0
    fitting = [
        sentence.text
        for sentence in sentences(section.text)
        if sentence.start >= body_from and _once(section.text, sentence.text) and sentence.text[-1] in ".!?"
    ]
    return fitting[-1] if fitting else ""
