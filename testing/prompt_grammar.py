"""The grammar of a rendered prompt: headings, header lines `Name: value`, and the fenced blocks below them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_OPEN = re.compile(r"<(data-[0-9a-f]{24})>")
_HEADER = re.compile(r"([A-Z][A-Za-z' ]*?(?: \d+)?):(?: (.*))?")
_REPAIR = "---"
"""Begins what stands after the prompt when a reply could not be used; it asks the same again."""
_NOTE = re.compile(r"\(.*\)")


class PromptUnreadable(ValueError):
    """A prompt that isn't built as the agents' prompts are. The message says where."""


@dataclass(frozen=True, slots=True)
class Header:
    """A line `Name: value` with the fenced text below it, if any. A number in the name is kept apart."""

    name: str
    value: str
    text: str | None = None
    number: int | None = None


@dataclass(slots=True)
class Group:
    """A heading and the header lines below it, in order."""

    title: str
    headers: list[Header] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read_groups(user: str) -> list[Group]:
    """The user message, taken apart. Raises PromptUnreadable for a line that has no meaning outside a fence."""
    lines = user.split("\n")
    groups: list[Group] = [Group("")]
    at = 0
    while at < len(lines):
        line = lines[at]
        at += 1
        if not line.strip():
            continue
        if line == _REPAIR:
            break
        if opened := _OPEN.fullmatch(line):
            text, at = _fenced(lines, at, opened.group(1))
            _attach(groups[-1], text, at)
        elif line.startswith("# "):
            groups.append(Group(line[2:].strip()))
        elif header := _HEADER.fullmatch(line):
            name, number = _numbered(header.group(1))
            groups[-1].headers.append(Header(name, header.group(2) or "", None, number))
        elif _NOTE.fullmatch(line):
            groups[-1].notes.append(line.strip("()"))
        else:
            raise PromptUnreadable(f"line {at} is no heading, header or fence: {line[:80]!r}")
    return [group for group in groups if group.title or group.headers]


def split_at(headers: Sequence[Header], name: str) -> list[list[Header]]:
    """The headers cut into items that each begin with a header called `name`.

    Raises PromptUnreadable where something stands before the first.
    """
    items: list[list[Header]] = []
    for header in headers:
        if header.name == name:
            items.append([])
        elif not items:
            raise PromptUnreadable(f"{header.name!r} stands before the first {name!r}")
        items[-1].append(header)
    return items


def one(headers: Sequence[Header], name: str) -> Header:
    """The only header of this name. Raises PromptUnreadable where there is none, or more than one."""
    found = [header for header in headers if header.name == name]
    if len(found) != 1:
        raise PromptUnreadable(f"{len(found)} headers are called {name!r}, where one is wanted")
    return found[0]


def text_of(header: Header) -> str:
    """The fenced text below a header. Raises PromptUnreadable where there is none."""
    if header.text is None:
        raise PromptUnreadable(f"no fenced text stands below {header.name!r}")
    return header.text


def _fenced(lines: Sequence[str], at: int, boundary: str) -> tuple[str, int]:
    for end in range(at, len(lines)):
        if lines[end] == f"</{boundary}>":
            return "\n".join(lines[at:end]), end + 1
    raise PromptUnreadable(f"the fence that opens at line {at} is never closed")


def _attach(group: Group, text: str, at: int) -> None:
    if not group.headers or group.headers[-1].text is not None:
        raise PromptUnreadable(f"the fenced text before line {at + 1} belongs to no header")
    last = group.headers[-1]
    group.headers[-1] = Header(last.name, last.value, text, last.number)


def _numbered(name: str) -> tuple[str, int | None]:
    bare, _, number = name.rpartition(" ")
    return (bare, int(number)) if bare and number.isdigit() else (name, None)
