"""What an edit may not do to the rest of the document."""

from ..errors import EditError, SpecError
from .document import Spec
from .identifiers import read_attributes
from .markdown import NEWLINE, read_blocks
from .records import Operation, Section


def check_within_section(before: Spec, after: Spec, id: str, op: Operation) -> None:
    """An edit inside a section leaves one section there, and every other one as it was.

    Its heading changes by `replace` only, and an explicit id stays. Raises EditError.
    """
    place = before.place(id)
    if len(after.sections) > len(before.sections):
        raise EditError(
            f"section {id!r}: the {op} would add a heading; use new_section for a section, or leave it out"
        )
    if (
        len(after.sections) < len(before.sections)
        or after.sections[place].start != before.sections[place].start
    ):
        raise EditError(
            f"section {id!r}: the {op} would take a heading out of the document (its own, or a following one"
            " through an unclosed fence or comment); keep the heading, or delete the section's whole source"
        )
    section = before.sections[place]
    edited = after.sections[place]
    if before.text[section.start : section.body].rstrip() != after.text[edited.start : edited.body].rstrip():
        if op != "replace":
            raise EditError(f"section {id!r}: the {op} would change the heading; only a replace may")
        explicit = _explicit_id(before, section)
        if explicit and _explicit_id(after, edited) != explicit:
            raise EditError(f"section {id!r}: the replace would change the id in the heading; keep {{#{id}}}")
    others = [*before.sections[:place], *before.sections[place + 1 :]]
    kept = [*after.sections[:place], *after.sections[place + 1 :]]
    _check_others(before, after, id, op, others, kept, renamed={section.id: edited.id})


def check_section_removed(before: Spec, after: Spec, id: str) -> None:
    """A whole section goes only where nothing stands below it. Raises EditError."""
    place = before.place(id)
    if before.descendants(id):
        raise EditError(
            f"section {id!r}: it can't be deleted while {before.descendants(id)[0]!r} stands below it;"
            " delete that first"
        )
    others = [*before.sections[:place], *before.sections[place + 1 :]]
    _check_others(before, after, id, "delete", others, list(after.sections), renamed={})


def check_new_section(before: Spec, after: Spec, id: str, text: str, place: int) -> None:
    """New text begins with a heading, brings ids that are new and stays by itself. Raises EditError.

    `place` is the index in `sections` that it was put at.
    """
    text = text.strip("\r\n")
    blocks = read_blocks(text)
    if not blocks.headings or blocks.headings[0].start:
        raise EditError(
            f"new section after {id!r}: the text must begin with a heading, such as '## Be brief'; it begins"
            f" with {NEWLINE.split(text, 1)[0][:80]!r}"
        )
    try:
        added = Spec.parse(text)
    except SpecError as problem:
        raise EditError(f"new section after {id!r}: {problem}") from None
    for section in added.sections[1:]:
        if section.level <= added.sections[0].level:
            raise EditError(
                f"new section after {id!r}: {section.title!r} stands beside {added.sections[0].title!r}, not"
                " below it; add one section at a time"
            )
    if taken := [name for name in added.ids if name in before]:
        raise EditError(
            f"new section after {id!r}: a section {taken[0]!r} is there already; choose another id"
        )
    count = len(added.sections)
    if after.ids[place : place + count] != added.ids:
        raise EditError(f"new section after {id!r}: its headings would not stand in the document as given")
    kept = [*after.sections[:place], *after.sections[place + count :]]
    _check_others(before, after, id, "new_section", list(before.sections), kept, renamed={})


def _check_others(
    before: Spec,
    after: Spec,
    id: str,
    op: Operation,
    others: list[Section],
    kept: list[Section],
    renamed: dict[str, str],
) -> None:
    if len(kept) != len(others):
        raise EditError(
            f"section {id!r}: the {op} would change which sections there are; close what it opens"
        )
    for old, new in zip(others, kept, strict=True):
        parent = renamed.get(old.parent, old.parent) if old.parent is not None else None
        same_text = before.text[old.start : old.end].rstrip() == after.text[new.start : new.end].rstrip()
        if (old.id, old.level, parent) != (new.id, new.level, new.parent) or not same_text:
            raise EditError(
                f"section {id!r}: the {op} would change section {old.id!r} too; an edit changes one section"
            )


def _explicit_id(spec: Spec, section: Section) -> str | None:
    heading = read_blocks(spec.text[section.start : section.body]).headings[0]
    return read_attributes(heading.content).id
