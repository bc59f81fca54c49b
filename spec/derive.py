"""Edits from an edited copy: what a person changed in the text, as anchored edits, section by section."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Literal

from ..errors import EditError, SpecError
from ..records import Record
from .document import Spec
from .edits import apply
from .identifiers import read_attributes, slug
from .markdown import BOM, with_newlines
from .pairing import has_written_id, longest_run, pair_sections
from .records import Edit
from .reversal import end_of_own_text
from .rewording import reworded

Change = Literal["text", "new", "deleted", "moved"]


class SectionEdits(Record):
    """The edits that belong to one section: what a person would call one change."""

    section: str
    """The section's id in the old spec, or in the new one where it is new."""
    title: str
    change: Change
    edits: tuple[Edit, ...]


def derive_edits(old: Spec, new: Spec) -> tuple[SectionEdits, ...]:
    """Edits that lead from `old` to `new`, grouped by section, as small as their anchors allow.

    `apply(old, [edit for group in groups for edit in group.edits])` is `new`, byte for byte; that was tried
    before they are returned. A section that stands elsewhere is deleted and put in again. Groups are in the
    order they apply in: sections gone, moved and new first, then texts; texts of different sections don't
    depend on each other. Equal specs give no edits.

    Raises EditError, in one sentence, where no edits lead there: a change before the first heading, other
    line ends, a new first section.
    """
    if old.text == new.text:
        return ()
    if old.preamble != new.preamble:
        raise EditError(
            "the text before the first heading differs, and edits change sections only; leave it as it is"
        )
    if old.newline != new.newline and ("\n" in old.text or "\r" in old.text):
        raise EditError(
            "the line ends differ throughout from those of the spec; save the copy with the spec's"
        )
    failure = ""
    for at_once in (False, True):
        for fine in (True, False):
            try:
                groups = _Derivation(old, new, at_once=at_once, fine=fine).groups()
                if apply(old, [edit for group in groups for edit in group.edits]).text == new.text:
                    return groups
            except SpecError as problem:
                failure = failure or str(problem)
    if title := _shared_title(old) or _shared_title(new):
        raise EditError(
            f"more than one section would have the id {title!r}, so which is which hangs on their order;"
            f" write ids into those headings first, such as {{#{title}_1}}"
        )
    raise EditError(f"no edits lead from the spec to this text{f': {failure}' if failure else ''}")


def edited_copy(old: Spec, text: str) -> Spec:
    """The spec that an edited copy of `old` holds.

    An editor may have saved it with other line ends, or with or without a byte-order mark: where the old
    spec has one kind of line end, those and the mark are taken from it, so that only real changes are left.
    Raises SpecError as `Spec.parse` does.
    """
    has_mark = old.text.startswith(BOM)
    if has_mark != text.startswith(BOM):
        text = BOM + text if has_mark else text[len(BOM) :]
    if with_newlines(old.text, old.newline) == old.text and ("\n" in old.text or "\r" in old.text):
        text = with_newlines(text, old.newline)
    return Spec.parse(text)


def _shared_title(spec: Spec) -> str | None:
    """An id that two sections ask for, by title or in the heading."""
    wanted = Counter(
        read_attributes(each.content).id or slug(read_attributes(each.content).title)
        for each in spec.headings
    )
    return next((id_ for id_, count in wanted.items() if count > 1), None)


