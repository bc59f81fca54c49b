"""The example responses that a spec carries, read as labelled examples.

The Model Spec shows them in `xml` fences: messages as `<role>` elements, alternative responses in a
`<comparison>`, each `<assistant>` with a comment that begins with GOOD, OK or BAD. The elements are no
well-formed XML (responses hold code, tags hold stray marks), so they are read line by line: an element
opens at the start of a line and ends at its own closing tag at the end of a line.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Literal

from .document import Spec
from .markdown import Fence, blocks_of, read_blocks
from .records import Example

_OPENING = r"^[ \t]*\*?[ \t]*<{name}(?:\s(?:[^<>\"']|\"[^\"\n]*\"|'[^'\n]*')*)?>[ \t]*(?:<!--(?P<comment>[^\n]*?)-->)?"
_ELEMENT = re.compile(_OPENING.format(name=r"(?P<close>/?)(?P<name>[A-Za-z][\w-]*)"), re.MULTILINE)
_LABEL = re.compile(r"\s*(?P<label>GOOD|OK|BAD)\b[\s:,]*(?P<note>.*?)\s*", re.IGNORECASE | re.DOTALL)
_CAPTION = re.compile(r"(?:^|\n)[ \t]*\*\*Examples?\b[^\n]*\n(?:[ \t]*\n)*[ \t]*\Z")
_BLANK_LINES = re.compile(r"(?:[ \t]*(?:\r\n?|\n))*")
_ROLES = ("assistant", "developer", "platform", "system", "tool", "user")

Label = Literal["GOOD", "OK", "BAD"]


@dataclass(frozen=True, slots=True)
class _Shown:
    """A response or a message of one block; `group` is None for a message."""

    role: str
    content: str
    comment: str | None
    group: int | None


def examples(spec: Spec) -> tuple[Example, ...]:
    """All example responses of the spec, in order.

    A response is an assistant's text in a `<comparison>`, or one that carries a label. What was said before
    is in `messages`; of an earlier comparison in the same conversation, its first GOOD response (else OK)
    counts as said. An unlabelled response has the label None.
    """
    found: list[Example] = []
    group = 0
    ends = iter(spec.sections)
    section = next(ends)
    for fence in blocks_of(spec.text).fences:
        while section.end <= fence.start:
            section = next(ends)
        if fence.start < section.start:
            continue
        read = _examples_in(fence, section.id, group)
        found.extend(read)
        group = read[-1].group + 1 if read else group
    return tuple(found)


def without_examples(text: str) -> str:
    """`text` without the fenced blocks that carry example responses, nor the `**Example**` line above them.

    Everything else stays as it is. It hides from a ranker the examples it is tested on.
    """
    kept: list[str] = []
    done = 0
    for fence in read_blocks(text).fences:
        if fence.start < done or not _examples_in(fence, "", 0):
            continue
        before = text[done : fence.start]
        if caption := _CAPTION.search(before.replace("\r", " ")):
            before = before[: caption.start() + (before[caption.start()] == "\n")]
        kept.append(before)
        blank = _BLANK_LINES.match(text, fence.end)
        done = blank.end() if blank else fence.end
    return "".join(kept) + text[done:]


def _examples_in(fence: Fence, section: str, first_group: int) -> list[Example]:
    if fence.info.split(" ")[0].lower() not in ("", "xml", "html"):
        return []
    found: list[Example] = []
    said: list[tuple[str, str]] = []
    open_group: int | None = None
    for shown in _shown_in(fence.content):
        if open_group is not None and shown.group != open_group:
            said += _continued(found, open_group + first_group)
        open_group = shown.group
        if shown.group is None:
            said.append((shown.role, shown.content))
            continue
        label, note = _read_comment(shown.comment)
        found.append(
            Example(
                section=section,
                messages=tuple(said),
                response=shown.content,
                label=label,
                note=note,
                group=first_group + shown.group,
            )
        )
    return found


def _continued(found: list[Example], group: int) -> list[tuple[str, str]]:
    responses = list(takewhile(lambda example: example.group == group, reversed(found)))[::-1]
    for label in ("GOOD", "OK"):
        for example in responses:
            if example.label == label:
                return [("assistant", example.response)]
    return []


def _shown_in(content: str) -> Iterator[_Shown]:
    position = 0
    group = -1
    comparing = False
    while opening := _ELEMENT.search(content, position):
        position = opening.end()
        name = opening["name"].lower()
        if name == "comparison":
            comparing = not opening["close"]
            group += comparing
            continue
        if opening["close"]:
            continue
        content_end, closed_at = _end_of(name, content, position)
        if closed_at is None and name not in _ROLES:
            continue
        text = content[position:content_end].strip("\n").rstrip()
        position = closed_at or content_end
        labelled = _read_comment(opening["comment"])[0] is not None
        if name == "assistant" and (comparing or labelled):
            group += not comparing
            yield _Shown(name, text, opening["comment"], group)
        else:
            yield _Shown(name, text, opening["comment"], None)


def _end_of(name: str, content: str, start: int) -> tuple[int, int | None]:
    """Where the element's content ends, and where its closing tag does: None where that was forgotten."""
    closing = rf"(?P<closing></{name}\s*>[ \t]*\*?[ \t]*$)"
    opening = _OPENING.format(name=rf"(?:{name}|/?comparison)")
    match = re.compile(f"{closing}|{opening}", re.MULTILINE | re.IGNORECASE).search(content, start)
    if match is None:
        return len(content), None
    return match.start(), match.end() if match["closing"] is not None else None


def _read_comment(comment: str | None) -> tuple[Label | None, str]:
    if comment is None:
        return None, ""
    match = _LABEL.fullmatch(comment)
    if match is None:
        return None, comment.strip()
    labels: dict[str, Label] = {"GOOD": "GOOD", "OK": "OK", "BAD": "BAD"}
    return labels[match["label"].upper()], match["note"]
