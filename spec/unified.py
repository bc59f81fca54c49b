"""Reading a unified diff against a spec."""

import re
from dataclasses import dataclass, field

from ..errors import EditError, SpecError
from .document import Spec

_HUNK = re.compile(r"@@ -(?P<start>\d{1,9})(?:,(?P<count>\d{1,9}))? \+\d{1,9}(?:,(?P<new>\d{1,9}))? @@.*")
_NO_NEWLINE = "\\"
_SHOWN = 80


@dataclass(slots=True)
class _Hunk:
    number: int
    line: int
    """Of the diff, from 1."""
    start: int
    count: int
    new_count: int
    lines: list[tuple[str, str]] = field(default_factory=list)
    """(sign, text with its line end)."""


def read_unified_diff(old: Spec, diff: str) -> Spec:
    """The spec that `diff` makes of `old`.

    As `diff -u`, `git diff` and `concord spec diff --format patch` write it, for one file of any name. Every
    line must stand where the diff says: nothing is guessed. Raises EditError, in one sentence, for a diff
    against another version (which hunk, what was expected, what stands there), for two files, and for what is
    no diff.
    """
    lines = _lines(old.text)
    made: list[str] = []
    done = 0
    for hunk in _hunks(_unwrapped(diff)):
        first = hunk.start - 1 if hunk.count else hunk.start
        if first < done or first > len(lines):
            raise EditError(
                f"hunk {hunk.number} (line {hunk.line} of the diff) begins at line {hunk.start} of the spec, which"
                f" has {len(lines)} lines; the diff is against another version of it"
            )
        made += lines[done:first]
        done = first
        for sign, text in hunk.lines:
            if sign != "+":
                found = lines[done] if done < len(lines) else None
                if found != text:
                    raise _another_version(hunk, done, text, found)
                done += 1
            if sign != "-":
                made.append(text)
    text = "".join([*made, *lines[done:]])
    try:
        return Spec.parse(text)
    except SpecError as problem:
        raise EditError(f"after the diff, {problem}") from None


def _another_version(hunk: _Hunk, place: int, expected: str, found: str | None) -> EditError:
    # Long lines are quoted from a little before the place where they part.
    long = max(len(expected), len(found or "")) > _SHOWN
    begin = max(0, _alike(expected, found or "") - 30) if long else 0
    there = "the spec has ended" if found is None else f"the spec has {_quoted(_from(found, begin))}"
    if found is not None and found.rstrip("\r\n") == expected.rstrip("\r\n"):
        there = "the spec has that line with another line end"
    return EditError(
        f"hunk {hunk.number} (line {hunk.line} of the diff) expects {_quoted(_from(expected, begin))} at line {place + 1}, where"
        f" {there}; the diff is against another version of it"
    )


def _alike(one: str, other: str) -> int:
    """Characters that both begin with."""
    return next(
        (n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )


def _from(text: str, begin: int) -> str:
    return f"…{text[begin:]}" if begin else text


def _hunks(lines: list[str]) -> list[_Hunk]:
    found: list[_Hunk] = []
    old = new = files = 0
    for number, line in enumerate(lines, 1):
        bare = line.rstrip("\r\n")
        if found and (old or new):
            old, new = _take(found[-1], line, old, new, number)
        elif match := _HUNK.fullmatch(bare):
            old = 1 if match["count"] is None else int(match["count"])
            new = 1 if match["new"] is None else int(match["new"])
            found.append(_Hunk(len(found) + 1, number, int(match["start"]), old, new))
        elif bare.startswith("--- "):
            files += 1
            if files > 1:
                raise EditError(
                    f"line {number} of the diff begins a second file; give a diff of the spec alone"
                )
        elif bare.startswith("@@"):
            raise EditError(
                f"line {number} of the diff is no hunk of a unified diff: {_quoted(bare)};"
                " expected such as '@@ -3,7 +3,8 @@'"
            )
        elif bare.startswith(_NO_NEWLINE) and found:
            _without_newline(found[-1])
    if found and (old or new):
        raise EditError(
            f"hunk {found[-1].number} ends {old} old and {new} new lines too early; copy the whole diff"
        )
    if not found:
        raise EditError(
            "there is no hunk in the diff; expected a unified diff, as `diff -u OLD NEW` writes it"
        )
    return found


def _take(hunk: _Hunk, line: str, old: int, new: int, number: int) -> tuple[int, int]:
    """A line of a hunk, and how many old and new ones are still to come."""
    sign, text = (line[0], line[1:]) if line.strip("\r\n") else (" ", line)
    if sign == _NO_NEWLINE:
        _without_newline(hunk)
        return old, new
    if sign not in " -+":
        raise EditError(
            f"hunk {hunk.number}, line {number} of the diff begins with {sign!r}, not with ' ', '-' or '+'; copy"
            " the diff unchanged"
        )
    old, new = old - (sign != "+"), new - (sign != "-")
    if old < 0 or new < 0:
        raise EditError(
            f"hunk {hunk.number} (line {hunk.line} of the diff) holds more lines than its head says;"
            " copy the diff unchanged"
        )
    hunk.lines.append((sign, text if text.endswith("\n") else text + "\n"))
    return old, new


def _without_newline(hunk: _Hunk) -> None:
    if hunk.lines:
        sign, text = hunk.lines[-1]
        hunk.lines[-1] = (sign, text.removesuffix("\n"))


def _unwrapped(diff: str) -> list[str]:
    """Lines with their LF; the CR of a diff that was saved with CRLF throughout is dropped."""
    lines = _lines(diff.removeprefix("\ufeff"))
    heads = [line for line in lines if line.startswith(("--- ", "+++ ", "@@ "))]
    if heads and all(line.endswith("\r\n") for line in heads):
        return [line.removesuffix("\r\n") + "\n" if line.endswith("\r\n") else line for line in lines]
    return lines


def _lines(text: str) -> list[str]:
    pieces = text.split("\n")
    lines = [piece + "\n" for piece in pieces[:-1]]
    return [*lines, pieces[-1]] if pieces[-1] else lines


def _quoted(text: str) -> str:
    text = text.rstrip("\r\n")
    return repr(text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…")