class _Derivation:
    """One way from `old` to `new`: with all deletions first (`at_once`), by sentences (`fine`) or sections."""

    def __init__(self, old: Spec, new: Spec, *, at_once: bool, fine: bool) -> None:
        self.new = new
        self.work = old
        self.at_once = at_once
        self.fine = fine
        self.old = old
        pairs = pair_sections(old, new)
        self.kept = _kept(old, new, pairs)
        self.moved = {pairs[id_]: id_ for id_ in old.ids if id_ in pairs and id_ not in self.kept}
        self.made: list[tuple[Change, str, str, list[Edit]]] = []

    def groups(self) -> tuple[SectionEdits, ...]:
        staying = set(self.kept.values())
        roots = [
            section.id
            for section in self.new.sections
            if section.id not in staying and (section.parent is None or section.parent in staying)
        ]
        back = {self.moved[id_]: id_ for id_ in roots if id_ in self.moved}
        for root in reversed(self._gone_roots()):
            if self.at_once or root not in back:
                self._start("deleted", root, self.old.section(root).title)
                self._delete(root)
        references = self._references(set(roots))
        for root in reversed(roots):
            was = self.moved.get(root)
            self._start("moved" if was else "new", was or root, self.new.section(root).title)
            if was and was in self.work:
                self._delete(was)
            self._add(root, references[root])
        self.made += list(self._texts())
        return tuple(
            SectionEdits(section=section, title=title, change=change, edits=tuple(edits))
            for change, section, title, edits in self.made
            if edits
        )

    def _start(self, change: Change, section: str, title: str) -> None:
        self.made.append((change, section, title, []))

    def _do(self, edit: Edit) -> None:
        self.work = apply(self.work, [edit])
        self.made[-1][3].append(edit)

    def _gone_roots(self) -> list[str]:
        return [
            section.id
            for section in self.old.sections
            if section.id not in self.kept and (section.parent is None or section.parent in self.kept)
        ]

    def _delete(self, root: str) -> None:
        """The section and, first, all below it, as the old spec has them."""
        for id_ in reversed((root, *self.old.descendants(root))):
            if id_ in self.work:
                self._do(Edit(op="delete", section=id_, anchor=self.work.source_of(id_)))

    def _references(self, roots: set[str]) -> dict[str, tuple[str, bool]]:
        """For each new section the old one that it goes after, and whether directly below that one."""
        back = {new: old for old, new in self.kept.items()}
        last: dict[str | None, str] = {}
        found: dict[str, tuple[str, bool]] = {}
        for section in self.new.sections:
            if section.id in back:
                last[section.parent] = back[section.id]
            elif section.id in roots:
                if section.parent in last:
                    found[section.id] = (last[section.parent], False)
                elif section.parent is not None:
                    found[section.id] = (back[section.parent], True)
                else:
                    raise EditError(
                        f"section {section.id!r} stands before the spec's first section, where no edit can put"
                        " it; put it after, or keep the first heading's id and level"
                    )
        return found

    def _add(self, root: str, reference: tuple[str, bool]) -> None:
        start = self.new.section(root).start
        end = self.new.sections[self.new.end_place(root) - 1].end
        after, below = reference
        anchor = end_of_own_text(self.work, after) if below and self.work.descendants(after) else ""
        text = self.new.text[start:end].strip("\r\n")
        self._do(Edit(op="new_section", section=after, anchor=anchor, text=text))
        for id_ in (root, *self.new.descendants(root)):
            for edit in reworded(self.work.source_of(id_), self.new.source_of(id_), id_, fine=self.fine):
                self._do(edit)

    def _texts(self) -> Iterator[tuple[Change, str, str, list[Edit]]]:
        for old, new in self.kept.items():
            edits = reworded(self.work.source_of(old), self.new.source_of(new), old, fine=self.fine)
            if edits:
                yield "text", old, self.new.section(new).title, edits


def _kept(old: Spec, new: Spec, pairs: dict[str, str]) -> dict[str, str]:
    """The pairs that stay where they are: same level, same section above, same order, an id that may stay."""
    back = {theirs: ours for ours, theirs in pairs.items()}
    children: dict[str | None, list[str]] = defaultdict(list)
    for section in new.sections:
        children[section.parent].append(section.id)
    kept: dict[str, str] = {}
    waiting: list[tuple[str | None, str | None]] = [(None, None)]
    while waiting:
        ours, theirs = waiting.pop()
        staying = [
            id_
            for id_ in children[theirs]
            if id_ in back
            and old.section(back[id_]).parent == ours
            and old.section(back[id_]).level == new.section(id_).level
            and (back[id_] == id_ or not has_written_id(old, back[id_]))
        ]
        run = longest_run([old.place(back[id_]) for id_ in staying])
        for place, id_ in enumerate(staying):
            if place in run:
                kept[back[id_]] = id_
                waiting.append((back[id_], id_))
    return {id_: kept[id_] for id_ in old.ids if id_ in kept}
