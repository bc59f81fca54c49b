"""What a comparison of two specs tells: the sections that differ, and the passages in them."""

from collections.abc import Callable
from typing import Literal

from ..records import Record
from .folding import folded
from .records import Authority
from .wording import Segment


class Passage(Record):
    """One paragraph, list item or line that changed.

    `other` is the title of the section that a moved passage went to or came from.
    """

    kind: Literal["edited", "added", "removed", "moved_here", "moved_away", "moved_within"]
    segments: tuple[Segment, ...]
    other: str = ""

    @property
    def text(self) -> str:
        return "".join(segment.text for segment in self.segments)


class SectionChange(Record):
    """What happened to one section. The `old_` fields are None where the section is new."""

    section: str
    """Its id in the new spec, or in the old one where it is gone."""
    title: str
    level: int
    authority: Authority | None
    path: tuple[str, ...]
    """Titles of the sections that it stands below, outermost first."""
    status: Literal["new", "gone", "kept"]
    old_id: str | None = None
    old_title: str | None = None
    old_level: int | None = None
    old_authority: Authority | None = None
    old_path: tuple[str, ...] | None = None
    moved: bool = False
    after: str = ""
    """Title of the section before it below the same one; empty where it is the first."""
    text: Literal["same", "typographic", "substantive"] = "same"
    passages: tuple[Passage, ...] = ()

    @property
    def authority_changed(self) -> bool:
        return self.status == "kept" and self.authority != self.old_authority

    @property
    def renamed(self) -> bool:
        return self.status == "kept" and folded(self.title) != folded(self.old_title or "")

    @property
    def level_changed(self) -> bool:
        return self.status == "kept" and self.level != self.old_level

    @property
    def changed(self) -> bool:
        """Whether anything but typography changed."""
        return (
            self.status != "kept"
            or self.text == "substantive"
            or self.moved
            or self.authority_changed
            or self.renamed
            or self.level_changed
        )


class Comparison(Record):
    """The sections that differ, in the order of the new spec; what is gone stands where it stood."""

    sections: tuple[SectionChange, ...]
    preamble: tuple[Passage, ...] = ()
    """Changes before the first heading."""

    @property
    def summary(self) -> dict[str, tuple[SectionChange, ...]]:
        """The sections by what happened to them; one may be counted under several heads."""
        return {
            "new": self._those(lambda each: each.status == "new"),
            "gone": self._those(lambda each: each.status == "gone"),
            "moved": self._those(lambda each: each.moved),
            "renamed": self._those(lambda each: each.renamed),
            "authority changed": self._those(lambda each: each.authority_changed),
            "substantive": self._those(lambda each: each.status == "kept" and each.text == "substantive"),
            "typographic": self._those(lambda each: each.status == "kept" and each.text == "typographic"),
        }

    def _those(self, holds: Callable[[SectionChange], bool]) -> tuple[SectionChange, ...]:
        return tuple(each for each in self.sections if holds(each))
