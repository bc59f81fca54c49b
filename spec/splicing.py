"""Reading a spec again after a change in one place, without reading all of it.

A heading at the top level closes every block before it, so what stands between two headings that the change
doesn't touch can be read by itself.
"""

from dataclasses import replace

from .document import Spec
from .markdown import BOM, Heading, read_blocks


def spliced(spec: Spec, start: int, end: int, text: str) -> Spec:
    """Equal to `Spec.parse` of the spec's text with characters `start` to `end` replaced by `text`.

    Raises SpecError as it does.
    """
    revised = spec.text[:start] + text + spec.text[end:]
    headings = _spliced_headings(spec, revised, start, end)
    return Spec.parse(revised) if headings is None else Spec.of_headings(revised, headings)


def _spliced_headings(spec: Spec, revised: str, start: int, end: int) -> tuple[Heading, ...] | None:
    """The headings of `revised`, or None where the change reaches too far to tell without reading it all."""
    headings = spec.headings
    first = sum(1 for heading in headings if heading.end < start) - 1
    after = next((place for place, heading in enumerate(headings) if heading.start >= end), len(headings))
    if first < 0 or revised.startswith(BOM, headings[first].start):
        return None
    origin = headings[first].start
    shift = len(revised) - len(spec.text)
    following = [_moved(heading, shift) for heading in headings[after:]]
    read = read_blocks(revised[origin : following[0].end if following else len(revised)]).headings
    between = [_moved(heading, origin) for heading in read]
    if following and (not between or between.pop() != following[0]):
        return None
    return (*headings[:first], *between, *following)


def _moved(heading: Heading, by: int) -> Heading:
    return replace(heading, start=heading.start + by, end=heading.end + by)
