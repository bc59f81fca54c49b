"""What the parser could not take as it was probably meant: told, so that nothing is lost in silence."""

import re
from collections.abc import Iterator

from ..records import Record
from .document import Spec
from .identifiers import AUTHORITIES, read_attributes, words_of
from .markdown import NEWLINE

_AT_END = re.compile(r"\{(?P<inside>[^{}]*)\}\s*$")
_LIST = re.compile(r"\{(?P<inside>[^{}]*)(?P<close>\}?)")
_LOOKS_LIKE_ONE = re.compile(r"#\w|authorit\w*\s*[=:]|\bid\s*[=:]", re.IGNORECASE)
_ID_WITH_BLANKS = re.compile(r"#(?P<id>\w[^={}\"']*?)\s*(?=\s[\w-]+\s*[=:]|\s\.|$)")
_LOOSE_PAIR = re.compile(r"authority\s*(?:=\s+|\s+=\s*|\s*:\s*)", re.IGNORECASE)
_BARE = re.compile(r"\bauthority\s*=\s*(?:" + "|".join(AUTHORITIES) + r")\b", re.IGNORECASE)

_LONGEST_READ = 500


class SpecProblem(Record):
    """One thing to mend in a spec file; the spec was read all the same."""

    line: int
    """From 1."""
    section: str
    """The id that the section has as things stand."""
    what: str
    todo: str

    def __str__(self) -> str:
        return f"line {self.line}, section {self.section!r}: {self.what}; {self.todo}"


def problems(spec: Spec) -> tuple[SpecProblem, ...]:
    """Attribute lists that were not read, or not as written, in the order of the document.

    An id with blanks in it, `authority: user`, an unclosed brace, a list before the end of the heading, two
    ids, an unknown key, an id that another section has. Text from the spec is not escaped.
    """
    found: list[SpecProblem] = []
    owners: dict[str, str] = {}
    line, seen = 1, 0
    for section, heading in zip(spec.sections, spec.headings, strict=True):
        line += sum(1 for _ in NEWLINE.finditer(spec.text, seen, section.start))
        seen = section.start
        for what, todo in _of_heading(heading.content, section.id, owners):
            found.append(SpecProblem(line=line, section=section.id, what=what, todo=todo))
    return tuple(found)


def _of_heading(content: str, id: str, owners: dict[str, str]) -> Iterator[tuple[str, str]]:
    read = read_attributes(content)
    at_end = _AT_END.search(content)
    if read.id is not None and read.id in owners:
        yield (
            f"the id {read.id!r} is that of {owners[read.id]!r} already, so this section is {id!r}",
            "give each section an id of its own",
        )
    elif read.id is not None:
        owners[read.id] = read.title
    if at_end and read.title != content:
        yield from _of_list_read(at_end["inside"])
        return
    for match in _LIST.finditer(content):
        if _LOOKS_LIKE_ONE.search(match["inside"]):
            yield _of_list_not_read(
                match["inside"],
                closed=bool(match["close"]),
                last=bool(at_end and match.end() >= at_end.end()),
            )
            return
    if _BARE.search(content):
        yield (
            "an authority stands in the title, so the section has none",
            "write it in braces at the end of the heading, such as {#an_id authority=user}",
        )


def _of_list_read(inside: str) -> Iterator[tuple[str, str]]:
    words = words_of(inside)
    ids = [word for word in words if word.startswith("#")]
    if len(ids) > 1:
        yield f"{' and '.join(ids)} both stand in the heading and the last one counts", "keep one id"
    keys = [word.split("=", 1)[0].lower() for word in words if "=" in word]
    if keys.count("authority") > 1:
        yield "two authorities stand in the heading and the last one counts", "keep one authority"
    for key in dict.fromkeys(keys):
        if key != "authority":
            yield (
                f"the attribute {key!r} means nothing here",
                "the one that is read is authority, such as authority=user",
            )


def _of_list_not_read(inside: str, *, closed: bool, last: bool) -> tuple[str, str]:
    lost = "its id and authority are not read" if "authority" in inside.lower() else "it is not read"
    shown = "{" + inside + ("}" if closed else "")
    if not closed:
        return f"the attributes {shown!r} have no closing brace, so {lost}", "close them with }"
    if not last:
        return (
            f"the attributes {shown!r} don't stand at the end of the heading, so {lost}",
            "move them to its end",
        )
    spaced = _ID_WITH_BLANKS.search(inside[:_LONGEST_READ])
    if spaced and re.search(r"\s", spaced["id"]):
        joined = "_".join(spaced["id"].split())
        return f"the id in {shown!r} holds blanks, so {lost}", f"write it without, such as #{joined}"
    if _LOOSE_PAIR.search(inside):
        return (
            f"{shown!r} is not written as attributes are, so {lost}",
            "write authority=user, with = and no blanks",
        )
    return f"{shown!r} is not written as attributes are, so {lost}", "write them as {#an_id authority=user}"
