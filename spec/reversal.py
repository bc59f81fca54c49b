"""Edits that take edits back."""

from collections.abc import Sequence
from itertools import takewhile

from ..errors import EditError, SpecError
from .anchors import occurrences
from .document import Spec
from .edits import applied, apply, place_of_new
from .records import Edit


def reverse(before: Spec, edits: Sequence[Edit]) -> tuple[Edit, ...]:
    """Edits that lead from `apply(before, edits)` back to `before`, byte for byte.

    Raises EditError where no such edits exist (a first subsection that was deleted, touched text of mixed
    line ends): a patch of the two texts, applied in reverse, always leads back. Also raises as `apply` does.
    """
    back: list[Edit] = []
    for edit in edits:
        after = applied(before, edit)
        back = [*_steps_back(before, after, edit), *back]
        before = after
    return tuple(back)


def _steps_back(before: Spec, after: Spec, edit: Edit) -> list[Edit]:
    """First the sections back as they were, then the text of those that still differ."""
    try:
        steps = _sections_back(before, after, edit)
        restored = apply(after, steps)
        if len(restored.sections) != len(before.sections):
            raise _irreversible(edit)
        for place, section in enumerate(before.sections):
            source = before.text[section.start : section.end]
            if restored.source_of(restored.ids[place]) != source:
                steps.append(_restoring(restored, restored.ids[place], source))
                restored = apply(restored, steps[-1:])
    except SpecError:
        raise _irreversible(edit) from None
    if restored.text != before.text:
        raise _irreversible(edit)
    return steps


def _sections_back(before: Spec, after: Spec, edit: Edit) -> list[Edit]:
    if len(after.sections) > len(before.sections):
        first = place_of_new(before, edit)
        added = after.ids[first : first + len(after.sections) - len(before.sections)]
        return [Edit(op="delete", section=id_, anchor=after.source_of(id_)) for id_ in reversed(added)]
    if len(after.sections) < len(before.sections):
        place = before.place(edit.section)
        above = after.ids[place - 1] if place else None
        if above and above == before.sections[place].parent and after.end_place(above) != place:
            anchor = end_of_own_text(after, above)
            return [Edit(op="new_section", section=above, anchor=anchor, text=before.source_of(edit.section))]
        for id_ in (above, *reversed(after.ancestors(above))) if above else ():
            if after.end_place(id_) == place:
                return [Edit(op="new_section", section=id_, text=before.source_of(edit.section))]
        raise _irreversible(edit)
    return []


def end_of_own_text(spec: Spec, id: str) -> str:
    """The last lines of the section's heading and own text, as few as stand there once: an anchor."""
    source = spec.source_of(id).rstrip()
    start = len(source)
    while start:
        start = max(source.rfind("\n", 0, start - 1), source.rfind("\r", 0, start - 1)) + 1
        if source[start:].strip() and len(occurrences(source, source[start:])) == 1:
            break
    return source[start:]


def _restoring(spec: Spec, id: str, wanted: str) -> Edit:
    """The replace that makes the section's source `wanted`, with as little context as makes its anchor unique."""
    source = spec.source_of(id)
    start = _shared_length(source, wanted)
    shared = _shared_length(source[start:][::-1], wanted[start:][::-1])
    end = len(source) - shared
    text = wanted[start : len(wanted) - shared]
    reach = 24
    while True:
        left = _off_line_end(source, max(0, start - reach), -1)
        right = _off_line_end(source, min(len(source), end + reach), 1)
        anchor = source[left:right]
        if (left == 0 and right == len(source)) or len(occurrences(source, anchor)) == 1:
            return Edit(
                op="replace", section=id, anchor=anchor, text=source[left:start] + text + source[end:right]
            )
        reach *= 2


def _shared_length(one: str, other: str) -> int:
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _off_line_end(source: str, place: int, step: int) -> int:
    """`place`, moved out of the middle of a CRLF."""
    return place + step if 0 < place < len(source) and source[place - 1 : place + 1] == "\r\n" else place


def _irreversible(edit: Edit) -> EditError:
    return EditError(
        f"section {edit.section!r}: no edit takes this {edit.op} back exactly; apply the patch in reverse"
    )
