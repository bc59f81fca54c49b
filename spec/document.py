"""The spec: a Markdown text and the sections that tile it."""

import difflib
import hashlib
from functools import cached_property
from pathlib import Path

from pydantic import ConfigDict

from ..errors import SpecError
from ..records import Record
from .identifiers import read_attributes, unique_ids
from .markdown import Heading, blocks_of, line_of, newline_of
from .records import Section


class Spec(Record):
    """A behaviour spec. `text` is the file's text to the character, byte-order mark and line ends included.

    What stands before the first heading belongs to no section; after it, the sections tile the text.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ignored_types=(cached_property,))

    text: str
    sections: tuple[Section, ...]

    @classmethod
    def parse(cls, text: str) -> "Spec":
        """Read Markdown. Raises SpecError when it has no heading, or an authority that isn't known."""
        return cls.of_headings(text, headings_of(text))

    @classmethod
    def of_headings(cls, text: str, headings: tuple[Heading, ...]) -> "Spec":
        """The spec of a text whose headings are known already. Raises as `parse` does."""
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as problem:
            raise SpecError(
                f"the text can't be written as UTF-8: a lone surrogate stands at character {problem.start}"
            ) from None
        spec = cls(text=text, sections=_sections(text, headings))
        spec.__dict__["headings"] = headings
        return spec

    @cached_property
    def headings(self) -> tuple[Heading, ...]:
        """The heading of each section as the parser found it."""
        return headings_of(self.text)

    @cached_property
    def digest(self) -> str:
        """SHA-256 (64 hex digits) of the text as UTF-8."""
        return hashlib.sha256(self.text.encode("utf-8")).hexdigest()

    @cached_property
    def newline(self) -> str:
        """The line end that the text uses most; LF when it has none."""
        return newline_of(self.text)

    @cached_property
    def ids(self) -> tuple[str, ...]:
        """The ids of all sections, in order."""
        return tuple(section.id for section in self.sections)

    @cached_property
    def preamble(self) -> str:
        """The text before the first heading, often empty."""
        return self.text[: self.sections[0].start]

    def __contains__(self, id: str) -> bool:
        return id in self._places

    def section(self, id: str) -> Section:
        """The section of this id. Raises SpecError naming the nearest ids."""
        return self.sections[self.place(id)]

    def place(self, id: str) -> int:
        """The section's index in `sections`. Raises SpecError naming the nearest ids."""
        place = self._places.get(id)
        if place is None:
            near = difflib.get_close_matches(id[:200], self.ids, n=3, cutoff=0.5)
            hint = f"the nearest are {', '.join(near)}" if near else "`concord spec show` lists them"
            raise SpecError(f"the spec has no section {id[:200]!r}; {hint}")
        return place

    def source_of(self, id: str) -> str:
        """The section's heading and own text, up to the next heading of any level."""
        section = self.section(id)
        return self.text[section.start : section.end]

    def body_of(self, id: str) -> str:
        """The section's own text without its heading."""
        section = self.section(id)
        return self.text[section.body : section.end]

    def ancestors(self, id: str) -> tuple[str, ...]:
        """Ids of the sections that this one stands below, outermost first."""
        above: list[str] = []
        parent = self.section(id).parent
        while parent is not None:
            above.append(parent)
            parent = self.section(parent).parent
        return tuple(reversed(above))

    def descendants(self, id: str) -> tuple[str, ...]:
        """Ids of all sections below this one, in the order of the document."""
        place = self.place(id)
        return self.ids[place + 1 : self.end_place(id)]

    def end_place(self, id: str) -> int:
        """The index in `sections` just after this section and all below it."""
        place = self.place(id)
        level = self.sections[place].level
        for after in range(place + 1, len(self.sections)):
            if self.sections[after].level <= level:
                return after
        return len(self.sections)

    @cached_property
    def _places(self) -> dict[str, int]:
        return {section.id: place for place, section in enumerate(self.sections)}


def read_spec(path: Path | str) -> Spec:
    """Read a spec file without changing a byte. Raises SpecError (no such file, not UTF-8, no sections)."""
    path = Path(path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise SpecError(f"there is no spec file {str(path)!r}") from None
    except OSError as problem:
        raise SpecError(f"the spec file {str(path)!r} can't be read: {problem.strerror}") from None
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as problem:
        line = data.count(b"\n", 0, problem.start) + 1
        raise SpecError(
            f"{str(path)!r} is not UTF-8: byte {problem.start} (line {line}) is 0x{data[problem.start]:02x};"
            " save the file as UTF-8"
        ) from None
    try:
        return Spec.parse(text)
    except SpecError as problem:
        raise SpecError(f"{str(path)!r}: {problem}") from None


def write_spec(spec: Spec, path: Path | str) -> None:
    """Write the text as UTF-8, byte for byte. Raises SpecError when the file can't be written."""
    path = Path(path)
    try:
        path.write_bytes(spec.text.encode("utf-8"))
    except OSError as problem:
        raise SpecError(f"the spec can't be written to {str(path)!r}: {problem.strerror}") from None


def headings_of(text: str) -> tuple[Heading, ...]:
    """The headings of a text; those of the last few texts are kept."""
    return blocks_of(text).headings


def _sections(text: str, headings: tuple[Heading, ...]) -> tuple[Section, ...]:
    if not headings:
        raise SpecError(
            "the spec has no sections: expected Markdown with at least one heading, such as '# Be honest'"
        )
    attributes = []
    for heading in headings:
        try:
            attributes.append(read_attributes(heading.content))
        except SpecError as problem:
            raise SpecError(f"line {line_of(text, heading.start)}: {problem}") from None
    ids = unique_ids([(each.id, each.title) for each in attributes])
    ends = [*(heading.start for heading in headings[1:]), len(text)]
    sections: list[Section] = []
    above: list[Section] = []
    for heading, each, id_, end in zip(headings, attributes, ids, ends, strict=True):
        while above and above[-1].level >= heading.level:
            above.pop()
        section = Section(
            id=id_,
            title=each.title,
            level=heading.level,
            authority=each.authority,
            parent=above[-1].id if above else None,
            start=heading.start,
            body=heading.end,
            end=end,
        )
        sections.append(section)
        above.append(section)
    return tuple(sections)
