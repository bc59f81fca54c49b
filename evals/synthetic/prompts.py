"""Reads a rendered prompt as text: headers outside the fences, and what stands between them.

Nothing here knows a request's typed data, so that a prompt which shows too little, or the wrong thing, shows.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

_FENCED = re.compile(r"<(data-[0-9a-f]{24})>\n(.*?)\n</\1>", re.DOTALL)
_SECTION = re.compile(r"Section id: ([^\s,]+)")
_RESPONSE = re.compile(r"Response (\S+):\s*\Z")
_KEY = re.compile(r"^Key: (\S+)\nRanking: ([^\n]*)$", re.MULTILINE)
_CONVERSATION_KEY = re.compile(r"Conversation key: (\S+)")
_ROLE = re.compile(r"^([a-z]+):\s*\Z", re.MULTILINE)
_OUTLINE = re.compile(r"^( *)- ([^\s(:]+)(?: \([^)]*\))?: ", re.MULTILINE)
_RANKER = re.compile(r"^The ranker, following the spec: ([^\n]+)$", re.MULTILINE)
_PERSON = re.compile(r"^- ([^\n]*>?[^\n]*)$", re.MULTILINE)
_CASE = re.compile(r"^# Conversation \d+", re.MULTILINE)
_TRIED = re.compile(r"^- ([^\s:]+): (.*) \([^()]*\)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Block:
    """What stands between two boundary lines, and the text since the block before."""

    header: str
    text: str


def blocks(user: str) -> Iterator[Block]:
    end = 0
    for found in _FENCED.finditer(user):
        yield Block(user[end : found.start()].rstrip("\n"), found[2])
        end = found.end()


def sections(user: str) -> dict[str, str]:
    """Section id to the text that the prompt shows of it."""
    found: dict[str, str] = {}
    for block in blocks(user):
        if named := _SECTION.findall(block.header):
            found[named[-1]] = block.text
    return found


def responses(user: str) -> list[tuple[str, str]]:
    """(label, text) in the order shown."""
    found = []
    for block in blocks(user):
        if named := _RESPONSE.search(block.header):
            found.append((named[1], block.text))
    return found


def conversations(user: str) -> dict[str, str]:
    """Key of each conversation to be graded to what was said in it."""
    found: dict[str, str] = {}
    key = ""
    for block in blocks(user):
        if named := _CONVERSATION_KEY.findall(block.header):
            key = named[-1]
        if key:
            found[key] = (found.get(key, "") + "\n" + block.text).strip()
    return found


@dataclass(frozen=True, slots=True)
class CaseText:
    """One conversation as a proposer is shown it."""

    messages: str
    ranker: str
    people: tuple[tuple[str, str], ...]
    """(ranking, justification) of each person."""


@dataclass(frozen=True, slots=True)
class ProposerText:
    outline: tuple[tuple[str, int], ...]
    """(section id, level)"""
    sections: Mapping[str, str]
    cases: tuple[CaseText, ...]
    tried: frozenset[str]


def proposer(user: str) -> ProposerText:
    first = next(iter(starts := [m.start() for m in _CASE.finditer(user)]), len(user))
    head = user[:first]
    outline: tuple[tuple[str, int], ...] = ()
    tried: set[str] = set()
    for block in blocks(head):
        if block.header.rstrip().endswith("# Outline of the spec"):
            outline = tuple((name, 1 + len(blank) // 2) for blank, name in _OUTLINE.findall(block.text))
        elif "# Tried before" in block.header:
            tried.update(intent for _, intent in _TRIED.findall(block.text))
    parts = [user[start:end] for start, end in zip(starts, [*starts[1:], len(user)], strict=True)]
    return ProposerText(outline, sections(head), tuple(map(_case, parts)), frozenset(tried))


def _case(text: str) -> CaseText:
    ranker = _RANKER.search(text)
    said, people = [], []
    for block in blocks(text[: ranker.start()] if ranker else text):
        if _ROLE.search(block.header) and not _RESPONSE.search(block.header):
            said.append(block.text)
    after = text[ranker.end() :] if ranker else ""
    ranking = ""
    for block in blocks(after):
        for found in _PERSON.findall(block.header):
            if ranking:
                people.append((ranking, ""))
            ranking = found.strip()
        if ranking:
            people.append((ranking, block.text))
            ranking = ""
    return CaseText("\n".join(said), ranker[1].strip() if ranker else "", tuple(people))


@dataclass(frozen=True, slots=True)
class ValidatorText:
    intent: str
    edits: tuple[tuple[str, str], ...]
    """(existing text, new text) of each edit."""
    items: tuple[tuple[str, str, str], ...]
    """(key, ranking, justification)"""


def validator(user: str) -> ValidatorText:
    intent, edits, items = "", [["", ""]], []
    for block in blocks(user):
        if key := _KEY.search(block.header):
            items.append((key[1], key[2], block.text))
        elif re.search(r"Intent:\s*\Z", block.header):
            intent = block.text
        elif re.search(r"(existing text|before):\s*\Z", block.header):
            edits.append([block.text, ""])
        elif re.search(r"(new text|after):\s*\Z", block.header):
            if "Edit of section" in block.header and "existing text" not in block.header:
                edits.append(["", block.text])
            else:
                edits[-1][1] = block.text
    return ValidatorText(intent, tuple((a, b) for a, b in edits if a or b), tuple(items))
