"""Whether two proposals ask for the same, which kind of change one is, and which reasons people give."""

from collections.abc import Sequence

from pydantic import JsonValue

from .asked import JustificationData, ProposalData, SectionData
from .rules import sentence_weights
from .stance import directions, leanings
from .table import Table
from .wording import normal, sentences


def same_change(first: ProposalData, second: ProposalData, table: Table) -> JsonValue:
    """Same where both move the same behaviours the same way in the same sections, or read the same."""
    moved = [directions(proposal.edits, table) for proposal in (first, second)]
    sections = [{edit.section for edit in proposal.edits} for proposal in (first, second)]
    texts = [[normal(edit.text) for edit in proposal.edits] for proposal in (first, second)]
    same = sections[0] == sections[1] and (
        moved[0] == moved[1] if moved[0] or moved[1] else texts[0] == texts[1]
    )
    names = ", ".join(sorted(set(moved[0]) | set(moved[1]))) or "nothing it knows"
    return {"reason": f"They move {names}.", "answer": "same" if same else "different"}


def kind_of(proposal: ProposalData, sections: Sequence[SectionData], table: Table) -> JsonValue:
    """A change of principle where the edit turns a rule round, drops one, or brings a new section."""
    turned = False
    for edit in proposal.edits:
        before = _weights(edit.anchor, table) if edit.op in ("replace", "delete") else {}
        after = _weights(edit.text, table)
        lost = set(before) - set(after)
        flipped = any(after[name] * weight < 0 for name, weight in before.items() if name in after)
        turned = turned or edit.op == "new_section" or flipped or bool(lost)
    return {
        "sentence": _sentence(proposal, sections),
        "reason": "It turns the rule round." if turned else "The rule stands.",
        "kind": "change_of_principle" if turned else "clarification",
    }


def group(justifications: Sequence[JustificationData], titles: Sequence[str], table: Table) -> JsonValue:
    """A theme for each behaviour that is wanted, and one for each that isn't; only `titles` where there are any."""
    found: dict[str, tuple[str, list[str]]] = {}
    for one in justifications:
        for name, lean in leanings(one.text, one.ranking, table).items():
            if lean:
                title = f"{'wants' if lean > 0 else 'does not want'}: {name}"
                does = table.by_name[name].does
                about = f"The assistant should {'' if lean > 0 else 'not '}{does}."
                found.setdefault(title, (about, []))[1].append(one.key)
    themes: list[JsonValue] = [
        {"title": title, "about": about, "justifications": list(keys)}
        for title, (about, keys) in sorted(found.items(), key=lambda item: (-len(item[1][1]), item[0]))
        if not titles or title in titles
    ]
    return {"themes": themes}


def _weights(text: str, table: Table) -> dict[str, float]:
    return {
        name: weight
        for sentence in sentences(text)
        for name, weight in (sentence_weights(sentence.text, table) or {}).items()
    }


def _sentence(proposal: ProposalData, sections: Sequence[SectionData]) -> str:
    """The sentence that an edit is anchored on, else the last of its section, else any."""
    texts = {section.id: section.text for section in sections}
    for edit in proposal.edits:
        for sentence in sentences(texts.get(edit.section, "")):
            if edit.anchor and (edit.anchor.strip() in sentence.text or sentence.text in edit.anchor):
                return sentence.text
    for id_ in [*(edit.section for edit in proposal.edits), *texts]:
        if told := sentences(texts.get(id_, "")):
            return told[-1].text
    return ""
