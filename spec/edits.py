"""Applying edits to a spec, and telling which sections differ.

An edit changes the one section it names. Whatever would change another one (swallow it in an unclosed
fence, give it a new id or another parent, merge its heading into a paragraph) is refused.
"""

from collections.abc import Sequence
from functools import reduce
from itertools import takewhile

from ..errors import EditError, SpecError
from .anchors import Span, find_anchor, occurrences
from .document import Spec
from .markdown import NEWLINE, only_newline, with_newlines
from .records import Edit, Section
from .splicing import spliced
from .structure import check_new_section, check_section_removed, check_within_section

FEWEST_AT_ONCE = 4
"""From so many edits on, those inside of sections are applied together."""


def apply(spec: Spec, edits: Sequence[Edit]) -> Spec:
    """The spec after `edits`, one after the other, each against the result of the former.

    - replace: the anchor becomes the text. It alone may change a heading, but not an explicit id.
    - insert: the text goes directly after the anchor, as it is; with no anchor it becomes a paragraph of its
      own at the end of the section's own text, before the sections below it.
    - delete: the anchor is removed (`text` is not read). An anchor that is the section's whole source removes
      the section, where nothing stands below it; a heading without its body is not removed.
    - new_section: the text goes after `section` and all below it, set off by blank lines; where the anchor is
      the end of the section's own text, directly after that, before the sections below it. It begins with a
      heading; further headings in it must be deeper; their ids must be new.

    Inserted text takes the document's line ends. A document without a final newline stays without. Raises
    EditError for a section that isn't there, an anchor that is missing or stands twice, and a change of
    structure.
    """
    waiting = list(edits)
    while waiting:
        run = list(takewhile(_is_within, waiting)) if len(waiting) >= FEWEST_AT_ONCE else []
        if len(run) >= FEWEST_AT_ONCE and (after := applied_at_once(spec, run)):
            spec, waiting = after, waiting[len(run) :]
        else:
            size = max(1, len(run))
            for edit in waiting[:size]:
                spec = applied(spec, edit)
            waiting = waiting[size:]
    return spec


def applied_at_once(spec: Spec, edits: Sequence[Edit]) -> Spec | None:
    """What `apply` gives for edits inside of sections, in time linear in the text; None where it must decide.

    The first edit of each section, then the second of each, and so on: as long as no heading changes,
    sections don't depend on each other, so every step by itself would have been allowed.
    """
    if only_newline(spec.text) is None:
        return None
    rounds: list[list[Edit]] = []
    counts: dict[str, int] = {}
    for edit in edits:
        turn = counts.get(edit.section, 0)
        counts[edit.section] = turn + 1
        if turn == len(rounds):
            rounds.append([])
        rounds[turn].append(edit)
    for each in rounds:
        if len(each) < FEWEST_AT_ONCE:
            try:
                spec = reduce(applied, each, spec)
            except EditError:
                return None
            continue
        found = _bodies_edited(spec, each)
        if found is None:
            return None
        spec = found
    return spec


def _bodies_edited(spec: Spec, edits: Sequence[Edit]) -> Spec | None:
    """The spec after one edit in each of some sections; None when a heading would change, or one is refused."""
    try:
        places = sorted(
            ((*_place_and_text(spec, edit), edit) for edit in edits), key=lambda each: each[0].start
        )
    except SpecError:
        return None
    pieces: list[str] = []
    done = 0
    for span, text, edit in places:
        section = spec.section(edit.section)
        if span.start < section.body:
            return None
        pieces += [spec.text[done : span.start], text]
        done = span.end
    try:
        after = Spec.parse("".join([*pieces, spec.text[done:]]))
    except SpecError:
        return None
    same = len(after.sections) == len(spec.sections) and all(
        one.id == other.id and one.level == other.level and _heading(spec, one) == _heading(after, other)
        for one, other in zip(spec.sections, after.sections, strict=True)
    )
    return after if same else None


def _heading(spec: Spec, section: Section) -> str:
    return spec.text[section.start : section.body].rstrip()


def _is_within(edit: Edit) -> bool:
    return edit.op != "new_section"


