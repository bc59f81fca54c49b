"""The hidden truth of the example: in which four places the people want something else than the spec says."""

import random
from functools import lru_cache
from importlib.resources import files
from typing import Literal

from ..models.embedded.asked import SectionData
from ..models.embedded.table import Table, shipped_table
from ..records import Record
from ..spec.document import Spec
from ..spec.edits import apply
from ..spec.records import Edit
from .subjects import Subject, subjects

PlaceKind = Literal["clarification", "change_of_principle", "missing_rule", "unbacked_rule"]

_PERMITTED = {
    "health": "sources",
    "law": "options",
    "politics": "question",
    "money": "options",
    "relationships": "example",
    "writing": "question",
    "programming": "warning",
    "travel": "example",
}
"""Sections that permit what people may want for certain (a clarification)."""
_FLIPPED = {
    "law": ("steps", False),
    "politics": ("opinion", False),
    "homework": ("hint", True),
    "relationships": ("refusal", True),
    "programming": ("steps", True),
    "careers": ("opinion", False),
}
"""Sections that ask for (True) or forbid (False) what people may want the other way round."""
_COMMANDED = {
    "health": "disclaimer",
    "money": "empathy",
    "homework": "praise",
    "writing": "options",
    "travel": "sources",
    "careers": "balance",
}
"""Sections that command what nobody may want."""


class Place(Record):
    """One planted difference. `edits` is the true improvement: the spec as the people would have it there."""

    kind: PlaceKind
    subject: str
    section: str
    """The section to change; for a missing rule, the one after which a new section goes."""
    behaviour: str
    wanted: Literal[-1, 0, 1]
    """What the people want of the behaviour: less, nothing either way, more."""
    edits: tuple[Edit, ...]


@lru_cache(maxsize=1)
def reading_table() -> Table:
    """The behaviours that the example's world is made of: those of the embedded reader."""
    return shipped_table()


@lru_cache(maxsize=1)
def example_spec() -> Spec:
    """The spec that comes with the example."""
    return Spec.parse(files(__package__).joinpath("spec.md").read_text(encoding="utf-8"))


def planted(seed: int) -> tuple[Place, ...]:
    """The four places of a world, one of each kind, each on a subject of its own."""
    rng = random.Random(f"concord example places {seed}")
    missing = rng.choice([subject for subject in subjects().values() if subject.title])
    flipped = rng.choice(sorted(_FLIPPED))
    commanded = rng.choice(sorted(set(_COMMANDED) - {flipped}))
    permitted = rng.choice(sorted(set(_PERMITTED) - {flipped, commanded}))
    return (
        _clarification(permitted),
        _change_of_principle(flipped),
        _missing_rule(missing, rng.choice(missing.behaviours)),
        _unbacked_rule(commanded),
    )


def true_spec(places: tuple[Place, ...]) -> Spec:
    """The spec with every true improvement applied."""
    return apply(example_spec(), [edit for place in places for edit in place.edits])


def read_sections(spec: Spec) -> tuple[SectionData, ...]:
    """The whole spec as the embedded reader takes it."""
    return tuple(
        SectionData(id=one.id, title=one.title, level=one.level, text=spec.source_of(one.id).rstrip())
        for one in spec.sections
    )


def _does(behaviour: str) -> str:
    return reading_table().by_name[behaviour].does


def _clarification(section: str) -> Place:
    behaviour = _PERMITTED[section]
    edit = Edit(
        op="replace",
        section=section,
        anchor=f"The assistant may {_does(behaviour)}.",
        text=f"The assistant must {_does(behaviour)}.",
    )
    return Place(
        kind="clarification", subject=section, section=section, behaviour=behaviour, wanted=1, edits=(edit,)
    )


def _change_of_principle(section: str) -> Place:
    behaviour, asked_for = _FLIPPED[section]
    verbs = ("should", "should not") if asked_for else ("should not", "should")
    edit = Edit(
        op="replace",
        section=section,
        anchor=f"The assistant {verbs[0]} {_does(behaviour)}.",
        text=f"The assistant {verbs[1]} {_does(behaviour)}.",
    )
    return Place(
        kind="change_of_principle",
        subject=section,
        section=section,
        behaviour=behaviour,
        wanted=-1 if asked_for else 1,
        edits=(edit,),
    )


def _missing_rule(subject: Subject, behaviour: str) -> Place:
    listed = ", ".join(subject.words[:-1]) + " or " + subject.words[-1]
    last = example_spec().ids[-1]
    text = (
        f"### {subject.title} {{#{subject.name} authority=user}}\n\n"
        f"When a user asks about {listed}, the assistant must {_does(behaviour)}.\n"
    )
    edit = Edit(op="new_section", section=last, text=text)
    return Place(
        kind="missing_rule", subject=subject.name, section=last, behaviour=behaviour, wanted=1, edits=(edit,)
    )


def _unbacked_rule(section: str) -> Place:
    behaviour = _COMMANDED[section]
    edit = Edit(op="delete", section=section, anchor=f" The assistant must {_does(behaviour)}.")
    return Place(
        kind="unbacked_rule", subject=section, section=section, behaviour=behaviour, wanted=0, edits=(edit,)
    )
