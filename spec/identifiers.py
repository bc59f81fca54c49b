"""Section ids and attributes: read from `{#id authority=user}` or made from the title."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import get_args

from ..errors import SpecError
from .records import Authority

AUTHORITIES: tuple[Authority, ...] = get_args(Authority)

_ATTRIBUTES = re.compile(r"(?:^|\s*)\{\s*(?P<inside>[^{}]*?)\s*\}\s*$")
_ID = re.compile(r"#(?P<id>\w[\w.:-]*)")
_PAIR = re.compile(r"(?P<key>\w[\w-]*)=(?P<value>\"[^\"]*\"|'[^']*'|[^\s\"']+)")
_CLASS = re.compile(r"\.[\w-]+")
_APOSTROPHES = str.maketrans("", "", "'’ʼ`")


@dataclass(frozen=True, slots=True)
class Attributes:
    title: str
    id: str | None = None
    authority: Authority | None = None


@lru_cache(maxsize=1024)
def read_attributes(content: str) -> Attributes:
    """The title, the explicit id and the authority in a heading's `content`.

    Braces that hold anything but `#id`, `.class` and `key=value` belong to the title. Raises SpecError for
    an authority of no known name; `authority=none` is the same as none given.
    """
    match = _ATTRIBUTES.search(content) if content.endswith("}") else None
    if match is None or not match["inside"]:
        return Attributes(title=content)
    found: str | None = None
    authority: Authority | None = None
    for word in words_of(match["inside"]):
        if name := _ID.fullmatch(word):
            found = name["id"]
        elif pair := _PAIR.fullmatch(word):
            if pair["key"].lower() == "authority":
                authority = _authority(pair["value"].strip("\"'"))
        elif not _CLASS.fullmatch(word):
            return Attributes(title=content)
    return Attributes(title=content[: match.start()].strip(), id=found, authority=authority)


def words_of(inside: str) -> list[str]:
    """The words of an attribute list; a quoted value is one with its key."""
    return re.findall(r"(?:[^\s\"']|\"[^\"]*\"|'[^']*'|[\"'])+", inside)


def slug(title: str) -> str:
    """An id made from a title: words of any script, lower case, joined by `_`; `section` when it has none."""
    plain = unicodedata.normalize("NFKC", title).translate(_APOSTROPHES).lower()
    kept = "".join(mark if unicodedata.category(mark)[0] in "LNM" else " " for mark in plain)
    return "_".join(kept.split()) or "section"


def unique_ids(wanted: Sequence[tuple[str | None, str]]) -> list[str]:
    """One id for each (explicit id or None, title), no two alike.

    Explicit ids come first, then the first section of each title; only what then still stands twice is
    numbered `_2`, `_3`, … in order. So an id rarely depends on other sections.
    """
    ids: list[str | None] = [None] * len(wanted)
    names = [explicit if explicit is not None else slug(title) for explicit, title in wanted]
    taken: set[str] = set()
    for explicit_turn in (True, False):
        for place, (explicit, _) in enumerate(wanted):
            if (explicit is not None) == explicit_turn and names[place] not in taken:
                taken.add(names[place])
                ids[place] = names[place]
    numbers: dict[str, int] = {}
    for place, name in enumerate(names):
        if ids[place] is not None:
            continue
        number = numbers.get(name, 1)
        while (candidate := f"{name}_{number + 1}") in taken:
            number += 1
        numbers[name] = number + 1
        taken.add(candidate)
        ids[place] = candidate
    return [id_ for id_ in ids if id_ is not None]


def _authority(value: str) -> Authority | None:
    if value.lower() in ("none", ""):
        return None
    for authority in AUTHORITIES:
        if value.lower() == authority:
            return authority
    raise SpecError(f"authority {value!r} is not one of {', '.join(AUTHORITIES)}")