def changed_sections(before: Spec, after: Spec) -> tuple[str, ...]:
    """Ids of the sections whose source differs, or which stand in only one of the two.

    In the order of `before`, then the added ones in the order of `after`. Blank lines at a section's end are
    not looked at: they keep it apart from the next one.
    """
    changed = [
        id_
        for id_ in before.ids
        if id_ not in after or before.source_of(id_).rstrip() != after.source_of(id_).rstrip()
    ]
    return (*changed, *(id_ for id_ in after.ids if id_ not in before))


def applied(spec: Spec, edit: Edit) -> Spec:
    """The spec after one edit. Raises EditError."""
    old, text = _place_and_text(spec, edit)
    section = spec.section(edit.section)
    try:
        after = spliced(spec, old.start, old.end, text)
    except SpecError as problem:
        raise EditError(f"section {section.id!r}: after the {edit.op}, {problem}") from None
    if edit.op == "new_section":
        check_new_section(spec, after, section.id, edit.text, place_of_new(spec, edit))
    elif edit.op == "delete" and _is_whole(spec, section.id, old):
        check_section_removed(spec, after, section.id)
    else:
        check_within_section(spec, after, section.id, edit.op)
    return after


def _place_and_text(spec: Spec, edit: Edit) -> tuple[Span, str]:
    """What of the spec's text an edit takes the place of, and the text that it puts there. Raises EditError."""
    try:
        section = spec.section(edit.section)
    except SpecError as problem:
        raise EditError(str(problem)) from None
    newline = spec.newline
    text = with_newlines(edit.text, newline)
    if edit.op in ("insert", "new_section") and not edit.text.strip():
        raise EditError(f"section {edit.section!r}: the {edit.op} has no text; give the text to put there")
    if edit.op in ("replace", "delete") and not edit.anchor:
        raise EditError(f"section {edit.section!r}: the {edit.op} has no anchor; quote the text to change")
    if edit.op == "new_section":
        end = spec.sections[place_of_new(spec, edit) - 1].end
        old = Span(end, end)
        text = _set_off(spec.text, old.start, text, newline)
    elif edit.op == "insert" and not edit.anchor:
        old = _end_of_own_text(spec, section.id)
        text = _appended(spec.text[old.end : section.end], text, newline, section.end < len(spec.text))
    elif edit.op == "insert":
        anchor = find_anchor(spec, section.id, edit.anchor)
        old = Span(anchor.end, anchor.end)
    else:
        old = find_anchor(spec, section.id, edit.anchor)
        text = text if edit.op == "replace" else ""
    return old, text


def place_of_new(spec: Spec, edit: Edit) -> int:
    """The index in `sections` that a new section gets.

    After the section and all below it; directly below it where the anchor is the end of its own text.
    """
    section = spec.section(edit.section)
    if edit.anchor.strip():
        found = occurrences(spec.source_of(section.id), edit.anchor)
        if len(found) == 1 and not spec.text[section.start + found[0].end : section.end].strip():
            return spec.place(section.id) + 1
    return spec.end_place(section.id)


def _set_off(text: str, at: int, inserted: str, newline: str) -> str:
    """`inserted` with the blank lines that keep it apart from what stands before and after `at`."""
    ended = text[:at].rstrip("\r\n")
    above = newline * max(0, 2 - _line_ends(text[len(ended) : at]))
    if at < len(text):
        return above + inserted.strip("\r\n") + newline * 2
    return above + inserted.strip("\r\n") + (newline if text.endswith(("\n", "\r")) else "")


def _end_of_own_text(spec: Spec, id: str) -> Span:
    """The place after the section's last line that isn't blank, before that line's end."""
    source = spec.source_of(id)
    place = len(source.rstrip(" \t\r\n"))
    while place < len(source) and source[place] in " \t":
        place += 1
    start = spec.section(id).start + place
    return Span(start, start)


def _appended(tail: str, inserted: str, newline: str, followed: bool) -> str:
    """`inserted` as a paragraph; a blank line is added before a following heading that had none."""
    below = newline if followed and _line_ends(tail) < 2 else ""
    return newline * 2 + inserted.strip("\r\n") + below


def _line_ends(text: str) -> int:
    return sum(1 for _ in NEWLINE.finditer(text))


def _is_whole(spec: Spec, id: str, span: Span) -> bool:
    section = spec.section(id)
    return span.start == section.start and not spec.text[span.end : section.end].strip()
