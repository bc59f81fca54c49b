"""What a change is held against: passages of the spec that speak of the same, and what is certain without a model."""

import re
from collections.abc import Iterator, Sequence
from typing import Literal

from ..agents.conflict import SpecPassage
from ..agents.excerpts import changed_sentences
from ..prompts.cut import sentence_spans
from ..spec import Example, Spec, changed_sections, examples, modal_words, without_examples
from .likeness import Likeness

_LINK = re.compile(r"\]\(#(?P<id>[^()\s]+)\)")
_MARKS = re.compile(r"[^\w\s]+")
_LEAST = 0.02
"""Likeness below which two texts share no word that says anything."""


def passages(before: Spec, after: Spec, most: int) -> tuple[list[SpecPassage], int]:
    """At most `most` passages that the change may contradict, the nearest first; and how many more there were.

    Half of the places go to the changed sections' own GOOD and BAD examples, where there are so many; the rest to other
    sections: those that a link joins with the changed ones, those above them, and then the most alike in their words.
    """
    changed = [id_ for id_ in changed_sections(before, after) if id_ in after]
    said = "\n".join(sentence for id_ in changed for sentence in new_sentences(before, after, id_))
    said = said or "\n".join(after.body_of(id_) for id_ in changed)
    shown = _examples(after, changed, said)
    sections = _sections(after, changed, said)
    room = max(most // 2, most - len(sections))
    found = [*shown[:room], *sections][:most]
    return found, len(shown) + len(sections) - len(found)


def new_sentences(before: Spec, after: Spec, id: str) -> list[str]:
    """The sentences of a section that don't stand in it before."""
    old = before.source_of(id).rstrip() if id in before else ""
    return changed_sentences(old, after.source_of(id).rstrip())


def certain(before: Spec, after: Spec) -> tuple[str, ...]:
    """What a change breaks for sure, in words: a sentence that another section has with another modal verb, and
    links to a section that is gone."""
    found = [
        f"{where} says “{there}”, and the change says “{here}”: the same with another modal verb"
        for where, here, there in _modal_clashes(before, after)
    ]
    gone = _broken(after) - _broken(before)
    found += [f"{where} links to “{target}”, which is no section any more" for where, target in sorted(gone)]
    return tuple(found)


def _modal_clashes(before: Spec, after: Spec) -> Iterator[tuple[str, str, str]]:
    """(other section, its sentence, the change's sentence)."""
    changed = [id_ for id_ in changed_sections(before, after) if id_ in after]
    here: dict[str, list[str]] = {}
    for id_ in changed:
        for sentence in new_sentences(before, after, id_):
            if modal_words(sentence):
                here.setdefault(_without_modals(sentence), []).append(sentence)
    for section in after.sections:
        if section.id in changed:
            continue
        text = without_examples(after.body_of(section.id))
        for start, end in sentence_spans(text):
            there = " ".join(text[start:end].split())
            for sentence in here.get(_without_modals(there), ()):
                if modal_words(sentence) != modal_words(there):
                    yield section.id, " ".join(sentence.split()), there


def _without_modals(sentence: str) -> str:
    words = " ".join(_MARKS.sub(" ", sentence.casefold()).split())
    for modal in sorted(set(modal_words(sentence)), key=len, reverse=True):
        words = re.sub(rf"\b{re.escape(modal)}\b", " ", words)
    return " ".join(words.split())


def _broken(spec: Spec) -> set[tuple[str, str]]:
    known = set(spec.ids)
    return {
        (section.id, match["id"])
        for section in spec.sections
        for match in _LINK.finditer(spec.body_of(section.id))
        if match["id"] not in known
    }


def _examples(spec: Spec, changed: Sequence[str], said: str) -> list[SpecPassage]:
    """The labelled examples of the changed sections, the most alike first."""
    found = [each for each in examples(spec) if each.section in changed and each.label in ("GOOD", "BAD")]
    texts = {str(place): _words(each) for place, each in enumerate(found)}
    near = Likeness({"": said, **texts})
    order = sorted(range(len(found)), key=lambda place: (-near.between("", str(place)), place))
    return [_example(found[place]) for place in order]


def _words(example: Example) -> str:
    return "\n".join([*(content for _, content in example.messages), example.response])


def _example(example: Example) -> SpecPassage:
    label: Literal["GOOD", "BAD"] = "GOOD" if example.label == "GOOD" else "BAD"
    return SpecPassage(
        what="example", section=example.section, label=label, messages=example.messages, text=example.response
    )


def _sections(spec: Spec, changed: Sequence[str], said: str) -> list[SpecPassage]:
    """Other sections with a text of their own, by link and place, then by likeness."""
    bodies = {
        id_: without_examples(spec.body_of(id_)).strip()
        for id_ in spec.ids
        if id_ not in changed
    }  # fmt: skip
    bodies = {id_: text for id_, text in bodies.items() if text}
    joined = {match["id"] for id_ in changed for match in _LINK.finditer(spec.body_of(id_))}
    joined |= {
        id_
        for id_, text in bodies.items()
        if any(match["id"] in changed for match in _LINK.finditer(text))
    }  # fmt: skip
    joined |= {above for id_ in changed for above in spec.ancestors(id_)}
    near = Likeness({"": said, **bodies})
    likeness = {id_: near.between("", id_) for id_ in bodies}
    wanted = [id_ for id_ in bodies if id_ in joined or likeness[id_] >= _LEAST]
    wanted.sort(key=lambda id_: (id_ not in joined, -likeness[id_], id_))
    return [
        SpecPassage(
            what="section", section=id_, authority=spec.section(id_).authority or "", text=bodies[id_]
        )
        for id_ in wanted
    ]
