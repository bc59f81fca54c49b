"""A reviewer's own wording of a proposal: the edits that it comes to, and what its test found."""

from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from ..errors import EditError
from ..records import Record
from ..spec import Edit, Proposal, Spec, apply, changed_sections
from .desk import Entry

NOTE = "wording:"
"""What the notes of a run begin with that keep the outcome of a wording's test; the entry's id stands behind it."""


class WordingTest(Record):
    """What became of a reviewer's wording, tested like any proposal."""

    entry: str
    """Id of the entry that holds the wording."""
    proposal: str
    """Id of the proposal that it became on the docket; empty where it couldn't be tested."""
    status: str
    """As on the docket: accepted, retry, deferred, rejected; `untestable` where it couldn't be tested."""
    label: str = ""
    """proven or likely."""
    told: str
    """The outcome in a sentence."""

    @property
    def holds(self) -> bool:
        return self.status in ("accepted", "adopted")


def wording_of(proposal: Proposal, base: Spec, text: str) -> tuple[Edit, ...]:
    """The edits that give what a proposal changes a reviewer's own text: `text` is its changed sections one after
    the other, as they should read.

    Raises EditError where that text can't stand there.
    """
    first = proposal.edits[0]
    changed = [id_ for id_ in changed_sections(base, apply(base, proposal.edits)) if id_ in base]
    if not changed or first.op == "new_section":
        edits: tuple[Edit, ...] = (Edit(op="new_section", section=first.section, text=text),)
    elif len(changed) == 1:
        edits = (_whole(base, changed[0], text),)
    else:
        edits = _several(base, changed, text)
    apply(base, edits)
    return edits


def onto(current: Spec, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """A wording's edits, made for another text: each section is to read as the reviewer wrote it.

    Raises EditError where a section is gone, or where the text reads so already.
    """
    found: list[Edit] = []
    for edit in edits:
        sections = Spec.parse(edit.text).sections
        section = sections[0].id if edit.op == "new_section" and sections else edit.section
        if edit.op == "new_section" and section not in current:
            found.append(edit)
        elif section not in current:
            raise EditError(f"the section {section!r} is no longer in the text")
        elif current.source_of(section).rstrip() != edit.text.rstrip():
            found.append(_whole(current, section, edit.text))
    if not found:
        raise EditError("the text reads so already: there is nothing to test")
    apply(current, found)
    return tuple(found)


def waiting(standing: Mapping[str, Entry], tests: Mapping[str, WordingTest]) -> list[Entry]:
    """The wordings that are to be tested still."""
    return [each for each in standing.values() if each.choice == "reword" and each.id not in tests]


def tests_of(notes: Mapping[str, JsonValue]) -> dict[str, WordingTest]:
    """Entry id to what its test found, out of a run's notes."""
    return {
        name.removeprefix(NOTE): WordingTest.model_validate(value)
        for name, value in notes.items()
        if name.startswith(NOTE)
    }


def _whole(base: Spec, section: str, text: str) -> Edit:
    return Edit(
        op="replace", section=section, anchor=base.source_of(section).rstrip(), text=text.rstrip()
    )  # fmt: skip


def _several(base: Spec, changed: Sequence[str], text: str) -> tuple[Edit, ...]:
    """One edit for each section of the text; the sections keep their ids."""
    written = Spec.parse(text)
    if missing := [id_ for id_ in changed if id_ not in written]:
        raise EditError(f"the wording lacks the section {missing[0]!r}: keep its heading with its id")
    if strange := [id_ for id_ in written.ids if id_ not in base]:
        raise EditError(f"the wording has a section {strange[0]!r} that the text doesn't have")
    return tuple(_whole(base, id_, written.source_of(id_)) for id_ in written.ids)
