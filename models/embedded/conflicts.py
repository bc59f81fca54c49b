"""Whether a change and another passage ask for opposite behaviours."""

from pydantic import JsonValue

from .asked import ChangeData, PassageData, SectionData
from .rules import read_rules, sentence_weights
from .table import Table
from .topics import speak_of_the_same
from .wording import sentences


def conflict(change: ChangeData, passage: PassageData, table: Table) -> JsonValue:
    """Contradicts where one side's rule for a behaviour is against the other's, or against what an example shows.

    A section on another subject doesn't contradict, nor does a general one, which gives way to the more specific.
    """
    told = [sentence.text for text in change.sentences for sentence in sentences(text)]
    told = told or [sentence.text for section in change.sections for sentence in sentences(section.text)]
    there = sentences(passage.text)
    nearest = (told[-1] if told else "", there[0].text if there else passage.text)
    section = SectionData(id=passage.section, title=passage.section, text=passage.text)
    if passage.what == "section" and not any(speak_of_the_same(each, section) for each in change.sections):
        told = []
    for sentence in told:
        for name, weight in (sentence_weights(sentence, table) or {}).items():
            other = _against(passage, name, weight, table)
            if other:
                return _answer(sentence, other, f"They part on {name}.", "contradicts")
    return _answer(*nearest, "No behaviour that it knows is asked for here and forbidden there.", "fits")


def _against(passage: PassageData, behaviour: str, weight: float, table: Table) -> str:
    """The sentence of the passage that speaks against the rule; empty where there is none."""
    if passage.what == "example":
        wrong = weight < 0 if passage.label == "GOOD" else weight > 0
        if not wrong or behaviour not in table.shown(passage.text):
            return ""
        return next((s.text for s in sentences(passage.text) if behaviour in table.shown(s.text)), "")
    rules = read_rules(passage.text, table).rules
    return next((r.sentence for r in rules if r.behaviour == behaviour and r.weight * weight < 0), "")


def _answer(changed: str, other: str, reason: str, verdict: str) -> JsonValue:
    return {"changed": changed, "other": other, "reason": reason, "verdict": verdict}
